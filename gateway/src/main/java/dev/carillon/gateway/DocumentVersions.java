package dev.carillon.gateway;

import dev.carillon.documents.Update;
import dev.carillon.engine.Loop;
import dev.carillon.protocol.Code;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of one document: one is made of what it was before a change, where the last one is old enough, and one whenever somebody asks for it. Owned by the document's loop.
 *
 * <p><b>Errands</b> to what is kept are done one after the other, and between them nothing of it is in memory: as a rule there is one in each {@link DocumentSettings#versionEvery}.
 *
 * <p><b>Bounds.</b> Beyond their number, or what their channel may hold, versions without a name go first, the oldest of them before the others. Those of a document that had the name before go at once.
 */
final class DocumentVersions implements VersionLog.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(DocumentVersions.class);

    /** What came of an errand. */
    sealed interface Result {

        /** All versions that are kept, the oldest first; one that was asked for is the last. */
        record Found(List<DocumentVersion> versions) implements Result {}

        /** Nothing is known, or was kept. */
        record Failed(Code code) implements Result {}
    }

    /**
     * A version to be.
     *
     * @param name empty where it is made only if it is due
     */
    private record Draft(long epoch, long at, String name, Update whole) {

        boolean isAsked() {
            return !name.isEmpty();
        }
    }

    /** @param draft null where it only looks */
    private record Errand(@Nullable Draft draft, Consumer<Result> then) {}

    /**
     * What it works with.
     *
     * @param bytesMax of all versions together
     * @param millis the time since 1970
     */
    record Tools(
            VersionLog.@Nullable Opening opening,
            Loop loop,
            Executor waiters,
            DocumentSettings settings,
            long bytesMax,
            LongSupplier millis,
            DocumentCounters counters) {

        /** Whether any are kept. */
        boolean keeps() {
            return opening != null && settings.versions() > 0;
        }
    }

    private final Tools tools;
    private final Runnable onIdle;
    private final Deque<Errand> errands = new ArrayDeque<>();

    /** Open exactly while an errand is being done, which is the first. */
    private @Nullable VersionLog log;

    /** What is kept, as far as the errand has come. */
    private List<DocumentVersion> kept = new ArrayList<>();
    /** What is to be kept; null while that isn't known. */
    private @Nullable DocumentVersion adding;

    private boolean isAdding;

    /** Before this no version is due: nobody needs to look. */
    private long dueAt;

    /** @param onIdle is told when nothing is left to do */
    DocumentVersions(Tools tools, Runnable onIdle) {
        this.tools = tools;
        this.onIdle = onIdle;
    }

    boolean isBusy() {
        return !errands.isEmpty();
    }

    /**
     * A change comes to a document.
     *
     * @param epoch null where nothing was ever kept of it
     * @param whole gives what it is before the change
     */
    void beforeChange(@Nullable Long epoch, Supplier<Update> whole) {
        long now = tools.millis.getAsLong();
        if (!tools.keeps() || tools.settings.versionEvery().isZero() || now < dueAt) {
            return;
        }
        dueAt = now + tools.settings.versionEvery().toMillis();
        if (epoch != null) {
            take(new Errand(new Draft(epoch, now, "", whole.get()), _ -> {}));
        }
    }

    /** Finds all that are kept. */
    void find(Consumer<Result> then) {
        if (tools.keeps()) {
            take(new Errand(null, then));
        } else {
            then.accept(new Result.Found(List.of()));
        }
    }

    /** Keeps one, under a name. */
    void keep(long epoch, String name, Update whole, Consumer<Result> then) {
        if (tools.keeps()) {
            take(new Errand(new Draft(epoch, tools.millis.getAsLong(), name, whole), then));
        } else {
            then.accept(new Result.Failed(Code.UNSUPPORTED));
        }
    }

    /** Gives up whatever is to be done. */
    void end(Code code) {
        List<Errand> left = List.copyOf(errands);
        errands.clear();
        if (log != null) {
            log.close();
            log = null;
        }
        left.forEach(errand -> errand.then.accept(new Result.Failed(code)));
    }

    private void take(Errand errand) {
        errands.add(errand);
        if (errands.size() == 1) {
            begin();
        }
    }

    private void begin() {
        VersionLog.Opening opening = tools.opening;
        if (opening != null) {
            kept = new ArrayList<>();
            adding = null;
            isAdding = false;
            log = opening.open(this);
            log.open();
        }
    }

    private void finish(Result result) {
        Errand done = errands.remove();
        if (log != null) {
            log.close();
            log = null;
        }
        kept = new ArrayList<>();
        done.then.accept(result);
        if (errands.isEmpty()) {
            onIdle.run();
        } else {
            begin();
        }
    }

    // ---- an errand

    @Override
    public void onLoaded(List<DocumentVersion> versions) {
        kept = versions;
        Draft draft = errands.element().draft;
        if (draft == null || isTooSoon(draft)) {
            finish(new Result.Found(kept));
            return;
        }
        VersionLog asking = log;
        tools.waiters.execute(() -> {
            byte[] compacted = compacted(draft.whole);
            tools.loop.mailbox().post(() -> {
                if (asking == log) {
                    add(draft, compacted);
                }
            });
        });
    }

    private boolean isTooSoon(Draft draft) {
        if (draft.isAsked() || kept.isEmpty() || kept.getLast().epoch() != draft.epoch) {
            return false;
        }
        long due = kept.getLast().at() + tools.settings.versionEvery().toMillis();
        if (draft.at < due && due < dueAt) {
            dueAt = due;
        }
        return draft.at < due;
    }

    /** Null where it failed. */
    private static byte @Nullable [] compacted(Update whole) {
        try {
            return whole.compacted().encode();
        } catch (RuntimeException | Error e) {
            LOG.error("a version could not be made", e);
            return null;
        }
    }

    private void add(Draft draft, byte @Nullable [] compacted) {
        if (compacted == null) {
            finish(new Result.Failed(Code.INTERNAL));
        } else if (!draft.isAsked() && isLast(draft.epoch, compacted)) {
            finish(new Result.Found(kept));
        } else {
            long number = kept.isEmpty() ? 1 : kept.getLast().number() + 1;
            adding = new DocumentVersion(number, draft.at, draft.epoch, draft.name, compacted);
            writeNext(adding);
        }
    }

    private boolean isLast(long epoch, byte[] update) {
        return !kept.isEmpty()
                && kept.getLast().epoch() == epoch
                && Arrays.equals(kept.getLast().update(), update);
    }

    /** Makes room, then adds. */
    private void writeNext(DocumentVersion version) {
        if (log == null) {
            return;
        }
        DocumentVersion leaving = leaving(version);
        if (leaving == null) {
            isAdding = true;
            log.put(version);
        } else {
            kept.remove(leaving);
            tools.counters.versionsDropped.increment();
            log.remove(leaving);
        }
    }

    /** Which has to go so that this one can come; null for none. */
    private @Nullable DocumentVersion leaving(DocumentVersion coming) {
        DocumentVersion unnamed = null;
        long bytes = bytesOf(coming);
        for (DocumentVersion version : kept) {
            if (version.epoch() != coming.epoch()) {
                return version;
            }
            if (unnamed == null && !version.isNamed()) {
                unnamed = version;
            }
            bytes += bytesOf(version);
        }
        if (kept.isEmpty() || (kept.size() < tools.settings.versions() && bytes <= tools.bytesMax)) {
            return null;
        }
        return unnamed == null ? kept.getFirst() : unnamed;
    }

    private static long bytesOf(DocumentVersion version) {
        return version.update().length + (long) DocumentVersion.HEAD_BYTES_MAX;
    }

    @Override
    public void onWritten() {
        DocumentVersion version = adding;
        if (version == null) {
            return;
        }
        if (isAdding) {
            kept.add(version);
            tools.counters.versions.increment();
            finish(new Result.Found(kept));
        } else {
            writeNext(version);
        }
    }

    @Override
    public void onLost(Code code) {
        log = null;
        finish(new Result.Failed(code));
    }
}
