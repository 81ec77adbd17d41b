package dev.carillon.engine;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;

/**
 * Port: what carries a session's words to its peer. Called on the session's event loop only, and never calls back from
 * inside a call; what it is given in one turn of the loop it writes at the end of that turn.
 */
public interface Wire {

    /**
     * Whether it would take a publication without holding more than its bound. When it has said no, it calls
     * {@link Session#onRoom} once there is room again.
     */
    boolean hasRoom();

    /** Takes a publication; only while there is room. */
    void deliver(EncodedPublication publication);

    /** Takes any other message, room or not: there are few of them, and a peer that doesn't read them isn't read from. */
    void send(ServerMessage message);

    /** Whether more commands are wanted: while not, the peer is not read from. True at first. */
    void read(boolean wanted);

    /** Ends the connection, after what it was given so far. */
    void close(Code code, String reason);
}
