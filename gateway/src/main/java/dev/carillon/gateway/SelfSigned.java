package dev.carillon.gateway;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Makes a certificate for this machine's loopback names that vouches for itself (RFC 5280, P-256). For development: a browser
 * warns of it, unless it is told to trust it. From any thread.
 */
public final class SelfSigned {

    private static final List<String> NAMES = List.of("localhost");
    private static final List<String> ADDRESSES = List.of("127.0.0.1", "::1");
    private static final X500Principal WHO = new X500Principal("CN=Carillon on localhost");
    /** A clock of another machine may be behind ours. */
    private static final Duration EARLIER = Duration.ofDays(1);

    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

    private SelfSigned() {}

    /** A certificate, and behind it its key, in PEM. */
    public static String pem(Instant now, Duration lifetime) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            byte[] told = told(keys, now.minus(EARLIER), now.plus(lifetime));
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(told);
            byte[] certificate = Der.sequence(told, algorithm(), Der.bits(0, signature.sign()));
            return block("CERTIFICATE", certificate)
                    + block("PRIVATE KEY", keys.getPrivate().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has ECDSA with P-256 and SHA-256", e);
        }
    }

    /** Until when the certificate in the files is good; null where they can't be used. Blocks. */
    public static @Nullable Instant endOf(TlsFiles files) {
        try {
            return KeyMaterial.read(files).certificate().getNotAfter().toInstant();
        } catch (IOException e) {
            return null;
        }
    }

    private static byte[] told(KeyPair keys, Instant from, Instant to) {
        byte[] version3 = Der.explicit(0, Der.integer(BigInteger.TWO));
        byte[] serial = Der.integer(new BigInteger(127, new SecureRandom()).add(BigInteger.ONE));
        return Der.sequence(
                version3,
                serial,
                algorithm(),
                WHO.getEncoded(),
                Der.sequence(Der.time(from), Der.time(to)),
                WHO.getEncoded(),
                keys.getPublic().getEncoded(),
                Der.explicit(3, extensions()));
    }

    private static byte[] algorithm() {
        return Der.sequence(Der.oid(ECDSA_WITH_SHA256));
    }

    private static byte[] extensions() {
        byte[] isNoAuthority = Der.sequence();
        byte[] onlySigns = Der.bits(7, (byte) 0x80);
        return Der.sequence(
                extension(SUBJECT_ALTERNATIVE_NAME, names()),
                criticalExtension(BASIC_CONSTRAINTS, isNoAuthority),
                criticalExtension(KEY_USAGE, onlySigns),
                extension(EXTENDED_KEY_USAGE, Der.sequence(Der.oid(SERVER_AUTHENTICATION))));
    }

    private static byte[] extension(String id, byte[] value) {
        return Der.sequence(Der.oid(id), Der.octets(value));
    }

    private static byte[] criticalExtension(String id, byte[] value) {
        return Der.sequence(Der.oid(id), Der.truth(), Der.octets(value));
    }

    private static byte[] names() {
        byte[][] names = new byte[NAMES.size() + ADDRESSES.size()][];
        int next = 0;
        for (String name : NAMES) {
            names[next++] = Der.implicit(2, name.getBytes(StandardCharsets.US_ASCII));
        }
        for (String address : ADDRESSES) {
            names[next++] = Der.implicit(7, InetAddress.ofLiteral(address).getAddress());
        }
        return Der.sequence(names);
    }

    private static String block(String type, byte[] content) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
    }
}
