package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
 */
final class Stream {

    /** Physical trimming waits until so many records can go at once. */
    private static final long TRIM_STEP = 64;

    final ChannelName name;
    final ChannelSettings settings;
    final ChannelLog log;

    private final Broker.Listener listener;
    private final Owner owner;
    private final History history;
    private final IdempotencyWindow window = new IdempotencyWindow();
    private final ArrayDeque<Append> appends = new ArrayDeque<>();
    /** 0 exactly as long as nothing is kept of the channel. */
    private long epoch;

    private Position head;
    /** The check of the newest append, stored or on its way. */
    private int lastCheck;
    /** Why appends are being refused until the last of those on their way is answered; null while all is well. */
    private @Nullable Code failing;
    /** The oldest offset that the log was last told to keep. */
    private long trimmedTo;

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
        if (state == null) {
            history = new History();
            head = Position.ORIGIN;
            trimmedTo = 1;
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
        return appends.isEmpty();
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
        String key = draft.idempotencyKey();
        LogRecord.Once once = key == null ? null : IdempotencyWindow.fingerprint(key, draft.data());
        if (once != null && answeredBefore(once, draft, answer)) {
            return;
        }
        if (failing != null) {
            // Behind those that are on their way: whoever publishes in order is refused in order.
            appends.getLast().behind().add(new Behind(null, answer));
            return;
        }
        if (epoch == 0) {
            epoch = nonZero(owner.randomness().nextLong());
        }
        append(draft, once, answer);
    }

    private void append(Broker.Draft draft, LogRecord.@Nullable Once once, Consumer<Broker.Published> answer) {
        long now = owner.clock().millis();
        long offset = head.offset() + appends.size() + 1;
        int check = (int) owner.randomness().nextLong();
        LogRecord record = new LogRecord(offset, check, lastCheck, now, draft.from(), once, draft.data());
        lastCheck = check;
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
    }

    private void goOn(Behind behind) {
        if (behind.retry() != null) {
            publish(behind.retry(), behind.answer());
        }
    }

    private void onStored(Append append) {
        assert failing == null : "the log stored " + append.record().offset() + " after it had refused one before it";
        LogRecord record = append.record();
        head = new Position(epoch, record.offset(), record.check());
        history.add(record.bytes(), record.at());
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
        Code code = failing;
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
            log.trim(name, trimmedTo, window.oldest(head.offset() + 1));
        }
    }

    Publication publicationOf(LogRecord record) {
        return new Publication(
                name,
                new Position(epoch, record.offset(), record.check()),
                record.data(),
                record.from(),
                record.at(),
                record.once() == null ? null : record.once().key());
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
