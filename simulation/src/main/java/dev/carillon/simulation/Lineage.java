package dev.carillon.simulation;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What the log keeps of one channel, as the log itself says: the model's side of every promise about positions. Every record
 * of this life of the stream stays here, so that an offset that was trimmed long ago is still known.
 */
final class Lineage {

    final ChannelName name;
    final ChannelSettings settings;
    private final Ledger ledger;

    /** 0 exactly while nothing is kept. */
    private long epoch;
    /** The newest record in the log, perhaps not yet answered. */
    private int written;
    /** The newest that the log has answered, or that was found when it was opened: all up to it may be shown. */
    private int head;
    /** Whatever lies before it the bounds no longer keep. */
    private int oldest = 1;

    /** Where nodes share a log: all that it ever kept, since nodes tell for a while what it has lost. */
    private final Map<Position, Once> ever = new HashMap<>();

    private long lastLostAt = Long.MIN_VALUE / 2;
    /** Keys used up to this offset had left their window before the shared log lost what was behind them: they stay out. */
    private int keysForgottenTo;

    // By offset; index 0 is the place before the first.
    private Attempt[] attempts = new Attempt[64];
    private int[] checks = new int[64];
    private long[] dates = new long[64];
    private long[] bytesUpTo = new long[64];
    private long[] sumUpTo = new long[64];
    private int[] keysUpTo = new int[64];

    private final Map<String, Integer> offsetOfKey = new HashMap<>();
    private final Map<Integer, Integer> newestOf = new HashMap<>();
    private boolean newestIsStale;

    /** A record that was kept once. */
    private static final class Once {
        private final Attempt attempt;
        private final int previousCheck;
        private final long at;
        /** When it was lost; negative while it is not. */
        private long lostAt = -1;

        private Once(Attempt attempt, int previousCheck, long at) {
            this.attempt = attempt;
            this.previousCheck = previousCheck;
            this.at = at;
        }
    }

    Lineage(ChannelName name, ChannelSettings settings, Ledger ledger) {
        this.name = name;
        this.settings = settings;
        this.ledger = ledger;
    }

    // ---- what the log says

    /** A record is in the log. */
    void onWritten(long in, LogRecord record) {
        Attempt attempt = ledger.attemptOf(record.data());
        int offset = written + 1;
        if (in != epoch) {
            require(
                    written == 0,
                    Invariant.ACKNOWLEDGED_IS_KEPT,
                    () -> "a new life of " + name + " begins while " + written + " records are kept");
            epoch = in;
        }
        require(
                record.offset() == offset,
                Invariant.ENGINE,
                () -> name + " goes on with " + record + " after " + written);
        require(
                record.previousCheck() == checks[written],
                Invariant.ENGINE,
                () -> record + " of " + name + " does not carry the check of its predecessor");
        require(
                attempt.lineage == this
                        && attempt.data.equals(record.data())
                        && Objects.equals(attempt.from, record.from())
                        && Objects.equals(
                                attempt.key,
                                record.once() == null ? null : record.once().key()),
                Invariant.SAME_DATA,
                () -> name + " stores " + record + " for " + attempt);
        boolean isAgain = checkKey(attempt, offset);
        checkOrder(attempt, isAgain);
        grow(offset);
        written = offset;
        attempts[offset] = attempt;
        checks[offset] = record.check();
        dates[offset] = record.at();
        bytesUpTo[offset] = bytesUpTo[offset - 1] + record.bytes();
        sumUpTo[offset] = sumUpTo[offset - 1] + weight(attempt.id, offset);
        keysUpTo[offset] = keysUpTo[offset - 1] + (attempt.key == null ? 0 : 1);
        attempt.stored = new Position(epoch, offset, record.check());
        if (ledger.isShared) {
            ever.put(attempt.stored, new Once(attempt, record.previousCheck(), record.at()));
        }
        ledger.tally.stored++;
    }

    /** Whether the key was used before, which only one that has left its window may have been. */
    private boolean checkKey(Attempt attempt, int offset) {
        if (attempt.key == null) {
            return false;
        }
        Integer before = offsetOfKey.put(attempt.key, offset);
        if (before == null) {
            return false;
        }
        boolean isForgotten = before <= keysForgottenTo
                || keysUpTo[written] - keysUpTo[before] >= settings.idempotencyCountMax()
                || dates[before]
                        < ledger.dateMax() - settings.idempotencyAgeMax().toMillis();
        require(
                isForgotten,
                Invariant.KEY_STORES_ONCE,
                () -> attempt + " is stored at " + before + " and at " + offset);
        return true;
    }

    private void checkOrder(Attempt attempt, boolean isAgain) {
        if (attempt.isOutOfOrder || isAgain) {
            return;
        }
        if (newestIsStale) {
            newestIsStale = false;
            newestOf.clear();
            for (int offset = 1; offset <= written; offset++) {
                if (!attempts[offset].isOutOfOrder) {
                    newestOf.merge(attempts[offset].publisher, attempts[offset].id, Math::max);
                }
            }
        }
        Integer newest = newestOf.put(attempt.publisher, attempt.id);
        require(
                newest == null || newest < attempt.id,
                Invariant.PUBLISHER_ORDER,
                () -> attempt + " is stored after #" + newest + " of the same publisher");
    }

    private void grow(int offset) {
        if (offset == checks.length) {
            attempts = Arrays.copyOf(attempts, offset * 2);
            checks = Arrays.copyOf(checks, offset * 2);
            dates = Arrays.copyOf(dates, offset * 2);
            bytesUpTo = Arrays.copyOf(bytesUpTo, offset * 2);
            sumUpTo = Arrays.copyOf(sumUpTo, offset * 2);
            keysUpTo = Arrays.copyOf(keysUpTo, offset * 2);
        }
    }

    /** The log answers that it has stored up to here. */
    void onStored(long offset) {
        head = Math.max(head, (int) offset);
        trim();
    }

    /** The newest record is gone. */
    void onUnwritten(Durability survives) {
        Attempt attempt = attempts[written];
        require(
                head < written || !attempt.acknowledged || settings.durability().compareTo(survives) < 0,
                Invariant.ACKNOWLEDGED_IS_KEPT,
                () -> attempt + " was acknowledged and is lost");
        attempt.stored = null;
        attempt.isOutOfOrder = true;
        newestIsStale = true;
        if (attempt.key != null) {
            offsetOfKey.remove(attempt.key, written);
        }
        written--;
        head = Math.min(head, written);
        oldest = Math.min(oldest, head + 1);
        if (written == 0) {
            epoch = 0;
            oldest = 1;
            keysForgottenTo = 0;
        }
    }

    /** Everything is gone that did not survive what happened. */
    void onAllLost(Durability survives) {
        while (written > 0) {
            onUnwritten(survives);
        }
    }

    /**
     * The shared log has lost its newest record of this channel, which it may have answered.
     *
     * @param isGone whether with that it has lost all it knew of the channel
     */
    void onLostByHub(boolean isGone) {
        while (keysForgottenTo < written
                && keysUpTo[written] - keysUpTo[keysForgottenTo + 1] >= settings.idempotencyCountMax()) {
            keysForgottenTo++;
        }
        while (written > 0) {
            Once lost = ever.get(new Position(epoch, written, checks[written]));
            if (lost != null) {
                lost.lostAt = ledger.now();
            }
            lastLostAt = ledger.now();
            if (attempts[written].acknowledged) {
                ledger.tally.reached(Trouble.ACKNOWLEDGED_LOST);
                attempts[written].acknowledged = false;
            }
            onUnwritten(Durability.DISK);
            if (!isGone) {
                return;
            }
        }
    }

    /** A node has begun anew on the log: all that it finds there is kept, and may be shown. */
    void onOpened() {
        head = written;
        trim();
    }

    private void trim() {
        while (head - oldest + 1 > settings.historyCountMax()
                || (oldest < head && bytesUpTo[head] - bytesUpTo[oldest - 1] > settings.historyBytesMax())) {
            oldest++;
        }
        long since = ledger.dateMax() - settings.historyAgeMax().toMillis();
        while (oldest <= head && dates[oldest] < since) {
            oldest++;
        }
    }

    // ---- what may be said

    int head() {
        return head;
    }

    /** The offset of the head that whoever asks now must be given at least; a node may not know yet of the shared log's. */
    int headAtLeast() {
        return ledger.isShared ? 0 : head;
    }

    /** The newest record in the log, perhaps not yet answered. */
    int written() {
        return written;
    }

    /** Where a reader stands that has everything. */
    Position position() {
        return head == 0 ? Position.ORIGIN : new Position(epoch, head, checks[head]);
    }

    /** The sum over the publications after {@code start} up to the head, as {@link Following} makes it. */
    long sumAfter(long start) {
        return sumUpTo[head] - sumUpTo[(int) start];
    }

    static long weight(int id, long offset) {
        return Dice.mix(id * 31L + offset);
    }

    /** Whether the position is one of this life's, and stored. */
    boolean holds(Position position) {
        return position.epoch() == epoch
                && position.offset() <= head
                && (position.offset() == 0
                        ? position.check() == 0
                        : checks[(int) position.offset()] == position.check());
    }

    /**
     * Whether a node may say that the position is one of this stream's: it is stored, or was until so lately that the node need
     * not know.
     */
    private boolean mayBeTold(Position position, Excuses excuses) {
        if (!ledger.isShared) {
            return holds(position);
        }
        if (position.offset() == 0) {
            return position.check() == 0;
        }
        Once once = ever.get(position);
        return once != null && (once.lostAt < 0 || excuses.mayNotKnow(once.lostAt, ledger.now()));
    }

    /** Whether the publication at {@code next} was stored right behind the one at {@code position}. */
    boolean isRightBehind(Position position, Position next) {
        if (!ledger.isShared) {
            return position.offset() == 0 || holds(position);
        }
        Once once = ever.get(next);
        return once != null && once.previousCheck == position.check();
    }

    /** A publication leaves a node, or is in a page of history: it must be what is stored there. */
    void checkShown(Publication publication, Excuses excuses) {
        Position position = publication.position();
        require(
                mayBeTold(position, excuses) && position.offset() > 0,
                Invariant.SHOWN_IS_STORED,
                () -> publication + " is shown, but stored up to " + this.position());
        Once once = ever.get(position);
        Attempt attempt = once == null ? attempts[(int) position.offset()] : once.attempt;
        long at = once == null ? dates[(int) position.offset()] : once.at;
        require(
                attempt.data.equals(publication.data())
                        && Objects.equals(attempt.from, publication.from())
                        && Objects.equals(attempt.key, publication.idempotencyKey())
                        && publication.at() == (settings.tellsAt() ? at : 0),
                Invariant.SAME_DATA,
                () -> publication + " is shown for " + attempt);
    }

    /** An acknowledgement leaves a node. */
    void checkAcknowledged(Attempt attempt, Position position, Excuses excuses) {
        require(
                mayBeTold(position, excuses) && position.offset() > 0,
                Invariant.SHOWN_IS_STORED,
                () -> attempt + " is acknowledged at " + position + ", but stored up to " + this.position());
        Once once = ever.get(position);
        Attempt kept = once == null ? attempts[(int) position.offset()] : once.attempt;
        require(
                kept == attempt,
                Invariant.ACKNOWLEDGED_IS_KEPT,
                () -> attempt + " is acknowledged where " + kept + " is kept");
        attempt.acknowledged = true;
    }

    /** A reader at this position is told that it can go on without a gap. */
    void checkContinues(Position position, Excuses excuses) {
        require(
                position.equals(Position.ORIGIN) || mayBeTold(position, excuses),
                Invariant.SILENT_GAP,
                () -> position + " of " + name + " is continued, which stands at " + this.position());
    }

    /** A reader at this position is told a gap, and that it goes on after {@code next}. */
    void checkGap(Gap.Cause cause, Position position, Position next, Excuses excuses) {
        trim();
        require(
                isNecessary(cause, position, excuses),
                Invariant.FALSE_GAP,
                () -> name + " tells the gap " + cause + " after " + position + ", stands at " + this.position()
                        + " and keeps from " + oldest + " on");
        require(
                next.equals(Position.ORIGIN) || mayBeTold(next, excuses) || next.equals(this.position()),
                Invariant.SHOWN_IS_STORED,
                () -> "a gap of " + name + " ends at " + next + ", but " + this.position() + " is the head");
        require(
                next.offset() < oldest || wasLostLately(excuses),
                Invariant.FALSE_GAP,
                () -> "a gap of " + name + " ends at " + next + ", but " + oldest + " is still kept");
        ledger.tally.gaps++;
    }

    private boolean wasLostLately(Excuses excuses) {
        return ledger.isShared && excuses.mayNotKnow(lastLostAt, ledger.now());
    }

    private boolean isNecessary(Gap.Cause cause, Position position, Excuses excuses) {
        if (ledger.isShared) {
            return isNecessaryOfShared(cause, position, excuses);
        }
        boolean isTrimmed = position.offset() + 1 < oldest;
        if (position.equals(Position.ORIGIN)) {
            return isTrimmed && cause == Gap.Cause.TRIMMED;
        }
        return switch (cause) {
            case EPOCH -> position.epoch() != epoch || head == 0;
            case AHEAD, REWRITTEN -> position.epoch() == epoch && !holds(position);
            case TRIMMED -> position.epoch() == epoch && isTrimmed;
            case UNREADABLE -> false;
        };
    }

    /** What is lost stays lost, but the cause that was true when the log was asked may be another one by now. */
    private boolean isNecessaryOfShared(Gap.Cause cause, Position position, Excuses excuses) {
        boolean isTrimmed = position.offset() + 1 < oldest || wasLostLately(excuses);
        if (position.equals(Position.ORIGIN)) {
            return isTrimmed && cause == Gap.Cause.TRIMMED;
        }
        return cause == Gap.Cause.TRIMMED
                ? isTrimmed || !holds(position)
                : cause != Gap.Cause.UNREADABLE && !holds(position);
    }

    static void require(boolean holds, Invariant invariant, Supplier<String> otherwise) {
        if (!holds) {
            throw new Violation(invariant, otherwise.get());
        }
    }

    @Override
    public String toString() {
        return name.value();
    }
}
