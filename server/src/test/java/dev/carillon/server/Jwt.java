package dev.carillon.server;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens, right and wrong ones, with the JDK alone: an issuer that we did not write would make the same. */
final class Jwt {

    /** Signs the first two parts of a token. */
    interface Signer {
        byte[] sign(byte[] signed) throws GeneralSecurityException;
    }

    static final String SECRET = "a-shared-secret-of-32-bytes-or-so";
    static final KeyPair RSA = keyPair("RSA", "");
    static final KeyPair EC = keyPair("EC", "secp256r1");
    static final KeyPair ED = keyPair("Ed25519", "");

    private Jwt() {}

    static KeyPair keyPair(String algorithm, String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (!curve.isEmpty()) {
                generator.initialize(new ECGenParameterSpec(curve));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A public key as a configuration has it. */
    static String pem(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    static Signer hmac(byte[] secret) {
        return signed -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(signed);
        };
    }

    static Signer hmac(String secret) {
        return hmac(secret.getBytes(StandardCharsets.UTF_8));
    }

    static Signer by(String algorithm, PrivateKey key) {
        return signed -> {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(signed);
            return signature.sign();
        };
    }

    static Signer rsa(KeyPair pair) {
        return by("SHA256withRSA", pair.getPrivate());
    }

    static Signer ec(KeyPair pair) {
        return by("SHA256withECDSAinP1363Format", pair.getPrivate());
    }

    static Signer ed(KeyPair pair) {
        return by("Ed25519", pair.getPrivate());
    }

    static String token(String header, String payload, Signer signer) {
        String signed = base64(header) + "." + base64(payload);
        try {
            byte[] signature = signer.sign(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A token by the key {@code k1} with the shared {@link #SECRET}. */
    static String hs256(String payload) {
        return token("{\"alg\":\"HS256\",\"kid\":\"k1\"}", payload, hmac(SECRET));
    }

    /** What a token of a user says that was issued now and ends in so many seconds, and more members. */
    static String claims(String user, long expiresInSeconds, String more) {
        long now = System.currentTimeMillis() / 1000;
        return "{\"sub\":\"" + user + "\",\"iat\":" + now + ",\"exp\":" + (now + expiresInSeconds)
                + (more.isEmpty() ? "" : "," + more) + "}";
    }
}
