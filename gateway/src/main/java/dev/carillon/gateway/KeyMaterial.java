package dev.carillon.gateway;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with its chain and key, which belong together.
 *
 * @param chain the server's own certificate first
 */
record KeyMaterial(PrivateKey key, List<X509Certificate> chain) {

    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String CERTIFICATE = "CERTIFICATE";

    /**
     * Reads the files; blocks.
     *
     * @throws IOException if they can't be used; the message names the file and says why in one line
     */
    static KeyMaterial read(TlsFiles files) throws IOException {
        List<X509Certificate> chain = chain(files.certificate());
        PrivateKey key = key(files.key());
        if (!belongsTo(key, chain.getFirst().getPublicKey())) {
            throw new IOException(
                    "the key in " + files.key() + " is not that of the certificate in " + files.certificate());
        }
        return new KeyMaterial(key, chain);
    }

    X509Certificate certificate() {
        return chain.getFirst();
    }

    private static List<X509Certificate> chain(Path file) throws IOException {
        List<X509Certificate> chain = new ArrayList<>();
        Matcher block = BLOCK.matcher(textOf(file));
        while (block.find()) {
            if (CERTIFICATE.equals(block.group(1))) {
                chain.add(certificate(file, bytesOf(file, block)));
            }
        }
        if (chain.isEmpty()) {
            throw new IOException(file + " holds no certificate in PEM");
        }
        return chain;
    }

    private static X509Certificate certificate(Path file, byte[] der) throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new IOException(file + " holds a certificate that can't be read", e);
        }
    }

    private static PrivateKey key(Path file) throws IOException {
        Matcher block = BLOCK.matcher(textOf(file));
        String other = null;
        while (block.find()) {
            String type = String.valueOf(block.group(1));
            if (type.equals("PRIVATE KEY")) {
                return key(file, bytesOf(file, block));
            }
            other = type.endsWith("PRIVATE KEY") ? type : other;
        }
        throw new IOException(file
                + (other == null
                        ? " holds no private key in PEM"
                        : " holds a key as " + other
                                + "; make it PKCS #8 without a password: openssl pkcs8 -topk8 -nodes" + " -in " + file
                                + " -out key.pem"));
    }

    private static PrivateKey key(Path file, byte[] der) throws IOException {
        for (String algorithm : List.of("EC", "RSA")) {
            PrivateKey key = key(algorithm, der);
            if (key != null) {
                return key;
            }
        }
        throw new IOException(file + " holds a key that is neither an RSA nor an EC key");
    }

    private static @Nullable PrivateKey key(String algorithm, byte[] der) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException e) {
            return null; // of another algorithm
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has " + algorithm, e);
        }
    }

    /** Whether what the one signs is true to the other. */
    private static boolean belongsTo(PrivateKey key, PublicKey certified) {
        try {
            Signature signature =
                    Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
            byte[] words = "this key is its own".getBytes(StandardCharsets.US_ASCII);
            signature.initSign(key);
            signature.update(words);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(words);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // keys of two algorithms
        }
    }

    private static String textOf(Path file) throws IOException {
        byte[] text;
        try (InputStream in = Files.newInputStream(file)) {
            text = in.readNBytes(FILE_BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read", e);
        }
        if (text.length > FILE_BYTES_MAX) {
            throw new IOException(file + " is larger than " + FILE_BYTES_MAX + " bytes");
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytesOf(Path file, Matcher block) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " holds a " + block.group(1) + " that is not base64", e);
        }
    }

    /** The key is not shown. */
    @Override
    public String toString() {
        return certificate().getSubjectX500Principal().toString();
    }
}
