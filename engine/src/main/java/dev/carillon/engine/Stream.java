package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link EmbeddedBroker} holds of one attached channel: its epoch and head, the bounds of its history, its
 * idempotency keys and the appends on their way.
 *
 * <p><b>Order.</b> An offset is given out when the append starts, and becomes the head when the log has stored it. The log
 * answers in order and refuses an append that does not follow, so after one refusal every later append on its way is
 * refused too; until the last of them is answered, new publishes are refused with the same code. Then counting starts again
 * behind the head. So no offset is ever skipped, and nothing is delivered that was not kept.
 *
 * <p>A <b>map</b> is kept as a stream of changes, too, of which the log spares each key's value when it trims
 * ({@link MapKeys}). So positions, idempotency, order and failure are the same.
 */
final class Stream {

    /** Physical trimming waits until so many records can go at once. */
    private static final long TRIM_STEP = 64;

    final ChannelName name;
    final ChannelSettings settings;
    final ChannelLog log;

    private final Broker.Listener listener;
    private final Owner owner;
    private History history = new History();
    private IdempotencyWindow window = new IdempotencyWindow();
    /** Null where it is no map. */
    private @Nullable MapKeys keys;

    private final ArrayDeque<Append> appends = new ArrayDeque<>();
    /** 0 exactly as long as nothing is kept of the channel. */
    private long epoch;

    private Position head;
    /** The check of the newest append, stored or on its way. */
    private int lastCheck;
    /** Why appends are being refused until the last of those on their way is answered; null while all is well. */
    private @Nullable Code failing;
    /** The oldest offset that the log was last told to keep. */
    private long trimmedTo = 1;

    /**
     * While a purge is on its way: the purge itself, as long as it waits for the appends before it, and what has come since.
     * Null without one. Bounded by what the publishers may have outstanding, and by the readers: each waits for one page.
     */
    private @Nullable List<Runnable> behindPurge;

    /** How many purges have begun. */
    private long purges;

    /** True exactly while nobody knows whether a purge has been kept: it is tried again before anything is published. */
    private boolean isPurgeDue;

    /** Why what came behind a purge is refused, while it is; null otherwise. */
    private @Nullable Code purgeRefused;

    /** How many appends were refused, and why the last one was: a publish that waited behind a purge meanwhile was behind them. */
    private long refusals;

    private Code refusedLast = Code.STORAGE_FAULT;

    /** What the shard lends its streams. */
    record Owner(Mailbox mailbox, Clock clock, Randomness randomness, Appends appends) {}

    /** An append on its way, and what is answered behind it. */
    private record Append(LogRecord record, Consumer<Broker.Published> answer, List<Behind> behind) {}

    /**
     * A publish that waits for an append.
     *
     * @param retry what is published once the append's outcome is known; null for one that is refused with it
     */
    private record Behind(Broker.@Nullable Draft retry, Consumer<Broker.Published> answer) {}

    /** @param state null where nothing is kept */
    Stream(
            ChannelName name,
            ChannelSettings settings,
            ChannelLog log,
            Broker.Listener listener,
            Owner owner,
            @Nullable LogState state) {
        this.owner = owner;
        this.name = name;
        this.settings = settings;
        this.log = log;
        this.listener = listener;
        keys = keysOf(state == null ? List.of() : state.changes());
        if (state == null) {
            head = Position.ORIGIN;
            return;
        }
        history = new History(state);
        epoch = state.epoch();
        head = new Position(epoch, state.head(), state.headCheck());
        lastCheck = state.headCheck();
        trimmedTo = state.oldest();
        for (LogState.UsedKey key : state.keys()) {
            window.complete(key.once(), new Position(epoch, key.offset(), key.check()), key.at());
        }
    }

    private @Nullable MapKeys keysOf(List<LogRecord> changes) {
        return settings.kind().hasKeys() ? new MapKeys(settings.map(), changes) : null;
    }

    Position head() {
        return head;
    }

    long epoch() {
        return epoch;
    }

    boolean isNew() {
        return epoch == 0;
    }

    boolean isIdle() {
        return appends.isEmpty() && behindPurge == null;
    }

    /** The history as its bounds keep it now. */
    History history() {
        history.trim(settings, owner.clock().millis());
        return history;
    }

    Broker.Found find(String key, LogRecord.Once asked) {
        window.trim(settings, owner.clock().millis());
        IdempotencyWindow.Use use = window.find(key);
        if (use == null) {
            return new Broker.Found.Unused();
        }
        if (!use.once().equals(asked)) {
            return new Broker.Found.Refused(Code.IDEMPOTENCY_CONFLICT);
        }
        // On its way: whoever asks publishes next, and that publish waits for the answer.
        return use.stored() == null ? new Broker.Found.Unused() : new Broker.Found.Duplicate(use.stored());
    }

    void publish(Broker.Draft draft, Consumer<Broker.Published> answer) {
        if (purgeRefused != null) {
            answerLater(answer, new Broker.Published.Refused(purgeRefused));
            return;
        }
        if (isPurgeDue && behindPurge == null) {
            purge(_ -> {});
        }
        if (behindPurge != null) {
            long refusalsBefore = refusals;
            behindPurge.add(() -> publishBehindPurge(draft, refusalsBefore, answer));
            return;
        }
        publishNow(draft, answer);
    }

    /** One that was published before the purge may have been refused since: then so is what its publisher sent behind it. */
    private void publishBehindPurge(Broker.Draft draft, long refusalsBefore, Consumer<Broker.Published> answer) {
        if (refusals == refusalsBefore) {
            publish(draft, answer);
        } else {
            answerLater(answer, new Broker.Published.Refused(refusedLast));
        }
    }

    private void publishNow(Broker.Draft draft, Consumer<Broker.Published> answer) {
        String key = draft.idempotencyKey();
        LogRecord.Once once = key == null ? null : IdempotencyWindow.fingerprint(key, draft.data(), draft.change());
        if (once != null && answeredBefore(once, draft, answer)) {
            return;
        }
        if (failing != null) {
            // Behind those that are on their way: whoever publishes in order is refused in order.
            appends.getLast().behind().add(new Behind(null, answer));
            return;
        }
        if (!hasRoomFor(draft)) {
            answerLater(answer, new Broker.Published.Refused(Code.MAP_FULL));
            return;
        }
        if (epoch == 0) {
            epoch = nonZero(owner.randomness().nextLong());
        }
        append(draft, once, answer);
    }

    private boolean hasRoomFor(Broker.Draft draft) {
        Change change = draft.change();
        if (keys == null || change == null) {
            return true;
        }
        int bytes = draft.data().length() + LogRecord.bytesOf(change) + LogRecord.OVERHEAD_BYTES;
        return keys.hasRoomFor(change, bytes);
    }

    /** Takes a value away whose time is over, unless it was replaced, or is about to be; or all of them, which is due. */
    void expire(String key, long offset) {
        if (isPurgeDue && behindPurge == null) {
            purge(_ -> {});
        } else if (keys != null && failing == null && behindPurge == null && keys.isNewest(key, offset)) {
            append(new Broker.Draft(Data.NONE, null, null, new Change(key, null, true)), null, _ -> {});
        }
    }

    private void append(Broker.Draft draft, LogRecord.@Nullable Once once, Consumer<Broker.Published> answer) {
        long now = owner.clock().millis();
        long offset = head.offset() + appends.size() + 1;
        int check = (int) owner.randomness().nextLong();
        LogRecord record =
                new LogRecord(offset, check, lastCheck, now, draft.from(), once, draft.data(), draft.change(), false);
        lastCheck = check;
        if (keys != null) {
            keys.begin(record);
        }
        if (once != null) {
            window.begin(once, offset, now);
        }
        appends.add(new Append(record, answer, new ArrayList<>(0)));
        Mailbox mailbox = owner.mailbox();
        long in = epoch;
        owner.appends()
                .add(() -> log.append(
                        name, in, settings.durability(), record, result -> mailbox.post(() -> onAppended(result))));
    }

    private static long nonZero(long random) {
        return random == 0 ? 1 : random;
    }

    private void answerLater(Consumer<Broker.Published> answer, Broker.Published published) {
        owner.mailbox().post(() -> answer.accept(published));
    }

    /** Whether the key's first use answers this publish, now or once that one is answered itself. */
    private boolean answeredBefore(LogRecord.Once once, Broker.Draft draft, Consumer<Broker.Published> answer) {
        window.trim(settings, owner.clock().millis());
        IdempotencyWindow.Use use = window.find(once.key());
        if (use == null) {
            return false;
        }
        if (!use.once().equals(once)) {
            answerLater(answer, new Broker.Published.Refused(Code.IDEMPOTENCY_CONFLICT));
        } else if (use.stored() != null) {
            answerLater(answer, new Broker.Published.Duplicate(use.stored()));
        } else if (failing != null) {
            return false; // it will be refused: in its turn behind all before it, some of which hang on no append
        } else {
            appendOf(use.offset()).behind().add(new Behind(draft, answer));
        }
        return true;
    }

    private Append appendOf(long offset) {
        for (Append append : appends) {
            if (append.record().offset() == offset) {
                return append;
            }
        }
        throw new AssertionError("no append of " + offset + " is on its way to " + name);
    }

    private void onAppended(ChannelLog.Appended result) {
        Append append = appends.removeFirst();
        switch (result) {
            case ChannelLog.Appended.Stored _ -> {
                onStored(append);
                append.behind().forEach(this::goOn);
            }
            case ChannelLog.Appended.Refused refused -> onRefused(append, refused.fault());
        }
        if (appends.isEmpty() && behindPurge != null) {
            behindPurge.removeFirst().run();
        }
    }

    /** It was published before whatever waits behind a purge, so it goes before the purge too. */
    private void goOn(Behind behind) {
        if (behind.retry() != null) {
            publishNow(behind.retry(), behind.answer());
        }
    }

    private void onStored(Append append) {
        assert failing == null : "the log stored " + append.record().offset() + " after it had refused one before it";
        LogRecord record = append.record();
        head = new Position(epoch, record.offset(), record.check());
        history.add(record.bytes(), record.at());
        if (keys != null) {
            keys.end(record, true);
        }
        if (record.once() != null) {
            window.complete(record.once(), head, record.at());
        }
        listener.onPublication(publicationOf(record));
        append.answer().accept(new Broker.Published.Accepted(head));
        letGo(record.at());
    }

    /**
     * Retries that wait for it are tried again only where nothing else fails with it: of a publisher whose other retries wait
     * for other appends, an earlier one may have been refused by now.
     */
    private void onRefused(Append append, ChannelLog.Fault fault) {
        boolean isAlone = failing == null && appends.isEmpty();
        if (failing == null) {
            failing = codeOf(fault);
        }
        LogRecord record = append.record();
        if (record.once() != null) {
            window.abort(record.once());
        }
        if (keys != null) {
            keys.end(record, false);
        }
        Code code = failing;
        refusals++;
        refusedLast = code;
        if (appends.isEmpty()) {
            failing = null;
            lastCheck = head.check();
            epoch = head.epoch();
        }
        Broker.Published refused = new Broker.Published.Refused(code);
        append.answer().accept(refused);
        for (Behind behind : append.behind()) {
            if (isAlone) {
                goOn(behind);
            } else {
                behind.answer().accept(refused);
            }
        }
    }

    /** Tells the log what it need not keep any more, many records at a time. */
    private void letGo(long now) {
        history.trim(settings, now);
        window.trim(settings, now);
        if (history.oldest() - trimmedTo >= Math.max(TRIM_STEP, settings.historyCountMax() / 8)) {
            trimmedTo = history.oldest();
            long oldestOnce = window.oldest(head.offset() + 1);
            if (keys == null) {
                log.trim(name, trimmedTo, oldestOnce);
            } else {
                log.compact(name, trimmedTo, oldestOnce, keys.liveBefore(trimmedTo));
            }
        }
    }

    // ---- erasing

    /** Takes the data out of the publication with this position. */
    void redact(Position position, Consumer<Broker.Erased> answer) {
        boolean isKept = position.epoch() == epoch
                && position.offset() >= history().oldest()
                && position.offset() <= history.head();
        if (!isKept) {
            owner.mailbox().post(() -> answer.accept(new Broker.Erased.Refused(Code.NOT_FOUND)));
            return;
        }
        Mailbox mailbox = owner.mailbox();
        log.read(
                name,
                position.offset(),
                position.offset(),
                read -> mailbox.post(() -> {
                    switch (read) {
                        case ChannelLog.Read.Records(List<LogRecord> records)
                        when records.size() == 1
                                && publicationOf(records.getFirst()).position().equals(position) ->
                            redact(records.getFirst(), position, answer);
                        case ChannelLog.Read.Records _ -> answer.accept(new Broker.Erased.Refused(Code.NOT_FOUND));
                        case ChannelLog.Read.Failed(ChannelLog.Fault fault) ->
                            answer.accept(new Broker.Erased.Refused(codeOf(fault)));
                    }
                }));
    }

    private void redact(LogRecord record, Position position, Consumer<Broker.Erased> answer) {
        Mailbox mailbox = owner.mailbox();
        log.redact(
                name,
                position.epoch(),
                settings.durability(),
                position.offset(),
                redacted -> mailbox.post(() -> {
                    switch (redacted) {
                        case ChannelLog.Appended.Stored _ -> {
                            onRedacted(record.redacted(), position);
                            answer.accept(new Broker.Erased.Done());
                        }
                        case ChannelLog.Appended.Refused(ChannelLog.Fault fault) ->
                            answer.accept(new Broker.Erased.Refused(
                                    fault == ChannelLog.Fault.OUT_OF_ORDER ? Code.NOT_FOUND : codeOf(fault)));
                    }
                }));
    }

    private void onRedacted(LogRecord record, Position position) {
        if (position.epoch() == epoch) {
            history.resize(record.offset(), record.bytes());
            listener.onRedacted(publicationOf(record));
        }
    }

    /** Empties it, once the appends on their way are answered; what comes meanwhile is published behind that. */
    void purge(Consumer<Broker.Erased> answer) {
        if (behindPurge != null) {
            behindPurge.add(() -> purge(answer));
            return;
        }
        purges++;
        behindPurge = new ArrayList<>();
        behindPurge.add(() -> purgeNow(answer));
        if (appends.isEmpty()) {
            owner.mailbox().post(() -> behindPurge().removeFirst().run());
        }
    }

    /** How many purges have begun: what failed while one was on its way may have failed for that. */
    long purges() {
        return purges;
    }

    /** Runs a task, now or behind the purge that is on its way. */
    void afterPurge(Runnable task) {
        if (behindPurge == null) {
            task.run();
        } else {
            behindPurge.add(task);
        }
    }

    private List<Runnable> behindPurge() {
        return Objects.requireNonNull(behindPurge, "no purge");
    }

    private void purgeNow(Consumer<Broker.Erased> answer) {
        if (epoch == 0) {
            onPurged(new ChannelLog.Appended.Stored(), answer);
            return;
        }
        Mailbox mailbox = owner.mailbox();
        log.purge(name, epoch, settings.durability(), purged -> mailbox.post(() -> onPurged(purged, answer)));
    }

    private void onPurged(ChannelLog.Appended purged, Consumer<Broker.Erased> answer) {
        List<Runnable> behind = behindPurge();
        behindPurge = null;
        switch (purged) {
            case ChannelLog.Appended.Stored _ -> {
                isPurgeDue = false;
                if (epoch != 0) {
                    beginAnew();
                    listener.onReplaced(new Broker.Attached.Done(head, List.of(), 0));
                }
                answer.accept(new Broker.Erased.Done());
            }
            case ChannelLog.Appended.Refused(ChannelLog.Fault fault) -> {
                isPurgeDue |= fault == ChannelLog.Fault.FULL || fault == ChannelLog.Fault.BROKEN;
                purgeRefused = isPurgeDue ? codeOf(fault) : null;
                answer.accept(new Broker.Erased.Refused(codeOf(fault)));
            }
        }
        behind.forEach(Runnable::run);
        purgeRefused = null;
    }

    private void beginAnew() {
        epoch = 0;
        head = Position.ORIGIN;
        lastCheck = 0;
        trimmedTo = 1;
        history = new History();
        window = new IdempotencyWindow();
        keys = keysOf(List.of());
    }

    Publication publicationOf(LogRecord record) {
        return new Publication(
                name,
                new Position(epoch, record.offset(), record.check()),
                record.data(),
                record.from(),
                record.at(),
                record.once() == null ? null : record.once().key(),
                record.change(),
                record.isRedacted());
    }

    static Code codeOf(ChannelLog.Fault fault) {
        return switch (fault) {
            case FULL -> Code.STORAGE_FULL;
            case BUSY -> Code.OVERLOADED;
            case OUT_OF_ORDER, BROKEN -> Code.STORAGE_FAULT;
            case CLOSED -> Code.MOVING;
        };
    }
}
