package dev.carillon.gateway;

import dev.carillon.documents.AwarenessEntry;
import dev.carillon.documents.Coverage;
import dev.carillon.documents.PeerWriter;
import dev.carillon.documents.StateVector;
import dev.carillon.documents.Update;
import dev.carillon.protocol.Code;
import dev.carillon.websocket.FrameEncoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One document in use: what is kept of it, who is at it, and what of theirs is on its way to the disk. Owned by the loop of its desk.
 *
 * <p><b>Order.</b> A change is stored, then told to the others, then acknowledged: so what anybody sees is kept. All that comes while one update is being stored is the next one, merged.
 *
 * <p><b>Loss.</b> If something can't be stored, nobody is told anything more: everybody is sent away, comes back, and says what the document lacks. Each still has what it has written.
 */
final class Document implements DocumentLog.Listener {

    /** So many bytes of changes make one update. */
    private static final int BATCH_BYTES_MAX = 1 << 20;

    private static final String READ_ONLY = "you may read this document, and not write to it";

    /** A peer, and what is known of it. */
    private static final class Guest {
        /** What it had when it said so last; null as long as it hasn't. */
        private @Nullable StateVector has;
        /** True once something new of it was refused: what it makes later hangs on that. */
        private boolean isCutOff;
    }

    /**
     * A change that is not kept yet.
     *
     * @param update what it says; null where that is known already, and only the order is kept
     */
    private record Change(
            DocumentPeer from, int bytes, @Nullable Update update) {}

    private final DocumentLog log;
    private final DocumentRoll roll;
    private final long bytesMax;
    private final DocumentCounters counters;
    private final Runnable over;
    private final Map<DocumentPeer, Guest> guests = new LinkedHashMap<>();

    /** What is kept, and what is on its way. */
    private final Coverage known = new Coverage();

    private final Deque<Change> changes = new ArrayDeque<>();
    /** How many of the first of them are being stored. */
    private int storing;

    private long waitingBytes;

    /** What is to be done once it is read; null since it is. */
    private @Nullable List<Runnable> waiting = new ArrayList<>();

    private boolean isOver;

    /**
     * @param over is told once it is not in use any more; then it does nothing more
     * @param bytesMax beyond which nothing is taken that makes it larger
     */
    Document(DocumentLog.Opening opening, DocumentRoll roll, long bytesMax, DocumentCounters counters, Runnable over) {
        this.log = opening.open(this);
        this.roll = roll;
        this.bytesMax = bytesMax;
        this.counters = counters;
        this.over = over;
        counters.open.incrementAndGet();
    }

    /** Begins to read what is kept. */
    void open() {
        log.open();
    }

    private void whenRead(Runnable task) {
        if (waiting == null) {
            task.run();
        } else {
            waiting.add(task); // a peer that waits isn't read from beyond its bound
        }
    }

    @Override
    public void onLoaded() {
        known.add(log.whole());
        List<Runnable> due = waiting == null ? List.of() : waiting;
        waiting = null;
        due.forEach(Runnable::run);
        closeIfUnused();
    }

    // ---- peers

    private Set<DocumentPeer> peers() {
        return guests.keySet();
    }

    /**
     * Somebody comes.
     *
     * @param epoch which document it has known under this name; null where it doesn't say
     */
    void join(DocumentPeer peer, @Nullable String epoch) {
        if (isOver) {
            peer.end(Code.OVERLOADED, Code.OVERLOADED.wire());
            return;
        }
        guests.put(peer, new Guest());
        whenRead(() -> {
            if (epoch != null && !epoch.equals(log.epoch())) {
                guests.remove(peer);
                peer.end(Code.NOT_FOUND, "this is another document of that name");
                closeIfUnused();
                return;
            }
            peer.onEpoch(log.epoch());
            peer.send(FrameEncoder.binaryFrame(PeerWriter.has(known.stateVector())));
            onWhoIsThere(peer, 0);
        });
    }

    /** Somebody goes. What it said before is done first. */
    void leave(DocumentPeer peer) {
        whenRead(() -> {
            guests.remove(peer);
            roll.leave(peer, peers());
            closeIfUnused();
        });
    }

    private void closeIfUnused() {
        if (guests.isEmpty() && changes.isEmpty() && waiting == null && !log.isStoring() && !isOver) {
            finish();
            log.close();
        }
    }

    private void finish() {
        isOver = true;
        counters.open.decrementAndGet();
        over.run();
    }

    void onWhoIsThere(DocumentPeer peer, int bytes) {
        byte[] others = roll.others(peer);
        if (others != null) {
            peer.send(others);
        }
        peer.onTaken(bytes);
    }

    void onEntries(DocumentPeer peer, List<AwarenessEntry> entries, int bytes) {
        if (guests.containsKey(peer)) {
            roll.onEntries(peer, entries, peers());
            peer.onTaken(bytes);
        }
    }

    // ---- reading

    /** A peer says what it has: it is sent the rest. */
    void onHas(DocumentPeer peer, StateVector has, int bytes) {
        whenRead(() -> {
            Guest guest = guests.get(peer);
            if (guest != null) {
                guest.has = has;
                peer.bringUp(
                        FrameEncoder.binaryFrame(PeerWriter.lacking(log.whole().missingFrom(has))));
                peer.onTaken(bytes);
            }
        });
    }

    /** A peer that was behind reads again: it is sent what it lacked at first, and so all that it lacks now. */
    void onRoom(DocumentPeer peer) {
        Guest guest = guests.get(peer);
        if (guest != null && guest.has != null) {
            peer.bringUp(FrameEncoder.binaryFrame(PeerWriter.changes(log.whole().missingFrom(guest.has))));
        }
    }

    // ---- writing

    /** A peer has changed something, or says what the document may lack. */
    void onChanges(DocumentPeer peer, Update update, int bytes) {
        whenRead(() -> {
            Guest guest = guests.get(peer);
            if (isOver || guest == null) {
                return;
            }
            if (!known.lacks(update)) {
                counters.known.increment();
                changes.add(new Change(peer, bytes, null));
            } else {
                String refusal = refusalOf(peer, guest, update, bytes);
                if (refusal != null) {
                    counters.denied.increment();
                    peer.onDenied(refusal);
                    peer.onTaken(bytes);
                    return;
                }
                known.add(update);
                changes.add(new Change(peer, bytes, update));
                waitingBytes += bytes;
            }
            storeNext();
        });
    }

    private @Nullable String refusalOf(DocumentPeer peer, Guest guest, Update update, int bytes) {
        if (!peer.mayWrite()) {
            return READ_ONLY;
        }
        if (update.makesNothing()) {
            return null; // what only deletes makes room
        }
        if (guest.isCutOff || log.snapshotBytes() + waitingBytes + bytes > bytesMax) {
            guest.isCutOff = true;
            return "the document has " + log.snapshotBytes() + " bytes, and may have " + bytesMax
                    + "; what you write is not kept until something was deleted and you have come back";
        }
        return null;
    }

    /** Stores all that waits, as one update, unless one is on its way. */
    private void storeNext() {
        if (isOver || log.isStoring()) {
            return;
        }
        List<Update> batch = new ArrayList<>();
        long bytes = 0;
        for (Change change : changes) {
            if (bytes > 0 && bytes + change.bytes > BATCH_BYTES_MAX) {
                break;
            }
            bytes += change.bytes;
            storing++;
            if (change.update != null) {
                batch.add(change.update);
            }
        }
        if (!batch.isEmpty()) {
            log.store(Update.merge(batch));
        } else if (storing > 0) {
            onStored();
        }
    }

    @Override
    public void onStored() {
        int stored = storing;
        storing = 0;
        for (; stored > 0; stored--) {
            Change change = changes.remove();
            if (change.update != null) {
                waitingBytes -= change.bytes;
                counters.changes.increment();
                byte[] told = FrameEncoder.binaryFrame(PeerWriter.changes(change.update));
                for (DocumentPeer peer : peers()) {
                    if (!peer.equals(change.from)) {
                        peer.sendChanges(told);
                    }
                }
                change.from.onEpoch(log.epoch());
            }
            change.from.onSaved();
            change.from.onTaken(change.bytes);
        }
        storeNext();
        closeIfUnused();
    }

    @Override
    public void onLost(Code code, String why) {
        if (isOver) {
            return;
        }
        finish();
        List<DocumentPeer> sent = List.copyOf(guests.keySet());
        guests.clear();
        changes.clear();
        waiting = null;
        sent.forEach(peer -> peer.end(code, why));
    }
}
