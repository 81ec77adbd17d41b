package dev.carillon.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A loopback port whose connections lead to the server and suffer one fault at a time. Thread-safe; nothing here waits longer
 * than the system needs.
 */
public final class Lane {

    /** The longest that a fault may be asked to last. */
    public static final Duration LASTING_MAX = Duration.ofMinutes(10);

    private final String id;
    private final InetSocketAddress target;
    private final LaneLimits limits;
    private final Weather weather = new Weather();
    private final Tally tally;
    private final List<Entrance> entrances;

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Link> links = new HashSet<>();
    /** What ends the fault by itself; null where it lasts until another is asked for. */
    private @Nullable Thread lifting;

    private boolean isClosed;

    private Lane(
            String id, List<InetAddress> addresses, int port, InetSocketAddress target, LaneLimits limits, Tally tally)
            throws IOException {
        this.id = id;
        this.target = target;
        this.limits = limits;
        this.tally = tally;
        this.entrances = Entrance.openAll(addresses, port, this::onVisitor);
    }

    static Lane open(
            String id, List<InetAddress> addresses, int port, InetSocketAddress target, LaneLimits limits, Tally tally)
            throws IOException {
        return new Lane(id, addresses, port, target, limits, tally);
    }

    /** What it is asked for by: letters, digits, {@code -} and {@code _}. */
    public String id() {
        return id;
    }

    /** The port that it listens on, unless its fault refuses connections. */
    public int port() {
        return entrances.getFirst().port();
    }

    /** What its connections suffer now. */
    public Fault fault() {
        return weather.now();
    }

    /** What has gone through it. */
    public Counts counts() {
        return tally.counts();
    }

    long heardNanos() {
        return tally.heardNanos();
    }

    /**
     * Replaces what its connections suffer; when it returns, that holds. Bytes that are being written at that moment may
     * still arrive. A lane that has ended suffers nothing more.
     *
     * @param lasting after so long it is fair again; null for until something else is asked for; up to {@link #LASTING_MAX}
     * @throws IOException if its port can't be listened on any more
     */
    public void suffer(Fault fault, @Nullable Duration lasting) throws IOException {
        if (lasting != null && (!lasting.isPositive() || lasting.compareTo(LASTING_MAX) > 0)) {
            throw new IllegalArgumentException("a fault lasts up to " + LASTING_MAX.toMillis() + " ms");
        }
        lock.lock();
        try {
            if (isClosed) {
                return;
            }
            stopLifting();
            become(fault);
            if (lasting != null) {
                lifting = Thread.ofVirtual().name("lane " + id).start(() -> lift(lasting));
            }
        } finally {
            lock.unlock();
        }
    }

    private void become(Fault fault) throws IOException {
        weather.become(fault);
        for (Entrance entrance : entrances) {
            if (fault.refuses()) {
                entrance.shut();
            } else {
                entrance.listen();
            }
        }
        switch (fault) {
            case Fault.Cut _ -> List.copyOf(links).forEach(Link::reset);
            case Fault.HalfOpen(Direction untold) -> List.copyOf(links).forEach(link -> link.lose(untold));
            case Fault.None _,
                    Fault.Hang _,
                    Fault.OneWay _,
                    Fault.Delay _,
                    Fault.Throttle _,
                    Fault.Split _,
                    Fault.Refuse _ -> {
                // Whatever goes through the weather feels it.
            }
        }
    }

    private void stopLifting() {
        if (lifting != null) {
            lifting.interrupt();
            lifting = null;
        }
    }

    private void lift(Duration after) {
        try {
            Thread.sleep(after);
        } catch (InterruptedException e) {
            return;
        }
        lock.lock();
        try {
            if (lifting == Thread.currentThread()) {
                lifting = null;
                become(Weather.FAIR);
            }
        } catch (IOException e) {
            // The port was taken by somebody else, and is no lane any more.
            close();
        } finally {
            lock.unlock();
        }
    }

    /** Somebody connects. The entrance may be told to shut by a thread that holds the lock, so it mustn't wait for that here. */
    private void onVisitor(Socket client) {
        Thread.ofVirtual().name("lane " + id).start(() -> {
            Link link = admit(client);
            if (link == null) {
                Sockets.reset(client);
            } else {
                link.open(target);
            }
        });
    }

    private @Nullable Link admit(Socket client) {
        lock.lock();
        try {
            if (isClosed || weather.now().refuses()) {
                return null;
            }
            if (links.size() >= limits.connections()) {
                tally.tooMany();
                return null;
            }
            Link link = new Link(this, client, weather, tally, limits.bufferBytes());
            links.add(link);
            tally.opened();
            return link;
        } finally {
            lock.unlock();
        }
    }

    void onOver(Link link) {
        lock.lock();
        try {
            if (links.remove(link)) {
                tally.over();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Listens no more; what is connected goes on. */
    void shut() {
        lock.lock();
        try {
            isClosed = true;
            stopLifting();
            entrances.forEach(Entrance::close);
        } finally {
            lock.unlock();
        }
    }

    /** Ends it: its port is free, and its connections are reset. Calling it again does nothing. */
    void close() {
        lock.lock();
        try {
            shut();
            List.copyOf(links).forEach(Link::reset);
        } finally {
            lock.unlock();
        }
    }
}
