package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Many WebSockets to one server on the caller's thread: nothing happens but within {@link #turn}, and nothing is shared, so
 * what a load costs here is little more than its system calls. All connections read into one buffer. For one thread.
 */
final class Generator implements AutoCloseable {

    /** What one read takes at most, with what an earlier one left of a frame. A frame must fit. */
    static final int READ_BYTES = 1 << 20;

    /** From one address: well within the ports that Linux has for it by default. */
    static final int ADDRESS_CLIENTS_MAX = 10_000;

    private static final int EVENTS_MAX = 1024;
    private static final int LOOPBACK = 0x7F000000;

    final Kernel kernel;
    final MemorySegment in;
    private final MemorySegment out;
    private @Nullable Inflation inflation;

    /** When the read at hand was made, by {@link System#nanoTime}: one look at the clock serves all its messages. */
    private long readAt;

    private final InetSocketAddress server;
    private final int serverAddress;
    private Client[] clients = new Client[64];
    private int numbers;
    private int open;

    Generator(InetSocketAddress server) throws BenchException {
        if (server.isUnresolved() || server.getAddress().getAddress().length != 4) {
            throw new BenchException(server + " is no IPv4 address");
        }
        this.server = server;
        serverAddress = address(server);
        kernel = new Kernel(EVENTS_MAX);
        in = kernel.allocate(READ_BYTES);
        out = kernel.allocate(READ_BYTES);
    }

    private static int address(InetSocketAddress server) {
        int address = 0;
        for (byte part : server.getAddress().getAddress()) {
            address = (address << 8) | (part & 0xFF);
        }
        return address;
    }

    String host() {
        return server.getHostString() + ":" + server.getPort();
    }

    /**
     * Begins to open a WebSocket; the listener is told the rest.
     *
     * @param target the path and query of its handshake
     * @param receiveBytes what the kernel keeps for it unread, about; 0 for the kernel's choice
     * @param subprotocol what it asks for; null for nothing
     * @param deflates whether it offers permessage-deflate without context, and fails where that isn't agreed to
     */
    Client open(
            Client.Listener listener, String target, @Nullable String subprotocol, int receiveBytes, boolean deflates)
            throws BenchException {
        int socket = kernel.open();
        if (receiveBytes > 0) {
            kernel.setOption(socket, Kernel.SOL_SOCKET, Kernel.SO_RCVBUF, receiveBytes);
        }
        if (server.getAddress().isLoopbackAddress()) {
            kernel.bind(socket, LOOPBACK + 1 + open / ADDRESS_CLIENTS_MAX);
        }
        if (numbers == clients.length) {
            clients = Arrays.copyOf(clients, numbers * 2);
        }
        Client client = new Client(this, socket, numbers, listener, target, subprotocol, deflates);
        clients[numbers++] = client;
        open++;
        int connected = kernel.connect(socket, serverAddress, server.getPort());
        if (connected != 0 && connected != Kernel.IN_PROGRESS) {
            throw new BenchException("connect failed with errno " + -connected);
        }
        kernel.watch(socket, Kernel.OUT, client.number);
        return client;
    }

    /** Waits for something to happen until a moment of {@link System#nanoTime}, and does what it asks for. */
    void turn(long until) throws BenchException {
        int ready = kernel.epollWait(until - System.nanoTime());
        for (int i = 0; i < ready; i++) {
            Client client = clients[kernel.number(i)];
            // One that was ended by what an earlier one of this turn told has nothing more to tell.
            if (client.isLive()) {
                client.onReady(kernel.told(i));
            }
        }
    }

    /**
     * Turns until a condition holds.
     *
     * @return whether it did in time
     */
    boolean turnUntil(BooleanSupplier done, long deadline) throws BenchException {
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            turn(Math.min(deadline, System.nanoTime() + 1_000_000));
        }
        return true;
    }

    /** Turns until a moment, whatever happens. */
    void turnFor(long until) throws BenchException {
        while (System.nanoTime() - until < 0) {
            turn(until);
        }
    }

    /** When the message that is being told came. */
    long readAt() {
        return readAt;
    }

    void onRead() {
        readAt = System.nanoTime();
    }

    /** The first bytes, as many as fit, where the kernel can read them; until the next call. */
    MemorySegment toNative(MemorySegment frames, long length) {
        long bytes = Math.min(length, out.byteSize());
        return out.asSlice(0, bytes).copyFrom(frames.asSlice(0, bytes));
    }

    /** What inflates the messages of all its clients; made when it is first needed. */
    Inflation inflation() {
        Inflation made = inflation;
        if (made == null) {
            made = new Inflation(kernel);
            inflation = made;
        }
        return made;
    }

    void onEnd() {
        open--;
    }

    @Override
    public void close() {
        @Nullable BenchException failed = null;
        for (int i = 0; i < numbers; i++) {
            try {
                clients[i].reset();
            } catch (BenchException e) {
                failed = e;
            }
        }
        if (inflation != null) {
            inflation.close();
        }
        kernel.close();
        if (failed != null) {
            throw new IllegalStateException(failed);
        }
    }
}
