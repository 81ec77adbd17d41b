package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK reads what is written here. */
class SelfSignedTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @TempDir
    private Path folder = Path.of("");

    private KeyMaterial made(Instant now) throws Exception {
        Path file = Files.writeString(folder.resolve("made.pem"), SelfSigned.pem(now, Duration.ofDays(365)));
        return KeyMaterial.read(new TlsFiles(file, file));
    }

    @Test
    void itIsACertificateForLoopbackThatVouchesForItself() throws Exception {
        X509Certificate certificate = made(NOW).certificate();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getVersion()).isEqualTo(3);
        assertThat(certificate.getSubjectX500Principal()).isEqualTo(certificate.getIssuerX500Principal());
        assertThat(certificate.getSubjectAlternativeNames().stream().map(String::valueOf))
                .containsExactlyInAnyOrder("[2, localhost]", "[7, 127.0.0.1]", "[7, 0:0:0:0:0:0:0:1]");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(Objects.requireNonNull(certificate.getKeyUsage())[0]).isTrue();
        assertThat(certificate.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(certificate.getNotBefore()).isEqualTo(NOW.minus(1, ChronoUnit.DAYS));
        assertThat(certificate.getNotAfter()).isEqualTo(NOW.plus(365, ChronoUnit.DAYS));
        assertThat(certificate.getSerialNumber()).isPositive();
    }

    @Test
    void eachHasAKeyOfItsOwnAndItsNextCenturysYearIsWhole() throws Exception {
        KeyMaterial one = made(NOW);
        KeyMaterial other = made(Instant.parse("2051-01-01T00:00:00Z"));
        assertThat(one.certificate().getPublicKey())
                .isNotEqualTo(other.certificate().getPublicKey());
        assertThat(one.certificate().getSerialNumber())
                .isNotEqualTo(other.certificate().getSerialNumber());
        assertThat(other.certificate().getNotAfter()).isEqualTo("2052-01-01T00:00:00Z");
    }

    private static String hex(byte[] value) {
        return HexFormat.of().formatHex(value);
    }

    /** By hand, from X.690. */
    @Test
    void valuesAreWrittenAsTheStandardHasThem() {
        assertThat(hex(Der.oid("1.2.840.113549"))).isEqualTo("06062a864886f70d");
        assertThat(hex(Der.integer(BigInteger.valueOf(128)))).isEqualTo("02020080");
        assertThat(hex(Der.truth())).isEqualTo("0101ff");
        assertThat(hex(Der.bits(7, (byte) 0x80))).isEqualTo("03020780");
        assertThat(hex(Der.octets(new byte[128]))).startsWith("048180" + "00").hasSize(2 * (3 + 128));
        assertThat(hex(Der.octets(new byte[300]))).startsWith("0482012c").hasSize(2 * (4 + 300));
        assertThat(hex(Der.time(Instant.parse("1970-01-01T00:00:00Z"))))
                .isEqualTo("170d" + hex("700101000000Z".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        assertThat(hex(Der.sequence(Der.sequence(), Der.explicit(0, Der.truth()))))
                .isEqualTo("30073000a0030101ff");
    }
}
