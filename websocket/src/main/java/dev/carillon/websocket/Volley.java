package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Socket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Frames that many connections of one event loop are sent in one piece each. First each connection is looked at, then all
 * system calls are made one behind the other. A system call pushes most of what user
 * code needs out of the processor's nearest caches:
 * looked at in a row, the connections are fetched while the processor already looks at the next. Owned by the loop.
 *
 * <p>Between the first {@link #add} and {@link #send} nothing else is done with these connections.
 */
public final class Volley {

    private @Nullable Socket[] sockets = new Socket[64];
    private @Nullable WebSocketConnection[] connections = new WebSocketConnection[64];
    private int[] places = new int[64];
    private int[] lengths = new int[64];
    private int size;

    /**
     * Takes frames for a connection, if they can be sent to it at once.
     *
     * @param at where they lie in the memory that {@link #send} will be given
     * @param payloadBytes how many bytes of them are payload of data frames
     */
    public boolean add(WebSocketConnection connection, int at, int length, int payloadBytes) {
        Socket socket = connection.promise(length, payloadBytes);
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
        int due = size;
        size = 0;
        for (int i = 0; i < due; i++) {
            Socket socket = sockets[i];
            int sent = socket == null ? 0 : DirectSend.send(socket, memory, places[i], lengths[i]);
            if (sent < lengths[i]) {
                WebSocketConnection connection = connections[i];
                if (connection != null) {
                    connection.sendRest(memory, places[i] + sent, lengths[i] - sent);
                }
            }
        }
        Arrays.fill(sockets, 0, due, null);
        Arrays.fill(connections, 0, due, null);
    }

    /** Whether nothing was taken. */
    public boolean isEmpty() {
        return size == 0;
    }
}
