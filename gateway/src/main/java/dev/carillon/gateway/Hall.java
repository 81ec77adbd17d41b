package dev.carillon.gateway;

import dev.carillon.engine.Node;
import dev.carillon.websocket.WebSocketLimits;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections of a gateway share.
 *
 * @param channels the node whose channels are served; null for an echo
 * @param openDocuments the documents of that node; null for an echo
 * @param tls what every connection is wrapped in; null for nothing
 * @param waiters runs what waits, on virtual threads
 */
record Hall(
        GatewaySettings settings,
        WebSocketLimits webSocketLimits,
        EventLoops loops,
        LoopDeflates deflates,
        @Nullable Node channels,
        @Nullable Documents openDocuments,
        Pages pages,
        Endpoints endpoints,
        AccessPolicy access,
        Visitors visitors,
        Entrance entrance,
        @Nullable Tls tls,
        Inspector inspector,
        Router router,
        GatewayCounters counters,
        Executor waiters,
        AtomicLong lastRefusalLogged) {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long LOG_EVERY_NANOS = 200_000_000;

    /** A session's id: 128 random bits. */
    static String newSessionId() {
        byte[] id = new byte[16];
        RANDOM.nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    Node node() {
        return Objects.requireNonNull(channels, "an echo has no channels");
    }

    Documents documents() {
        return Objects.requireNonNull(openDocuments, "an echo has no documents");
    }

    /**
     * Whether a reader has let its socket stay full for longer than is allowed.
     *
     * @param fullSinceNanos since when it is full; 0 where it isn't
     */
    boolean isTooSlow(long fullSinceNanos, long nowNanos) {
        long maxNanos = settings.slowReaderTimeMax().toNanos();
        return maxNanos > 0 && fullSinceNanos != 0 && nowNanos - fullSinceNanos >= maxNanos;
    }

    /** Something of our own went wrong: told to the log, never to the peer. */
    void onFailure(String what, Throwable cause) {
        counters.failures.increment();
        LOG.error("{} failed", what, cause);
    }

    /** Logs a refusal at the door, a few a second at most. */
    void onRefused(AccessPolicy.Refused refused) {
        switch (refused.code()) {
            case ORIGIN_REFUSED -> counters.originsRefused.increment();
            case HOST_REFUSED -> counters.hostsRefused.increment();
            default -> counters.requestsMalformed.increment();
        }
        long now = System.nanoTime();
        long last = lastRefusalLogged.get();
        if (!refused.hint().isEmpty() && now - last > LOG_EVERY_NANOS && lastRefusalLogged.compareAndSet(last, now)) {
            LOG.warn("{}", refused.hint());
        }
    }
}
