package dev.carillon.gateway;

import dev.carillon.documents.AwarenessEntry;
import dev.carillon.documents.PeerWriter;
import dev.carillon.websocket.FrameEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is at a document: the newest entry of each client of Yjs, from that client's own connection and nobody else's. Owned by the document's loop.
 *
 * <p><b>Clocks.</b> A client of y-protocols takes an entry only if its clock is greater than that of the one it had, even where that one is gone. So somebody whose connection was lost, and who comes
 * back with the clock that it had, would not be seen until it renews its entry. Here everybody else is told a clock of the server's: the client's own, and above it when its connection came. It ascends
 * over connections, and over restarts of the node; and the word that somebody is gone has the clock of its last entry, which y-protocols takes for that word alone.
 *
 * <p>The client itself is told its own entry back as it was, which says to {@code y-websocket} that the connection lives.
 */
final class DocumentRoll {

    /** One client that is there. */
    private static final class Present {
        private final DocumentPeer peer;
        private final long client;
        /** What its clock is counted from. */
        private final long base;

        private long clock;
        private String json = "null";

        Present(DocumentPeer peer, long client, long base) {
            this.peer = peer;
            this.client = client;
            this.base = base;
        }

        AwarenessEntry told() {
            return new AwarenessEntry(client, base + clock, json);
        }

        AwarenessEntry gone() {
            return new AwarenessEntry(client, base + clock, "null");
        }
    }

    private final LongSupplier millis;
    private final DocumentCounters counters;
    private final Map<Long, Present> clients = new HashMap<>();
    private final Map<DocumentPeer, Present> ofPeers = new HashMap<>();
    private long lastBase;

    /** @param millis the time since 1970 */
    DocumentRoll(LongSupplier millis, DocumentCounters counters) {
        this.millis = millis;
        this.counters = counters;
    }

    /**
     * Takes what a peer says, as far as it says it of itself.
     *
     * @param peers all that are at the document
     */
    void onEntries(DocumentPeer from, List<AwarenessEntry> entries, Iterable<DocumentPeer> peers) {
        for (AwarenessEntry entry : entries) {
            Present own = ofPeers.get(from);
            if (own == null && !entry.isGone()) {
                own = join(from, entry.client(), peers);
            }
            if (own == null || own.client != entry.client()) {
                counters.strangers.increment();
            } else if (entry.isGone()) {
                own.clock = Math.max(own.clock, entry.clock());
                leave(from, peers);
            } else if (entry.clock() >= own.clock) {
                own.clock = entry.clock();
                own.json = DocumentUser.named(entry.json(), from.user());
                tell(own, entry, peers);
            }
        }
    }

    /** Lists a client that this connection is the first to speak for, or the same user's newer one; null where it is somebody else's. */
    private @Nullable Present join(DocumentPeer peer, long client, Iterable<DocumentPeer> peers) {
        Present before = clients.get(client);
        if (before != null) {
            if (!Objects.equals(before.peer.user(), peer.user())) {
                return null;
            }
            leave(before.peer, peers);
        }
        lastBase = Math.max(lastBase + 1, millis.getAsLong());
        Present present = new Present(peer, client, lastBase);
        clients.put(client, present);
        ofPeers.put(peer, present);
        return present;
    }

    private static void tell(Present present, AwarenessEntry asSaid, Iterable<DocumentPeer> peers) {
        byte[] told = frame(List.of(present.told()));
        for (DocumentPeer peer : peers) {
            peer.send(peer.equals(present.peer) ? frame(List.of(asSaid)) : told);
        }
    }

    /** The peer's client is gone: everybody is told. */
    void leave(DocumentPeer peer, Iterable<DocumentPeer> peers) {
        Present gone = ofPeers.remove(peer);
        if (gone == null) {
            return;
        }
        clients.remove(gone.client);
        byte[] told = frame(List.of(gone.gone()));
        for (DocumentPeer other : peers) {
            if (!other.equals(peer)) {
                other.send(told);
            }
        }
    }

    /** Everybody but the one who asks; null where nobody is. */
    byte @Nullable [] others(DocumentPeer asking) {
        List<AwarenessEntry> there = new ArrayList<>();
        for (Present present : clients.values()) {
            if (!present.peer.equals(asking)) {
                there.add(present.told());
            }
        }
        return there.isEmpty() ? null : frame(there);
    }

    private static byte[] frame(List<AwarenessEntry> entries) {
        return FrameEncoder.binaryFrame(PeerWriter.awareness(entries));
    }
}
