package dev.carillon.engine;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;

/**
 * Port: what carries a session's words to its peer. Called on the session's event loop only, and never calls back from
 * inside a call; what it is given in one turn of the loop it writes at the end of that turn.
 */
public interface Wire {

    /**
     * Whether it would take a message for many readers without holding more than its bound. When it has said no, it calls
     * {@link Session#onRoom} once there is room again.
     */
    boolean hasRoom();

    /** Whether its reader is given signals. */
    default boolean carriesSignals() {
        return true;
    }

    /**
     * Takes a publication or a signal, only while there is room; or news of who is present, which are asked for while there
     * is room, and taken when they come.
     */
    void deliver(EncodedMessage message);

    /**
     * Takes publications that follow each other, the first ones as long as there is room; returns how many.
     *
     * @param more whether publications of other channels are about to come in this turn; where none are, what there is may
     *     be written at once
     */
    default int deliver(EncodedRun run, boolean more) {
        int taken = 0;
        while (taken < run.size() && hasRoom()) {
            deliver(run.publications().get(taken++));
        }
        return taken;
    }

    /** Takes any other message, room or not: there are few of them, and a peer that doesn't read them isn't read from. */
    void send(ServerMessage message);

    /** A command that has no reply was carried out. */
    default void onCarriedOut() {}

    /** The newest may be missing from the page that is sent next, because nobody can be asked about its channel now. */
    default void onStalePage() {}

    /** Whether more commands are wanted: while not, the peer is not read from. True at first. */
    void read(boolean wanted);

    /** Ends the connection, after what it was given so far. */
    void close(Code code, String reason);
}
