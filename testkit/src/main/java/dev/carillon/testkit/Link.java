package dev.carillon.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One connection through a lane: a client's and, in its place, one to the server. Each end hears of the other's bytes and of
 * its end by a {@link Pump}. From any thread.
 */
final class Link {

    private static final int CONNECT_MILLIS_MAX = 5000;
    /** Small, so that a slow reader is felt by who writes to it and not hidden by this proxy. */
    static final int SOCKET_BUFFER_BYTES = 64 << 10;

    private final Lane lane;
    private final Socket client;
    private final Socket server = new Socket();
    private final Pump up;
    private final Pump down;
    private final List<Thread> threads;
    private final AtomicBoolean isOver = new AtomicBoolean();

    Link(Lane lane, Socket client, Weather weather, Tally tally, int bufferBytes) {
        this.lane = lane;
        this.client = client;
        up = new Pump(this, Direction.UP, client, server, weather, tally, bufferBytes);
        down = new Pump(this, Direction.DOWN, server, client, weather, tally, bufferBytes);
        threads = Stream.<Runnable>of(up::read, up::write, down::read, down::write)
                .map(Thread.ofVirtual().name("lane " + lane.id())::unstarted)
                .toList();
    }

    /** Connects to the server, and begins to carry. */
    void open(InetSocketAddress target) {
        try {
            client.setTcpNoDelay(true);
            server.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
            server.connect(target, CONNECT_MILLIS_MAX);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            if (!up.isMuted() && !down.isMuted()) {
                // There is no server, or no connection any more.
                reset();
                return;
            }
            // A fault took one end away in this very moment, and the other one is not to hear of it.
        }
        threads.forEach(Thread::start);
    }

    /** Takes an end away without telling those whom bytes that way would reach. */
    void lose(Direction untold) {
        switch (untold) {
            case DOWN -> lose(down, up, server);
            case UP -> lose(up, down, client);
            case BOTH -> {
                // Both ends stay, until one of them goes.
            }
        }
    }

    private static void lose(Pump from, Pump to, Socket end) {
        from.mute();
        to.loseTo();
        Sockets.close(end);
    }

    /** All has been carried one way. */
    void onDone(Pump pump) {
        if (otherThan(pump).isDone()) {
            over(Sockets::close);
        }
    }

    /** Whether the end that a pump reads from is known to be gone, since nothing could be written to it. */
    boolean isFromGone(Pump pump) {
        return otherThan(pump).isToGone();
    }

    /** Something came for an end that is gone. Who sent it is told, unless the other pump is about to tell it. */
    void onBytesForNobody(Pump pump) {
        if (otherThan(pump).isDone() || otherThan(pump).isMuted()) {
            reset();
        }
    }

    private Pump otherThan(Pump pump) {
        return pump == up ? down : up;
    }

    /** Ends it as a network does that lost its state: with a reset for both. */
    void reset() {
        over(Sockets::reset);
    }

    private void over(Consumer<Socket> how) {
        if (isOver.getAndSet(true)) {
            return;
        }
        how.accept(client);
        how.accept(server);
        threads.forEach(Thread::interrupt);
        lane.onOver(this);
    }
}
