package dev.carillon.server;

import dev.carillon.gateway.SelfSigned;
import dev.carillon.gateway.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The certificate that a server makes for itself. It is kept in the data folder, because a browser that was told to trust it
 * would have to be told again.
 */
final class DevelopmentCertificate {

    /** The file of the certificate and its key. */
    static final String FILE = "self-signed.pem";

    private static final Duration LIFETIME = Duration.ofDays(365);
    /** One that ends sooner is made anew. */
    private static final Duration LEFT_MIN = Duration.ofDays(30);

    private DevelopmentCertificate() {}

    /** Finds the certificate of a folder, or makes it. */
    static TlsFiles in(Path folder, Instant now) throws StartException {
        Path path = folder.resolve(FILE);
        TlsFiles files = new TlsFiles(path, path);
        Instant end = SelfSigned.endOf(files);
        if (end != null && end.isAfter(now.plus(LEFT_MIN))) {
            return files;
        }
        try {
            new SmallFile(path).replace(SelfSigned.pem(now, LIFETIME).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new StartException(
                    path + " cannot be written (" + Listening.oneLine(e)
                            + "): give this user the right to, or name another data folder",
                    e);
        }
        Logs.LOG.info(
                "made a certificate for localhost in {}; a browser warns of it until it is told to trust it", path);
        return files;
    }
}
