package dev.carillon.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between one node of a {@link Cluster} and its Redis, and notes which marked publications pass: on a free port of
 * loopback. A connection lives as long as the one that it stands for, and where Redis can't be reached there is none. Two
 * virtual threads for each connection; a node has a few.
 */
final class Tap implements AutoCloseable {

    private static final int CONNECT_MILLIS = 2000;

    private final ServerSocket listener;
    private final int redisPort;
    private final int node;
    private final Sightings sightings;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    private Tap(ServerSocket listener, int redisPort, int node, Sightings sightings) {
        this.listener = listener;
        this.redisPort = redisPort;
        this.node = node;
        this.sightings = sightings;
    }

    /** Listens. */
    static Tap open(int redisPort, int node, Sightings sightings) throws IOException {
        ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Tap tap = new Tap(listener, redisPort, node, sightings);
        Thread.ofVirtual().name("carillon-tap-" + node).start(tap::accept);
        return tap;
    }

    /** Where its node finds Redis. */
    String url() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    private void accept() {
        while (!isClosed) {
            try {
                Socket near = listener.accept();
                open.add(near);
                Thread.startVirtualThread(() -> serve(near));
            } catch (IOException e) {
                if (!isClosed) {
                    Logs.LOG.warn("node-{} could not be connected with Redis: {}", node, Listening.oneLine(e));
                }
            }
        }
    }

    private void serve(Socket near) {
        Socket far = new Socket();
        open.add(far);
        try (near;
                far) {
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), redisPort), CONNECT_MILLIS);
            Splice.join(near, near.getInputStream(), far, look(Sightings.Place.CALLED), look(Sightings.Place.PUSHED));
        } catch (IOException e) {
            Logs.LOG.debug("a connection to Redis has ended", e);
        } finally {
            open.remove(near);
            open.remove(far);
        }
    }

    private Splice.Look look(Sightings.Place place) {
        MarkFinder finder = new MarkFinder();
        return (bytes, length) -> finder.read(bytes, length, mark -> sightings.see(mark, place, node, ""));
    }

    /** Listens no more and ends all connections. */
    @Override
    public void close() {
        isClosed = true;
        Splice.closeQuietly(listener);
        open.forEach(Splice::closeQuietly);
    }
}
