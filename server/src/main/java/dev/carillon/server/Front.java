package dev.carillon.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
    private final Supplier<List<InetSocketAddress>> nodes;
    private final AtomicInteger turn = new AtomicInteger();
    private final Semaphore places = new Semaphore(CONNECTIONS_MAX);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    private Front(ServerSocket listener, Supplier<List<InetSocketAddress>> nodes) {
        this.listener = listener;
        this.nodes = nodes;
    }

    /**
     * Listens on loopback.
     *
     * @param port 0 for a free one
     * @param nodes where the nodes are now
     * @throws StartException if the port can't be had
     */
    static Front open(int port, Supplier<List<InetSocketAddress>> nodes) throws StartException {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            try {
                listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            Front front = new Front(listener, nodes);
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
            client.setSoTimeout(0);
            Socket node = connect();
            if (node == null) {
                client.getOutputStream().write(NO_NODE);
                return;
            }
            open.add(node);
            try (node) {
                node.getOutputStream().write(FrontHead.lastOfItsConnection(head));
                splice(client, in, node);
            } finally {
                open.remove(node);
            }
        } catch (IOException e) {
            Logs.LOG.debug("a connection through the front has ended", e);
        } finally {
            open.remove(client);
            places.release();
        }
    }

    /** A connection to the next node in turn that can be reached; null where none can. */
    private @Nullable Socket connect() {
        List<InetSocketAddress> all = nodes.get();
        for (int tried = 0; tried < all.size(); tried++) {
            InetSocketAddress next = all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
            Socket node = new Socket();
            try {
                node.setTcpNoDelay(true);
                node.connect(next, CONNECT_MILLIS);
                return node;
            } catch (IOException e) {
                Logs.LOG.debug("{} can't be reached", next, e);
                closeQuietly(node);
            }
        }
        return null;
    }

    /** Carries both directions until the node has said all, or either has gone. */
    private static void splice(Socket client, InputStream in, Socket node) throws IOException {
        Thread.startVirtualThread(() -> {
            try {
                carry(in, node.getOutputStream());
                node.shutdownOutput();
            } catch (IOException e) {
                closeQuietly(node); // the client has gone: the node is to know
            }
        });
        try {
            carry(node.getInputStream(), client.getOutputStream());
        } finally {
            closeQuietly(client);
            closeQuietly(node);
        }
    }

    private static void carry(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.write(buffer, 0, read);
        }
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            Logs.LOG.debug("closing what is closed", e);
        }
    }

    /** Listens no more and ends all connections. */
    @Override
    public void close() {
        isClosed = true;
        closeQuietly(listener);
        open.forEach(Front::closeQuietly);
    }
}
