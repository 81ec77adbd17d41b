package dev.carillon.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A key that tokens are verified with. It has exactly one algorithm, and what a token says about algorithms never chooses
 * how a key is used: an RSA key can't be taken for a shared secret. Immutable; from any thread.
 */
public final class TokenKey {

    /** How tokens are signed (RFC 7518 §3.1, RFC 8037 §3.1). */
    public enum Algorithm {
        /** HMAC with a shared secret. */
        HS256("HS256", "HmacSHA256"),
        /** RSA with PKCS #1 v1.5. */
        RS256("RS256", "RSA"),
        /** ECDSA on P-256. */
        ES256("ES256", "EC"),
        /** Ed25519. */
        EDDSA("EdDSA", "Ed25519");

        private final String word;
        private final String jdkName;

        Algorithm(String word, String jdkName) {
            this.word = word;
            this.jdkName = jdkName;
        }

        /** As tokens and configurations name it. */
        public String word() {
            return word;
        }

        /** The algorithm of a name; null where there is none. */
        static @Nullable Algorithm of(String word) {
            return Stream.of(values())
                    .filter(algorithm -> algorithm.word.equals(word))
                    .findFirst()
                    .orElse(null);
        }

        static String words() {
            return Stream.of(values()).map(Algorithm::word).collect(Collectors.joining(" or "));
        }
    }

    /** The fewest bytes of a shared secret (RFC 7518 §3.2). */
    public static final int SECRET_BYTES_MIN = 32;

    private static final int RSA_BITS_MIN = 2048;
    private static final int RSA_BITS_MAX = 8192;
    private static final String PEM_BEGIN = "-----BEGIN ";
    private static final String PEM_KEY = PEM_BEGIN + "PUBLIC KEY-----";
    private static final String PEM_END = "-----END PUBLIC KEY-----";

    /** Whether a signature fits what was signed. */
    private interface Check {
        boolean fits(byte[] signed, byte[] signature) throws JOSEException, GeneralSecurityException;
    }

    private final String id;
    private final Algorithm algorithm;
    private final Check check;

    private TokenKey(String id, Algorithm algorithm, Check check) {
        this.id = id;
        this.algorithm = algorithm;
        this.check = check;
    }

    /**
     * A key with a shared secret.
     *
     * @param id the {@code kid} of its tokens
     * @throws IllegalArgumentException if the secret can't be used; the message does not hold it
     */
    public static TokenKey hs256(String id, byte[] secret) {
        if (secret.length < SECRET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "has " + secret.length + " bytes; it must have at least " + SECRET_BYTES_MIN);
        }
        if (new String(secret, java.nio.charset.StandardCharsets.ISO_8859_1).contains(PEM_BEGIN)) {
            throw new IllegalArgumentException("is a PEM key, which is no shared secret");
        }
        try {
            MACVerifier verifier = new MACVerifier(secret.clone());
            return new TokenKey(id, Algorithm.HS256, joseCheck(verifier, JWSAlgorithm.HS256));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("cannot be used for HS256", e);
        }
    }

    /**
     * A key whose tokens are signed by its private half.
     *
     * @param id the {@code kid} of its tokens
     * @param algorithm not {@link Algorithm#HS256}
     * @param pem the public key, as {@code -----BEGIN PUBLIC KEY-----} (RFC 7468 §13)
     * @throws IllegalArgumentException if that is no public key for the algorithm; the message does not hold it
     */
    public static TokenKey ofPublicKey(String id, Algorithm algorithm, String pem) {
        try {
            return switch (algorithm) {
                case HS256 -> throw new IllegalArgumentException("is a public key, and HS256 needs a shared secret");
                case RS256 -> rs256(id, (RSAPublicKey) publicKey(pem, algorithm));
                case ES256 -> es256(id, (ECPublicKey) publicKey(pem, algorithm));
                case EDDSA -> edDsa(id, publicKey(pem, algorithm));
            };
        } catch (GeneralSecurityException | JOSEException | ClassCastException e) {
            throw new IllegalArgumentException("is no public key for " + algorithm.word, e);
        }
    }

    private static TokenKey rs256(String id, RSAPublicKey key) {
        int bits = key.getModulus().bitLength();
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            throw new IllegalArgumentException(
                    "has " + bits + " bits; it must have " + RSA_BITS_MIN + " to " + RSA_BITS_MAX);
        }
        return new TokenKey(id, Algorithm.RS256, joseCheck(new RSASSAVerifier(key), JWSAlgorithm.RS256));
    }

    private static TokenKey es256(String id, ECPublicKey key) throws JOSEException {
        if (!Curve.P_256.equals(Curve.forECParameterSpec(key.getParams()))) {
            throw new IllegalArgumentException("is on another curve than P-256");
        }
        return new TokenKey(id, Algorithm.ES256, joseCheck(new ECDSAVerifier(key), JWSAlgorithm.ES256));
    }

    /** By the JDK: the library's own EdDSA would bring another library with it. */
    private static TokenKey edDsa(String id, PublicKey key) {
        return new TokenKey(id, Algorithm.EDDSA, (signed, signature) -> {
            Signature ed25519 = Signature.getInstance(Algorithm.EDDSA.jdkName);
            ed25519.initVerify(key);
            ed25519.update(signed);
            return ed25519.verify(signature);
        });
    }

    private static Check joseCheck(JWSVerifier verifier, JWSAlgorithm algorithm) {
        JWSHeader header = new JWSHeader(algorithm);
        return (signed, signature) -> verifier.verify(header, signed, Base64URL.encode(signature));
    }

    private static PublicKey publicKey(String pem, Algorithm algorithm) throws GeneralSecurityException {
        String text = pem.strip();
        if (!text.startsWith(PEM_KEY) || !text.endsWith(PEM_END)) {
            throw new IllegalArgumentException(
                    text.contains("PRIVATE KEY")
                            ? "is a private key; the server needs the public one, and nobody but the issuer this one"
                            : "must be PEM that begins with " + PEM_KEY);
        }
        String base64 = text.substring(PEM_KEY.length(), text.length() - PEM_END.length());
        byte[] der = Base64.getMimeDecoder().decode(base64);
        return KeyFactory.getInstance(algorithm.jdkName).generatePublic(new X509EncodedKeySpec(der));
    }

    /** The {@code kid} of its tokens. */
    public String id() {
        return id;
    }

    /** The one algorithm that it is used with. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** Whether a check takes so little that an event loop may do it. */
    boolean isQuick() {
        return algorithm == Algorithm.HS256;
    }

    /** Whether the signature is one by this key. */
    boolean hasSigned(byte[] signed, byte[] signature) {
        try {
            return check.fits(signed, signature);
        } catch (JOSEException | GeneralSecurityException e) {
            return false; // no signature of this algorithm at all: the length or the encoding is another one
        }
    }

    /** The key of this id; without an id the only key. Null where there is none. */
    static @Nullable TokenKey find(List<TokenKey> keys, @Nullable String id) {
        if (id == null) {
            return keys.size() == 1 ? keys.getFirst() : null;
        }
        for (TokenKey key : keys) {
            if (key.id.equals(id)) {
                return key;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return "TokenKey[" + id + ", " + algorithm.word.toLowerCase(Locale.ROOT) + "]";
    }
}
