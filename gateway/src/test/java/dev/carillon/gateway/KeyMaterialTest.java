package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be wrong with a certificate's files is told in one line that names the file. */
class KeyMaterialTest {

    @TempDir
    private Path folder = Path.of("");

    private Path certificate = Path.of("");
    private Path key = Path.of("");

    @BeforeEach
    void make() throws IOException {
        String[] blocks = blocks();
        certificate = Files.writeString(folder.resolve("cert.pem"), blocks[0]);
        key = Files.writeString(folder.resolve("key.pem"), blocks[1]);
    }

    /** A certificate, and its key. */
    private static String[] blocks() {
        String pem = SelfSigned.pem(Instant.now(), Duration.ofDays(1));
        int border = pem.indexOf("-----BEGIN PRIVATE");
        return new String[] {pem.substring(0, border), pem.substring(border)};
    }

    private void refused(String... told) {
        assertThatThrownBy(() -> KeyMaterial.read(new TlsFiles(certificate, key)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(told)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aCertificateWithItsChainAndItsKeyAreRead() throws Exception {
        String other = blocks()[0];
        Files.writeString(
                certificate,
                "Bag Attributes: nothing\r\n" + Files.readString(certificate).replace("\n", "\r\n") + other);
        KeyMaterial read = KeyMaterial.read(new TlsFiles(certificate, key));
        assertThat(read.chain()).hasSize(2);
        assertThat(read.key().getAlgorithm()).isEqualTo("EC");
        assertThat(read.toString()).doesNotContain("key=", "PrivateKey");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        Files.writeString(key, blocks()[1]);
        refused("the key in " + key + " is not that of the certificate in " + certificate);
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        byte[] encoded = rsa.generateKeyPair().getPrivate().getEncoded();
        Files.writeString(
                key,
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(encoded)
                        + "\n-----END PRIVATE KEY-----\n");
        refused("the key in " + key + " is not that of the certificate in " + certificate);
    }

    @Test
    void missingAndForeignFilesAreRefused() throws Exception {
        Files.writeString(certificate, "hello");
        refused(certificate + " holds no certificate in PEM");
        Files.delete(certificate);
        refused(certificate + " does not exist");
        certificate = folder;
        refused(folder + " cannot be read");
        make();
        Files.writeString(key, Files.readString(certificate));
        refused(key + " holds no private key in PEM");
        Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        refused(key + " holds a key that is neither an RSA nor an EC key");
        Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        refused(certificate + " holds a certificate that can't be read");
        Files.write(certificate, new byte[(1 << 20) + 1]);
        refused(certificate + " is larger than 1048576 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
    void aKeyOfAnotherFormIsRefusedWithTheLineThatMakesItOurs(String type) throws Exception {
        Files.writeString(key, "-----BEGIN " + type + "-----\nAAAA\n-----END " + type + "-----\n");
        refused(key + " holds a key as " + type, "openssl pkcs8 -topk8 -nodes -in " + key);
    }
}
