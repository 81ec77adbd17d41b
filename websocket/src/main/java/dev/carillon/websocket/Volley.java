package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Socket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Frames that many connections of one event loop are sent in one piece each. First each connection is looked at, then all
 * system calls are made one behind the other. A system call pushes most of what user code needs out of the processor's
 * nearest caches: looked at in a row, the connections are fetched while the processor already looks at the next. Where there
 * are many, and the system allows it, they are one system call ({@link SendRing}). Owned by the loop.
 *
 * <p>Between the first {@link #add} and {@link #send} nothing else is done with these connections, and each is taken once: a
 * second piece could be sent where the first was taken in part.
 */
public final class Volley implements AutoCloseable {

    /** A file descriptor that is none. */
    private static final int NO_FILE = -1;

    private @Nullable Socket[] sockets = new Socket[64];
    private @Nullable WebSocketConnection[] connections = new WebSocketConnection[64];
    private int[] places = new int[64];
    private int[] lengths = new int[64];
    private int size;

    /** True exactly while {@link #send} runs: whom it tells something may want to send, and then does so by itself. */
    private boolean isSending;

    private final SendRings rings;

    /** Null before the first volley that is worth one, and behind {@link #close}. */
    private @Nullable SendRing ring;

    private boolean isClosed;

    /**
     * An empty one.
     *
     * @param rings says whether many sends are made in one system call
     */
    public Volley(SendRings rings) {
        this.rings = rings;
    }

    /**
     * Takes frames for a connection that it has taken none for, if they can be sent to it at once.
     *
     * @param at where they lie in the memory that {@link #send} will be given
     * @param payloadBytes how many bytes of them are payload of data frames
     */
    public boolean add(WebSocketConnection connection, int at, int length, int payloadBytes) {
        Socket socket = isSending ? null : connection.promise(length, payloadBytes);
        if (socket == null) {
            return false;
        }
        if (size == sockets.length) {
            sockets = Arrays.copyOf(sockets, size * 2);
            connections = Arrays.copyOf(connections, size * 2);
            places = Arrays.copyOf(places, size * 2);
            lengths = Arrays.copyOf(lengths, size * 2);
        }
        sockets[size] = socket;
        connections[size] = connection;
        places[size] = at;
        lengths[size++] = length;
        return true;
    }

    /** Sends what was taken; what a socket doesn't take waits in its connection. */
    public void send(ByteBuf memory) {
        if (isSending) {
            return;
        }
        isSending = true;
        try {
            SendRing through = memory.isDirect() && rings.isWorth(size) ? ring() : null;
            int sent = through == null ? 0 : sendThrough(through, memory, size);
            for (int i = sent; i < size; i++) {
                sendByItself(memory, i);
            }
        } finally {
            Arrays.fill(sockets, 0, size, null);
            Arrays.fill(connections, 0, size, null);
            size = 0;
            isSending = false;
        }
    }

    private void sendByItself(ByteBuf memory, int i) {
        Socket socket = sockets[i];
        onSent(memory, i, socket == null ? 0 : DirectSend.send(socket, memory, places[i], lengths[i]));
    }

    private void onSent(ByteBuf memory, int i, int sent) {
        WebSocketConnection connection = connections[i];
        if (sent < lengths[i] && connection != null) {
            connection.sendRest(memory, places[i] + sent, lengths[i] - sent);
        }
    }

    /** Sends in as few system calls as there can be; returns how many of those due were dealt with. */
    private int sendThrough(SendRing ring, ByteBuf memory, int due) {
        long address = DirectSend.addressOf(memory);
        int from = 0;
        while (from < due && !ring.isBroken()) {
            int to = Math.min(due, from + SendRing.SENDS_MAX);
            for (int i = from; i < to; i++) {
                ring.add(fileOf(sockets[i]), address + places[i], lengths[i]);
            }
            ring.run();
            int made = 0;
            for (int i = from; i < to; i++) {
                int result = ring.result(i - from);
                made += result == SendRing.NOT_MADE ? 0 : 1;
                onResult(memory, i, result);
            }
            rings.onSent(made);
            from = to;
        }
        if (ring.isBroken()) {
            rings.onBroken();
            close();
        }
        return from;
    }

    private static int fileOf(@Nullable Socket socket) {
        return socket != null && socket.isOpen() ? socket.intValue() : NO_FILE;
    }

    private void onResult(ByteBuf memory, int i, int result) {
        if (result == SendRing.NOT_MADE) {
            sendByItself(memory, i);
        } else if (result == SendRing.UNKNOWN) {
            WebSocketConnection connection = connections[i];
            if (connection != null) {
                connection.abandon(); // what follows could be the second time, or behind a hole
            }
        } else {
            onSent(memory, i, Math.max(result, 0)); // the long way meets an error again, and knows what to do
        }
    }

    private @Nullable SendRing ring() {
        if (ring == null && !isClosed) {
            ring = rings.open();
        }
        return ring;
    }

    /** Gives back what the system was asked for; what is sent behind it is sent one by one. On the loop, or after its end. */
    @Override
    public void close() {
        isClosed = true;
        if (ring != null) {
            ring.close();
            ring = null;
            rings.onClosed();
        }
    }

    /** Whether nothing was taken. */
    public boolean isEmpty() {
        return size == 0;
    }
}
