package dev.carillon.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lanes to one server: a default one, and others on a lease. Everything is on loopback, since whoever reaches a lane reaches
 * the server from this machine. Thread-safe; opening and closing wait for the system.
 */
public final class FaultProxy implements AutoCloseable {

    /** The id of the lane that has no lease. */
    public static final String DEFAULT_LANE = "default";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;
    private static final int LOOKS_A_LEASE = 8;
    private static final Duration CLOSE_TIME_MAX = Duration.ofMillis(500);

    private final InetSocketAddress target;
    private final List<InetAddress> addresses;
    private final LaneLimits limits;
    private final Tally all = new Tally(null);
    private final AtomicLong lanesRefused = new AtomicLong();
    private final Lane defaultLane;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Leased> leased = new HashMap<>();
    private boolean isClosed;
    private final Thread sweeping;

    private static final class Leased {
        final Lane lane;
        long askedNanos = System.nanoTime();

        Leased(Lane lane) {
            this.lane = lane;
        }

        boolean isOver(long nowNanos, Duration lease) {
            long quiet = Math.min(nowNanos - askedNanos, nowNanos - lane.heardNanos());
            return quiet > lease.toNanos();
        }
    }

    private FaultProxy(InetSocketAddress target, List<InetAddress> addresses, int port, LaneLimits limits)
            throws IOException {
        this.target = target;
        this.addresses = List.copyOf(addresses);
        this.limits = limits;
        this.defaultLane = Lane.open(DEFAULT_LANE, addresses, port, target, limits, new Tally(all));
        this.sweeping = Thread.ofVirtual().name("lanes").start(this::sweep);
    }

    /**
     * Opens the default lane.
     *
     * @param target the server
     * @param addresses where the lanes listen: loopback addresses, each bound to the lane's port
     * @param port the default lane's; 0 for a free one
     * @throws IOException if it can't be listened on; the message names the address and the port
     * @throws IllegalArgumentException if an address isn't loopback, or no lane works within the limits
     */
    public static FaultProxy open(InetSocketAddress target, List<InetAddress> addresses, int port, LaneLimits limits)
            throws IOException {
        if (addresses.isEmpty() || !addresses.stream().allMatch(InetAddress::isLoopbackAddress)) {
            throw new IllegalArgumentException("lanes listen on loopback, and not on " + addresses);
        }
        if (!limits.areUsable()) {
            throw new IllegalArgumentException("no lane works within " + limits);
        }
        return new FaultProxy(target, addresses, port, limits);
    }

    /** The lane that is there as long as the proxy. */
    public Lane defaultLane() {
        return defaultLane;
    }

    /**
     * Opens a lane on a free port.
     *
     * @return null where there are as many as the limit allows
     * @throws IOException if no port can be had
     */
    public @Nullable Lane lease() throws IOException {
        lock.lock();
        try {
            if (isClosed || leased.size() >= limits.lanes()) {
                lanesRefused.incrementAndGet();
                return null;
            }
            Lane lane = Lane.open(newId(), addresses, 0, target, limits, new Tally(all));
            leased.put(lane.id(), new Leased(lane));
            return lane;
        } finally {
            lock.unlock();
        }
    }

    private static String newId() {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    /** Finds a lane, and renews its lease; null where there is none. */
    public @Nullable Lane lane(String id) {
        if (id.equals(DEFAULT_LANE)) {
            return defaultLane;
        }
        lock.lock();
        try {
            Leased found = leased.get(id);
            if (found == null) {
                return null;
            }
            found.askedNanos = System.nanoTime();
            return found.lane;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is such a lane; renews nothing. */
    public boolean has(String id) {
        lock.lock();
        try {
            return id.equals(DEFAULT_LANE) || leased.containsKey(id);
        } finally {
            lock.unlock();
        }
    }

    /** Ends a lane that is on a lease; false where there is none. */
    public boolean end(String id) {
        lock.lock();
        try {
            Leased ended = leased.remove(id);
            if (ended != null) {
                ended.lane.close();
            }
            return ended != null;
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        Duration pause = limits.lease().dividedBy(LOOKS_A_LEASE);
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(Math.max(pause.toNanos(), 1));
            endWhatIsOver();
        }
    }

    private void endWhatIsOver() {
        lock.lock();
        try {
            long now = System.nanoTime();
            leased.values().removeIf(each -> {
                boolean isOver = each.isOver(now, limits.lease());
                if (isOver) {
                    each.lane.close();
                }
                return isOver;
            });
        } finally {
            lock.unlock();
        }
    }

    /** Lanes now, the default one included. */
    public int lanes() {
        lock.lock();
        try {
            return isClosed ? 0 : leased.size() + 1;
        } finally {
            lock.unlock();
        }
    }

    /** Lanes refused because there were as many as the limit allows. */
    public long lanesRefused() {
        return lanesRefused.get();
    }

    /** What has gone through all lanes, those that have ended too. */
    public Counts counts() {
        return all.counts();
    }

    /**
     * Listens no more, gives connections whose server is ending a moment to be told so, and resets the others. Calling it
     * again does nothing.
     */
    @Override
    public void close() {
        List<Lane> lanes = closing();
        lanes.forEach(Lane::shut);
        long end = System.nanoTime() + CLOSE_TIME_MAX.toNanos();
        while (counts().open() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        lanes.forEach(Lane::close);
    }

    private List<Lane> closing() {
        lock.lock();
        try {
            List<Lane> lanes = new ArrayList<>();
            if (!isClosed) {
                lanes.add(defaultLane);
                leased.values().forEach(each -> lanes.add(each.lane));
                leased.clear();
                sweeping.interrupt();
                isClosed = true;
            }
            return lanes;
        } finally {
            lock.unlock();
        }
    }
}
