package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who comes from where, so that no address takes the place of all others ({@link AddressLimits}). From any thread.
 *
 * <p>A connection that is one too many is told so in answer to its first request, because a browser's {@code EventSource}
 * gives up for good on anything but an answer that it can read. The places for that are few; beyond them it is closed without
 * a word.
 *
 * <p>What comes through a configured proxy is limited by the address that the proxy names, in requests only: the connections
 * are the proxy's.
 */
final class Visitors {

    /** A part of the files that the process may open beyond its connections (docs/operations.md). */
    private static final int TOLD_MAX = 500;

    private static final long SWEEP_NANOS = 1_000_000_000;
    private static final long LOG_NANOS = 10_000_000_000L;
    private static final long FULL_RETRY_MILLIS = 5000;
    private static final long RETRY_MILLIS = 1000;
    private static final String TOO_MANY =
            "this address has as many connections as the limit allows (perAddress.connections)";
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    /**
     * A connection that has come.
     *
     * @param visitor who is counted for it; null for nobody
     * @param isProxy whether its requests are those of others, which it names
     * @param turnedAway what its first request is answered; null where it is let in
     */
    record Arrival(@Nullable Visitor visitor, boolean isProxy, ServerMessage.@Nullable Refusal turnedAway) {}

    private final int connectionsMax;
    private final AddressLimits limits;
    private final List<Network> proxies;
    private final GatewayCounters counters;
    private final ConcurrentMap<Long, Visitor> visitors = new ConcurrentHashMap<>();
    private final AtomicInteger told = new AtomicInteger();
    /** The streams that count as connections. */
    private final AtomicInteger streams = new AtomicInteger();

    private final AtomicLong lastSweep = new AtomicLong(System.nanoTime() - SWEEP_NANOS);
    private final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - LOG_NANOS);

    Visitors(GatewaySettings settings, GatewayCounters counters) {
        this.connectionsMax = settings.connectionsMax();
        this.limits = settings.perAddress();
        this.proxies = settings.proxies();
        this.counters = counters;
    }

    // ---- connections

    /**
     * A connection has come.
     *
     * @param open how many there are with it
     * @return null where it is to be closed at once; else {@link #leave} is owed
     */
    @Nullable
    Arrival arrive(InetAddress from, int open) {
        if (open + streams.get() > connectionsMax) {
            counters.connectionsRefused.increment();
            return turnAway(null, refusal(Code.NODE_FULL, Code.NODE_FULL.text(), FULL_RETRY_MILLIS));
        }
        if (isProxy(from)) {
            return new Arrival(null, true, null);
        }
        long now = System.nanoTime();
        while (true) {
            Visitor visitor = visitor(from, now);
            if (visitor == null) {
                return new Arrival(null, false, null);
            }
            switch (visitor.enter(limits, now)) {
                case LET_IN -> {
                    return new Arrival(visitor, false, null);
                }
                case TOO_MANY -> {
                    counters.addressConnectionsRefused.increment();
                    logRefusal(from, "has as many connections as perAddress.connections allows");
                    return turnAway(visitor, refusal(Code.RATE_LIMITED, TOO_MANY, FULL_RETRY_MILLIS));
                }
                case TOO_OFTEN -> {
                    counters.addressConnectsRefused.increment();
                    logRefusal(from, "connects more often than perAddress.connects allows");
                    String message = "this address connects more often than the limit allows (perAddress.connects)";
                    return turnAway(visitor, refusal(Code.RATE_LIMITED, message, RETRY_MILLIS));
                }
                case FORGOTTEN -> visitors.remove(keyOf(from), visitor);
            }
        }
    }

    private @Nullable Arrival turnAway(@Nullable Visitor visitor, ServerMessage.Refusal refusal) {
        if (visitor == null || visitor.mayBeTold()) {
            Arrival arrival = new Arrival(visitor, false, refusal);
            if (told.incrementAndGet() <= TOLD_MAX) {
                return arrival;
            }
            leave(arrival);
        }
        counters.connectionsDropped.increment();
        return null;
    }

    /** The connection has gone. */
    void leave(Arrival arrival) {
        Visitor visitor = arrival.visitor();
        if (arrival.turnedAway() != null) {
            told.decrementAndGet();
            if (visitor != null) {
                visitor.wasTold();
            }
        } else if (visitor != null) {
            visitor.leave();
        }
    }

    /**
     * A stream has come on a connection that was let in and has others: it can carry a reader as a connection can, and counts
     * as one. It doesn't count as connecting.
     *
     * @return what its request is answered if it is one too many; null where it is let in, and {@link #leaveStream} is owed
     */
    ServerMessage.@Nullable Refusal enterStream(Arrival arrival) {
        if (counters.connections() + streams.incrementAndGet() > connectionsMax) {
            streams.decrementAndGet();
            counters.connectionsRefused.increment();
            return refusal(Code.NODE_FULL, Code.NODE_FULL.text(), FULL_RETRY_MILLIS);
        }
        Visitor visitor = arrival.visitor();
        if (visitor == null || visitor.enterStream(limits)) {
            return null;
        }
        streams.decrementAndGet();
        counters.addressConnectionsRefused.increment();
        return refusal(Code.RATE_LIMITED, TOO_MANY, FULL_RETRY_MILLIS);
    }

    /** Such a stream has ended. */
    void leaveStream(Arrival arrival) {
        streams.decrementAndGet();
        if (arrival.visitor() != null) {
            arrival.visitor().leave();
        }
    }

    // ---- requests

    /**
     * Counts a request.
     *
     * @param forwardedFor the headers {@code X-Forwarded-For}, which count only if they come from a proxy
     * @return what it is answered if it is one too many; null where it may pass
     */
    ServerMessage.@Nullable Refusal onRequest(Arrival arrival, List<String> forwardedFor) {
        if (arrival.turnedAway() != null) {
            return arrival.turnedAway();
        }
        long now = System.nanoTime();
        InetAddress client = arrival.isProxy() ? clientOf(forwardedFor) : null;
        Visitor visitor = client == null ? arrival.visitor() : visitor(client, now);
        if (visitor == null || visitor.mayAsk(limits, now)) {
            return null;
        }
        counters.addressRequestsRefused.increment();
        String message = "this address asks more often than the limit allows (perAddress.requests)";
        return refusal(Code.RATE_LIMITED, message, RETRY_MILLIS);
    }

    /** The nearest address that isn't a proxy of ours: what stands before it, a stranger may have written. */
    private @Nullable InetAddress clientOf(List<String> forwardedFor) {
        String[] hops = String.join(",", forwardedFor).split(",", -1);
        for (int i = hops.length - 1; i >= 0; i--) {
            InetAddress hop = Network.literal(hops[i].trim());
            if (hop == null || !isProxy(hop)) {
                return hop;
            }
        }
        return null;
    }

    private boolean isProxy(InetAddress address) {
        for (Network proxy : proxies) {
            if (proxy.contains(address)) {
                return true;
            }
        }
        return false;
    }

    // ---- the table

    /** What is known of an address; null where no more addresses can be remembered. */
    private @Nullable Visitor visitor(InetAddress address, long now) {
        long key = keyOf(address);
        Visitor known = visitors.get(key);
        if (known != null) {
            return known;
        }
        if (visitors.size() >= limits.addresses() && !makeRoom(now)) {
            counters.addressesUnwatched.increment();
            return null;
        }
        Visitor made = visitors.computeIfAbsent(key, _ -> new Visitor(now));
        counters.addresses.set(visitors.size());
        return made;
    }

    /** Forgets those of whom nothing has to be known, at most once a second; whether there is room then. */
    private boolean makeRoom(long now) {
        long last = lastSweep.get();
        if (now - last >= SWEEP_NANOS && lastSweep.compareAndSet(last, now)) {
            visitors.values().removeIf(visitor -> visitor.forget(now));
        }
        return visitors.size() < limits.addresses();
    }

    /** An IPv4 address, or the /64 of an IPv6 address; the former look like a /64 that nobody is given (RFC 4291 §2.5.5). */
    static long keyOf(InetAddress address) {
        byte[] bytes = Network.bytesOf(address);
        return bytes.length == Integer.BYTES
                ? 0xffff_0000_0000L
                        | Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt())
                : ByteBuffer.wrap(bytes).getLong();
    }

    // ---- words

    /** Not all who are refused together are to come back together. */
    private static ServerMessage.Refusal refusal(Code code, String message, long retryMillis) {
        long later = retryMillis + ThreadLocalRandom.current().nextLong(retryMillis);
        return new ServerMessage.Refusal(null, code, null, message, later);
    }

    private void logRefusal(InetAddress from, String why) {
        long now = System.nanoTime();
        long last = lastLogged.get();
        if (now - last > LOG_NANOS && lastLogged.compareAndSet(last, now)) {
            String address = from.getHostAddress();
            LOG.warn("{} {}; if it is a proxy of yours: proxies: [\"{}\"]", address, why, address);
        }
    }
}
