package dev.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A server that a test plays itself, lanes to it, and clients. Every wait has an end. */
final class Rig implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Nothing is proven by silence; but what would come, comes sooner than this. */
    private static final int QUIET_MILLIS = 150;

    static final InetAddress HERE = InetAddress.getLoopbackAddress();

    final ServerSocket server;
    final FaultProxy proxy;
    final Lane lane;
    private final List<Closeable> open = new ArrayList<>();

    Rig() throws IOException {
        this(LaneLimits.DEFAULT);
    }

    Rig(LaneLimits limits) throws IOException {
        server = new ServerSocket(0, 256, HERE);
        server.setSoTimeout((int) PATIENCE.toMillis());
        proxy = FaultProxy.open(new InetSocketAddress(HERE, server.getLocalPort()), List.of(HERE), 0, limits);
        lane = proxy.defaultLane();
    }

    /** A connection through the lane, by its two ends. */
    record Pair(Socket client, Socket server) {}

    Pair connect() throws IOException {
        return connect(lane);
    }

    Pair connect(Lane through) throws IOException {
        Socket client = dial(through);
        Socket served = server.accept();
        open.add(served);
        served.setSoTimeout((int) PATIENCE.toMillis());
        return new Pair(client, served);
    }

    /** A client's end only. */
    Socket dial(Lane through) throws IOException {
        Socket client = new Socket();
        open.add(client);
        client.setSoTimeout((int) PATIENCE.toMillis());
        client.connect(new InetSocketAddress(HERE, through.port()), (int) PATIENCE.toMillis());
        return client;
    }

    /** A connection that comes about is reset: at the latest when something is read from it. */
    void assertDialledInVain() {
        assertThatThrownBy(() -> dial(lane).getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    static void send(Socket from, String text) throws IOException {
        from.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** As many bytes as the text has, or fewer where they end. */
    static String read(Socket at, int length) throws IOException {
        return new String(at.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
    }

    /** The end of what the other side sends. */
    static boolean isEnded(Socket at) throws IOException {
        return at.getInputStream().read() < 0;
    }

    /** Whether nothing arrives: no byte, no end and no reset. */
    static boolean isQuiet(Socket at) throws IOException {
        int patience = at.getSoTimeout();
        at.setSoTimeout(QUIET_MILLIS);
        try {
            at.getInputStream().read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            at.setSoTimeout(patience);
        }
    }

    interface Claim {
        boolean holds() throws Exception;
    }

    static void until(Claim claim) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!claim.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come true in " + PATIENCE.toSeconds() + " s");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        for (Closeable each : open) {
            each.close();
        }
        proxy.close();
        server.close();
    }
}
