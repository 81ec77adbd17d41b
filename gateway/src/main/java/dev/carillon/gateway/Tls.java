package dev.carillon.gateway;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 for every connection of a gateway, with a certificate that can be replaced while it runs: BoringSSL where
 * its native library loads, the JDK's otherwise. A new certificate holds for new connections.
 *
 * <p>{@link #newHandler} is for event loops, the rest for one other thread at a time.
 */
final class Tls implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    /** Those that give forward secrecy and authenticate what they encrypt (RFC 9325 §4.2); the first three are TLS 1.3's. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final int SESSIONS_MAX = 20_000;
    private static final Duration SESSION_TIME = Duration.ofHours(1);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final Duration EXPIRY_TOLD = Duration.ofDays(14);

    /** What a file was when it was looked at. */
    private record Seen(
            FileTime modified, long bytes, @Nullable Object file) {}

    private static final Seen NOTHING = new Seen(FileTime.fromMillis(0), -1, null);

    private final TlsFiles files;
    private final GatewayCounters counters;
    private final Duration handshakeMax;
    private final ApplicationProtocolConfig protocols;
    /** Null once it is closed. */
    private volatile @Nullable SslContext context;

    /** The files of the context in use. */
    private List<Seen> used;
    /** The files that could not be used, so that it is told once; empty where they could. */
    private List<Seen> unusable = List.of();

    private @Nullable Thread watcher;

    private Tls(TlsFiles files, GatewayCounters counters, Duration handshakeMax, boolean isHttp2) throws IOException {
        this.files = files;
        this.protocols = protocols(isHttp2);
        this.counters = counters;
        this.handshakeMax = handshakeMax;
        this.used = look();
        this.context = load();
    }

    /**
     * Loads the certificate; blocks.
     *
     * @param handshakeMax how long a handshake may take
     * @param isHttp2 whether HTTP/2 is spoken, beside HTTP/1.1
     * @throws IOException if it can't be used; the message says why in one line
     */
    static Tls open(TlsFiles files, GatewayCounters counters, Duration handshakeMax, boolean isHttp2)
            throws IOException {
        if (!OpenSsl.isAvailable()) {
            LOG.info("TLS is the JDK's, because BoringSSL could not be loaded: a handshake costs more");
        }
        return new Tls(files, counters, handshakeMax, isHttp2);
    }

    /** What a client may choose from; one that asks for nothing gets HTTP/1.1. */
    private static ApplicationProtocolConfig protocols(boolean isHttp2) {
        List<String> names = isHttp2
                ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
                : List.of(ApplicationProtocolNames.HTTP_1_1);
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                names);
    }

    /** Looks from now on for a new certificate, on a virtual thread. */
    void watch() {
        watcher = Thread.ofVirtual().name("carillon-certificate").start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    Thread.sleep(LOOK_EVERY);
                    reload();
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    /** A handler for one connection; null once this is closed. */
    @Nullable
    SslHandler newHandler(ByteBufAllocator allocator) {
        while (true) {
            SslContext at = context;
            if (at == null) {
                return null;
            }
            try {
                ReferenceCountUtil.retain(at);
            } catch (IllegalReferenceCountException e) {
                continue; // replaced at this moment
            }
            try {
                SslHandler handler = at.newHandler(allocator);
                handler.setHandshakeTimeoutMillis(handshakeMax.toMillis());
                return handler;
            } finally {
                ReferenceCountUtil.release(at);
            }
        }
    }

    /** Takes over what the files hold, if they have changed and can be used; else the certificate in use stays. */
    void reload() {
        List<Seen> seen = look();
        if (seen.equals(used) || seen.equals(unusable)) {
            return;
        }
        unusable = seen;
        try {
            SslContext next = load();
            SslContext last = context;
            context = next;
            used = seen;
            unusable = List.of();
            if (last != null) {
                ReferenceCountUtil.release(last);
            }
            counters.certificatesTaken.increment();
            LOG.info("the certificate in {} is in use from now on", files.certificate());
        } catch (IOException e) {
            counters.certificatesRefused.increment();
            LOG.warn("{}; the certificate in use stays", e.getMessage());
        }
    }

    private List<Seen> look() {
        return List.of(look(files.certificate()), look(files.key()));
    }

    private static Seen look(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new Seen(now.lastModifiedTime(), now.size(), now.fileKey());
        } catch (IOException e) {
            return NOTHING; // why is told by the reading of it
        }
    }

    private SslContext load() throws IOException {
        KeyMaterial material = KeyMaterial.read(files);
        Instant expires = material.certificate().getNotAfter().toInstant();
        if (expires.isBefore(Instant.now().plus(EXPIRY_TOLD))) {
            LOG.warn("the certificate in {} is good until {} only", files.certificate(), expires);
        }
        SslContext made = SslContextBuilder.forServer(material.key(), material.chain())
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(protocols)
                .sessionCacheSize(SESSIONS_MAX)
                .sessionTimeout(SESSION_TIME.toSeconds())
                .build();
        counters.certificateExpires.set(expires.toEpochMilli());
        return made;
    }

    @Override
    public void close() {
        Thread watching = watcher;
        if (watching != null) {
            watching.interrupt();
            try {
                watching.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        SslContext last = context;
        context = null;
        if (last != null) {
            ReferenceCountUtil.release(last);
        }
    }
}
