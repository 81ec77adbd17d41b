package dev.carillon.testkit;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A port of a lane at one address, which listens or doesn't. While it doesn't, a connection is refused as by a machine where
 * nobody listens, and yet nobody else can have the port: a socket that never listens is bound to it as well. Its owner's
 * lock is held whenever it is called.
 */
final class Entrance implements AutoCloseable {

    private static final int FREE_PORT_TRIES = 10;
    private static final int BACKLOG = 64;
    private static final Duration SHUT_TIME_MAX = Duration.ofSeconds(1);
    private static final long ACCEPT_AGAIN_MILLIS = 50;

    private final InetSocketAddress address;
    private final @Nullable Socket holder;
    private final Consumer<Socket> visitors;
    private @Nullable ServerSocket listening;
    private @Nullable Thread accepting;

    private Entrance(InetSocketAddress address, @Nullable Socket holder, Consumer<Socket> visitors) {
        this.address = address;
        this.holder = holder;
        this.visitors = visitors;
    }

    /**
     * Listens on one port of all addresses; of those after the first, IPv6 ones that the machine doesn't have are left out.
     *
     * @param port 0 for a free one
     * @param visitors takes over each connection, on a thread of an entrance, and must not wait
     * @throws IOException if that can't be; the message names the address and the port
     */
    static List<Entrance> openAll(List<InetAddress> addresses, int port, Consumer<Socket> visitors) throws IOException {
        for (int left = port == 0 ? FREE_PORT_TRIES : 1; ; left--) {
            List<Entrance> opened = new ArrayList<>();
            try {
                int common = port;
                for (InetAddress address : addresses) {
                    if (opened.isEmpty() || !(address instanceof Inet6Address) || isHere(address)) {
                        opened.add(open(new InetSocketAddress(address, common), visitors));
                        common = opened.getFirst().port();
                    }
                }
                return opened;
            } catch (IOException e) {
                opened.forEach(Entrance::close);
                if (left <= 1) {
                    throw e;
                }
            }
        }
    }

    private static boolean isHere(InetAddress address) {
        try (ServerSocket _ = new ServerSocket(0, 1, address)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Entrance open(InetSocketAddress address, Consumer<Socket> visitors) throws IOException {
        try {
            Socket holder = hold(address);
            InetSocketAddress held = new InetSocketAddress(address.getAddress(), holder.getLocalPort());
            Entrance entrance = new Entrance(held, holder, visitors);
            try {
                entrance.listen();
                return entrance;
            } catch (BindException e) {
                // A system where a port can't be held beside one that listens.
                Sockets.close(holder);
                Entrance without = new Entrance(held, null, visitors);
                without.listen();
                return without;
            }
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + address.getAddress().getHostAddress() + " port " + address.getPort(), e);
        }
    }

    private static Socket hold(InetSocketAddress address) throws IOException {
        Socket holder = new Socket();
        try {
            holder.setReuseAddress(true);
            holder.bind(address);
            return holder;
        } catch (IOException e) {
            Sockets.close(holder);
            throw e;
        }
    }

    int port() {
        return address.getPort();
    }

    /** Takes connections, if it doesn't yet. */
    void listen() throws IOException {
        if (listening != null) {
            return;
        }
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.setReceiveBufferSize(Link.SOCKET_BUFFER_BYTES);
            socket.bind(address, BACKLOG);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        listening = socket;
        accepting = Thread.ofVirtual().name("lane port " + port()).start(() -> accept(socket));
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                visitors.accept(socket.accept());
            } catch (IOException e) {
                pauseUnlessClosed(socket);
            }
        }
    }

    /** Without it, a process that has no files left would do nothing but fail to accept. */
    private static void pauseUnlessClosed(ServerSocket socket) {
        try {
            if (!socket.isClosed()) {
                Thread.sleep(ACCEPT_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            Sockets.close(socket);
        }
    }

    /** Refuses connections from now on: when it returns, nobody listens. */
    void shut() {
        ServerSocket socket = listening;
        Thread thread = accepting;
        listening = null;
        accepting = null;
        if (socket == null || thread == null) {
            return;
        }
        Sockets.close(socket);
        boolean wasInterrupted = Thread.interrupted();
        try {
            // The system lets go of the socket once the thread that accepts has let go of it.
            thread.join(SHUT_TIME_MAX);
        } catch (InterruptedException e) {
            wasInterrupted = true;
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets go of the port. */
    @Override
    public void close() {
        shut();
        if (holder != null) {
            Sockets.close(holder);
        }
    }
}
