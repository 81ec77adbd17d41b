package dev.carillon.gateway;

import dev.carillon.documents.Decoded;
import dev.carillon.documents.Update;
import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.SessionRates;
import dev.carillon.engine.Start;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is kept of one document, in its channel: a session like everybody's, whose principal alone may write there. Owned by the document's loop; one update is on its way at a time.
 *
 * <p><b>Cost.</b> An update is stored by itself, under the next key, until what was stored so since the snapshot is as large as that, or as many as {@link #UPDATES_MAX}. Then the whole document is
 * compacted with the update, and takes the place of everything before. So each byte of a document is written about twice, however it grows, and reading it is at most twice its size.
 *
 * <p><b>A kill</b> at any moment leaves a snapshot and updates that are all of it: a snapshot is one publication, and what it stands for is overwritten only later. What is left of the generation before
 * is told by its number, and left out: merged in, it would bring back what compaction took away.
 */
final class DocumentLog implements Wire {

    /** Of how many updates a reader has to put a document together, beside the snapshot. */
    static final int UPDATES_MAX = 512;

    /** Below this it is not worth while. */
    static final int SNAPSHOT_BYTES_MIN = 4 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(DocumentLog.class);

    /** Makes the log of a document. */
    interface Opening {

        DocumentLog open(Listener listener);
    }

    /** Hears what becomes of it, on the loop. */
    interface Listener {

        /** All that is kept of the document was read. */
        void onLoaded();

        /** The update that was given last is kept. */
        void onStored();

        /** Nothing can be read or stored any more: the document is to be opened anew. */
        void onLost(Code code, String why);
    }

    private final ChannelName channel;
    private final Loop loop;
    private final Executor waiters;
    private final Listener listener;
    private final DocumentCounters counters;
    private final Session session;

    /** What was read, until all of it was: the generation of each, and what it says. */
    private @Nullable List<DocumentRecord> loading = new ArrayList<>();

    /** The snapshot, where there is one, and what came since: together they are the document. */
    private List<byte[]> parts = new ArrayList<>();

    private boolean hasSnapshot;
    private long generation;
    private long updateBytes;

    /** What the document is; null where nobody has asked since it changed. */
    private @Nullable Update whole = Update.EMPTY;

    /** What the last compaction has made of how much; zeros before the first. */
    private Compacted compacted = new Compacted(0, 0);

    /** Of how much the next snapshot is made. */
    private long compactingBytes;

    /** Behind what is kept. */
    private Position head = Position.ORIGIN;
    /** What is on its way; null where nothing is. */
    private @Nullable Step step;

    private boolean isOver;

    /** What a compaction came to, in bytes. */
    record Compacted(long from, long to) {}

    /** A record that is being stored. */
    private record Step(DocumentRecord kept, boolean isSnapshot) {}

    DocumentLog(
            Node node, Loop loop, Executor waiters, ChannelName channel, DocumentCounters counters, Listener listener) {
        this.channel = channel;
        this.loop = loop;
        this.waiters = waiters;
        this.listener = listener;
        this.counters = counters;
        this.session =
                new Session(node, loop, this, Hall.newSessionId(), Principal.DOCUMENTS, SessionRates.DEVELOPMENT);
    }

    void open() {
        session.subscribe(null, channel, new Start.Newest(0));
    }

    void close() {
        isOver = true;
        session.onGoodbye();
    }

    // ---- what it holds

    /** What is kept of the document. */
    Update whole() {
        Update known = whole;
        if (known == null) {
            known = merged(parts);
            whole = known;
        }
        return known;
    }

    private static Update merged(List<byte[]> parts) {
        return Update.merge(parts.stream().map(DocumentLog::read).toList());
    }

    /** Reads what was checked before it was stored. */
    private static Update read(byte[] bytes) {
        return switch (Update.decode(bytes)) {
            case Decoded.Read<Update>(Update update) -> update;
            case Decoded.Malformed<Update>(String reason) -> throw new IllegalStateException("stored: " + reason);
        };
    }

    /** The bytes that the document has without what was stored since its snapshot. */
    long snapshotBytes() {
        return hasSnapshot ? parts.getFirst().length : 0;
    }

    /** The bytes that were stored since the snapshot. */
    long updateBytes() {
        return updateBytes;
    }

    /** What the last compaction came to since the document was opened; zeros before the first. */
    Compacted lastCompaction() {
        return compacted;
    }

    /** Which life of the document it is; null as long as nothing was kept. */
    @Nullable
    Long life() {
        return head.equals(Position.ORIGIN) ? null : head.epoch();
    }

    /** The same in words; null as long as nothing was kept. */
    @Nullable
    String epoch() {
        Long life = life();
        return life == null ? null : HexFormat.of().toHexDigits(life);
    }

    boolean isStoring() {
        return step != null;
    }

    // ---- storing

    /** Stores an update. Only while nothing else is on its way. */
    void store(Update update) {
        byte[] bytes = update.encode();
        boolean isDue = updateBytes + bytes.length > Math.max(SNAPSHOT_BYTES_MIN, snapshotBytes())
                || parts.size() > UPDATES_MAX;
        if (!isDue) {
            publish(new Step(new DocumentRecord(generation, bytes), false));
            return;
        }
        step = new Step(new DocumentRecord(generation, bytes), false);
        compactingBytes = snapshotBytes() + updateBytes + bytes.length;
        List<byte[]> all = new ArrayList<>(parts);
        all.add(bytes);
        waiters.execute(() -> {
            byte[] snapshot = compacted(all);
            loop.mailbox().post(() -> publishSnapshot(snapshot));
        });
    }

    /** Null where it failed: that is the document's end in memory, and not on disk. */
    private static byte @Nullable [] compacted(List<byte[]> parts) {
        try {
            return merged(parts).compacted().encode();
        } catch (RuntimeException | Error e) {
            LOG.error("a document could not be compacted", e);
            return null;
        }
    }

    private void publishSnapshot(byte @Nullable [] snapshot) {
        if (isOver) {
            return;
        }
        if (snapshot == null) {
            lose(Code.INTERNAL, Code.INTERNAL.wire());
        } else {
            publish(new Step(new DocumentRecord(generation + 1, snapshot), true));
        }
    }

    private void publish(Step next) {
        step = next;
        int updates = parts.size() - (hasSnapshot ? 1 : 0);
        String key = next.isSnapshot ? DocumentRecord.SNAPSHOT : DocumentRecord.key(updates);
        session.onMessage(
                new ClientMessage.Publish(null, channel, next.kept.data(), null, new Change(key, null, false)));
    }

    /** Kept, behind what was kept before: else somebody else has stored something, who opened the document earlier and lost it. */
    private boolean follows(Position position) {
        boolean isSameLife = head.equals(Position.ORIGIN) || head.epoch() == position.epoch();
        return isSameLife && position.offset() == head.offset() + 1;
    }

    private void onStored(Step stored, Position position) {
        step = null;
        if (!follows(position)) {
            lose(Code.OVERLOADED, Code.OVERLOADED.wire());
            return;
        }
        byte[] update = stored.kept.update();
        if (stored.isSnapshot) {
            counters.snapshots.increment();
            generation = stored.kept.generation();
            compacted = new Compacted(compactingBytes, update.length);
            parts = new ArrayList<>();
            hasSnapshot = true;
            updateBytes = 0;
        } else {
            updateBytes += update.length;
        }
        parts.add(update);
        whole = null;
        counters.batches.increment();
        head = position;
        listener.onStored();
    }

    // ---- what the session says

    @Override
    public boolean hasRoom() {
        return true; // a document is read whole, and is bounded
    }

    @Override
    public boolean carriesSignals() {
        return false;
    }

    @Override
    public void deliver(EncodedMessage message) {
        List<DocumentRecord> read = loading;
        if (read == null || !(message.message() instanceof ServerMessage.Delivery(Publication publication))) {
            return; // what it has stored itself comes back
        }
        Change change = publication.change();
        DocumentRecord kept = DocumentRecord.of(publication.data());
        if (kept == null || change == null) {
            LOG.error("{} holds what no document of this version is made of", channel.value());
            lose(Code.UNSUPPORTED, Code.UNSUPPORTED.wire());
            return;
        }
        if (change.key().equals(DocumentRecord.SNAPSHOT)) {
            hasSnapshot = true;
            generation = kept.generation();
            read.addFirst(kept);
        } else {
            read.add(kept);
        }
    }

    /** What it says is done in a task of its own: from within, nothing may be asked of a session. */
    @Override
    public void send(ServerMessage message) {
        List<DocumentRecord> read = loading;
        if (message instanceof ServerMessage.Published published) {
            later(() -> onPublished(published.position()));
        } else if (message instanceof ServerMessage.Current current && read != null) {
            loading = null;
            later(() -> onRead(read, current.position()));
        } else if (message instanceof ServerMessage.Reset && read == null) {
            later(() -> lose(Code.NOT_FOUND, "the document was emptied"));
        } else if (message instanceof ServerMessage.Reset) {
            loading = new ArrayList<>();
            hasSnapshot = false;
            generation = 0;
        } else if (message instanceof ServerMessage.Refusal refusal) {
            later(() -> lose(refusal.code(), refusal.code().wire()));
        } else if (message instanceof ServerMessage.Unsubscribed) {
            later(() -> lose(Code.STORAGE_FAULT, Code.STORAGE_FAULT.wire()));
        }
    }

    private void later(Runnable task) {
        loop.mailbox().post(() -> {
            if (!isOver) {
                task.run();
            }
        });
    }

    private void onPublished(Position position) {
        Step stored = step;
        if (stored != null) {
            onStored(stored, position);
        }
    }

    private void onRead(List<DocumentRecord> read, Position position) {
        for (DocumentRecord kept : read) {
            if (kept.generation() == generation) {
                parts.add(kept.update());
            }
        }
        updateBytes = parts.stream().mapToLong(part -> part.length).sum() - snapshotBytes();
        whole = null;
        head = position;
        try {
            whole();
        } catch (RuntimeException e) {
            LOG.error("{} can't be read", channel.value(), e);
            lose(Code.INTERNAL, Code.INTERNAL.wire());
            return;
        }
        listener.onLoaded();
    }

    @Override
    public void read(boolean wanted) {
        // One update waits for its answer at a time.
    }

    @Override
    public void close(Code code, String reason) {
        lose(code, reason);
    }

    private void lose(Code code, String why) {
        if (!isOver) {
            isOver = true;
            listener.onLost(code, why);
            loop.mailbox().post(session::onGoodbye);
        }
    }
}
