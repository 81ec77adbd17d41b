package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a document, as the document sees it. An identity. What it is told it does on the loop of its own, in the order in which it is told: every method may be called on the
 * document's loop. What it is sent are whole frames, which it shares with others.
 */
interface DocumentPeer {

    /** Whether it may change the document. */
    boolean mayWrite();

    /** The name that it has proven; null for an anonymous one. */
    @Nullable
    String user();

    /** Sends it something. */
    void send(byte[] frame);

    /** Sends it what somebody has changed; unless it is behind, and will be brought up later. */
    void sendChanges(byte[] frame);

    /** Sends it all that it lacks: from here on it is not behind. */
    void bringUp(byte[] frame);

    /** A message of so many bytes was dealt with: as many more are taken. */
    void onTaken(int bytes);

    /** One more of its changes is kept. */
    void onSaved();

    /** One of its changes was not taken. */
    void onDenied(String why);

    /** Which document it is; null as long as nothing was ever kept of it. */
    void onEpoch(@Nullable String epoch);

    /** Ends it. */
    void end(Code code, String why);
}
