package dev.carillon.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before several nodes and gives each request to the next one in turn, with nothing that would lead the same client to
 * the same node: for trying a cluster out on one machine, on loopback only. A request is passed on with the connection that
 * it came on, so WebSockets, event streams and long polls go through as they are. A node that can't be reached is left out.
 * What is below {@code /cluster/} it answers itself ({@link ClusterDesk}).
 *
 * <p>Bounded by {@link #CONNECTIONS_MAX}: more wait to be accepted. Two virtual threads for each connection.
 */
final class Front implements AutoCloseable {

    /** Connections at a time. */
    static final int CONNECTIONS_MAX = 4096;

    private static final int BACKLOG = 1024;
    private static final int CONNECT_MILLIS = 2000;
    /** A client has so long to say what it wants. */
    private static final int HEAD_MILLIS = 30_000;

    private static final int BUFFER_BYTES = 16 << 10;
    private static final byte[] NO_NODE =
            """
            HTTP/1.1 503 Service Unavailable
            Content-Type: text/plain
            Content-Length: 16
            Retry-After: 1
            Connection: close

            no node answers
            """.replace("\n", "\r\n").replace("answers\r\n", "answers\n").getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket listener;
    private final Supplier<List<Backend>> nodes;
    private final ClusterDesk desk;
    private final AtomicInteger turn = new AtomicInteger();
    private final Semaphore places = new Semaphore(CONNECTIONS_MAX);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    /** A node that requests can be passed on to. */
    record Backend(int node, InetSocketAddress address) {}

    /** A connection to one, for one request. */
    private record Reached(int node, Socket socket) {}

    private Front(ServerSocket listener, Supplier<List<Backend>> nodes, ClusterDesk desk) {
        this.listener = listener;
        this.nodes = nodes;
        this.desk = desk;
    }

    /**
     * Listens on loopback.
     *
     * @param port 0 for a free one
     * @param nodes where the nodes are now
     * @param desk answers what is not for them
     * @throws StartException if the port can't be had
     */
    static Front open(int port, Supplier<List<Backend>> nodes, ClusterDesk desk) throws StartException {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            try {
                listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            Front front = new Front(listener, nodes, desk);
            Thread.ofVirtual().name("carillon-front").start(front::accept);
            return front;
        } catch (IOException e) {
            throw new StartException(
                    "cannot listen on 127.0.0.1 port " + port + ": " + Listening.oneLine(e)
                            + " (another --port, or 0 for a free one)",
                    e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!isClosed) {
            try {
                places.acquire();
                Socket client = listener.accept();
                Thread.startVirtualThread(() -> serve(client));
            } catch (IOException e) {
                places.release();
                if (!isClosed) {
                    Logs.LOG.warn("the front could not accept a connection: {}", Listening.oneLine(e));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void serve(Socket client) {
        open.add(client);
        try (client) {
            client.setTcpNoDelay(true);
            client.setSoTimeout(HEAD_MILLIS);
            InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER_BYTES);
            byte[] head = FrontHead.read(in);
            if (head == null) {
                return;
            }
            FrontRequest request = FrontRequest.of(head);
            if (request == null) {
                return;
            }
            if (ClusterDesk.owns(request.path())) {
                client.getOutputStream().write(desk.answer(request));
                return;
            }
            client.setSoTimeout(0);
            Reached reached = reach();
            if (reached == null) {
                client.getOutputStream().write(NO_NODE);
                return;
            }
            passOn(client, in, head, Passages.of(request, reached.node()), reached.socket());
        } catch (IOException e) {
            Logs.LOG.debug("a connection through the front has ended", e);
        } finally {
            open.remove(client);
            places.release();
        }
    }

    private void passOn(Socket client, InputStream in, byte[] head, Passages.Passage passage, Socket node)
            throws IOException {
        long number = desk.passages().begin(passage);
        open.add(node);
        try (node) {
            node.getOutputStream().write(FrontHead.lastOfItsConnection(head));
            Splice.join(
                    client, in, node, look(passage, Sightings.Place.ASKED), look(passage, Sightings.Place.DELIVERED));
        } finally {
            open.remove(node);
            desk.passages().end(number);
        }
    }

    private Splice.Look look(Passages.Passage passage, Sightings.Place place) {
        MarkFinder finder = new MarkFinder();
        return (bytes, length) ->
                finder.read(bytes, length, mark -> desk.sightings().see(mark, place, passage.node(), passage.via()));
    }

    /** A connection to the next node in turn that can be reached; null where none can. */
    private @Nullable Reached reach() {
        List<Backend> all = nodes.get();
        for (int tried = 0; tried < all.size(); tried++) {
            Backend next = all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
            Socket node = new Socket();
            try {
                node.setTcpNoDelay(true);
                node.connect(next.address(), CONNECT_MILLIS);
                return new Reached(next.node(), node);
            } catch (IOException e) {
                Logs.LOG.debug("{} can't be reached", next, e);
                Splice.closeQuietly(node);
            }
        }
        return null;
    }

    /** Listens no more and ends all connections. */
    @Override
    public void close() {
        isClosed = true;
        Splice.closeQuietly(listener);
        open.forEach(Splice::closeQuietly);
    }
}
