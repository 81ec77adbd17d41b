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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
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
     * @param isSeed whether its author hasn't got it, either
     */
    private record Change(
            DocumentPeer from, int bytes, @Nullable Update update, boolean isSeed) {}

    private final DocumentLog log;
    private final DocumentRoll roll;
    private final DocumentVersions versions;
    private final long bytesMax;
    private final DocumentCounters counters;
    private final Runnable over;
    private final Map<DocumentPeer, Guest> guests = new LinkedHashMap<>();
    private final Set<DocumentVisitor> visitors = new LinkedHashSet<>();

    /** What is kept, and what is on its way. */
    private final Coverage known = new Coverage();

    private final Deque<Change> changes = new ArrayDeque<>();
    /** How many of the first of them are being stored. */
    private int storing;

    private long waitingBytes;

    /** What is to be done once it is read; null since it is. */
    private @Nullable List<Runnable> waiting = new ArrayList<>();

    /** True until something was written to it: only then it can be given a first content. */
    private boolean isBlank;

    private boolean isOver;

    /**
     * @param over is told once it is not in use any more; then it does nothing more
     * @param bytesMax beyond which nothing is taken that makes it larger
     */
    Document(
            DocumentLog.Opening opening,
            DocumentRoll roll,
            DocumentVersions.Tools versions,
            long bytesMax,
            DocumentCounters counters,
            Runnable over) {
        this.log = opening.open(this);
        this.roll = roll;
        this.versions = new DocumentVersions(versions, this::closeIfUnused);
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
        isBlank = log.epoch() == null;
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
        boolean isUsed = !guests.isEmpty() || !visitors.isEmpty() || !changes.isEmpty() || versions.isBusy();
        if (!isUsed && waiting == null && !log.isStoring() && !isOver) {
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

    // ---- visitors

    /** Somebody comes who asks something, and isn't there for the others. It is in use until they {@link #leave(DocumentVisitor) leave}. */
    void visit(DocumentVisitor visitor) {
        if (isOver) {
            visitor.onLost(Code.OVERLOADED);
            return;
        }
        visitors.add(visitor);
        whenRead(() -> visitor.onOpen(this));
    }

    void leave(DocumentVisitor visitor) {
        visitors.remove(visitor);
        closeIfUnused();
    }

    /** Finds the versions that are kept of it, and of no other one of its name. */
    void findVersions(Consumer<DocumentVersions.Result> then) {
        versions.find(result -> then.accept(ofThisLife(result)));
    }

    /** Keeps what it is now as a version. */
    void keepVersion(String name, Consumer<DocumentVersions.Result> then) {
        Long life = log.life();
        if (life == null) {
            then.accept(new DocumentVersions.Result.Failed(Code.NOT_FOUND));
        } else {
            versions.keep(life, name, log.whole(), result -> then.accept(ofThisLife(result)));
        }
    }

    private DocumentVersions.Result ofThisLife(DocumentVersions.Result result) {
        return switch (result) {
            case DocumentVersions.Result.Found(List<DocumentVersion> found) ->
                new DocumentVersions.Result.Found(found.stream()
                        .filter(version -> Objects.equals(version.epoch(), log.life()))
                        .toList());
            case DocumentVersions.Result.Failed failed -> failed;
        };
    }

    /** How much of it is kept, in JSON: the snapshot, what was stored since, and what the last compaction came to. */
    String sizesJson() {
        DocumentLog.Compacted last = log.lastCompaction();
        return "{\"snapshot\":" + log.snapshotBytes() + ",\"updates\":" + log.updateBytes()
                + ",\"compacted\":{\"from\":" + last.from() + ",\"to\":" + last.to() + "}}";
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
                changes.add(new Change(peer, bytes, null, false));
            } else if (!takes(peer, guest, update, bytes, false)) {
                return;
            }
            storeNext();
        });
    }

    /** A peer says with what a document begins that nobody has written to: the first one's word counts. */
    void onSeed(DocumentPeer peer, Update update, int bytes) {
        whenRead(() -> {
            Guest guest = guests.get(peer);
            if (isOver || guest == null) {
                return;
            }
            if (!isBlank || !known.lacks(update)) {
                peer.onTaken(bytes);
            } else if (takes(peer, guest, update, bytes, true)) {
                counters.seeds.increment();
                storeNext();
            }
        });
    }

    /** Whether something new is taken; where it isn't, its author is told. */
    private boolean takes(DocumentPeer peer, Guest guest, Update update, int bytes, boolean isSeed) {
        String refusal = refusalOf(peer, guest, update, bytes);
        if (refusal != null) {
            counters.denied.increment();
            peer.onDenied(refusal);
            peer.onTaken(bytes);
            return false;
        }
        versions.beforeChange(log.life(), log::whole);
        isBlank = false;
        known.add(update);
        changes.add(new Change(peer, bytes, update, isSeed));
        waitingBytes += bytes;
        return true;
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
                    if (change.isSeed || !peer.equals(change.from)) {
                        peer.sendChanges(told);
                    }
                }
                change.from.onEpoch(log.epoch());
            }
            if (!change.isSeed) {
                change.from.onSaved();
            }
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
        List<DocumentVisitor> asking = List.copyOf(visitors);
        guests.clear();
        visitors.clear();
        changes.clear();
        waiting = null;
        versions.end(code);
        sent.forEach(peer -> peer.end(code, why));
        asking.forEach(visitor -> visitor.onLost(code));
    }
}
