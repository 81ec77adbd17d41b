package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the log keeps of one channel, as the log itself says: the model's side of every promise about positions. Every record
 * of this life of the stream stays here, so that an offset that was trimmed long ago is still known. A purge ends a life; it is
 * kept, because the disk may bring it back, and because nodes tell of it until they have heard.
 */
final class Lineage {

    /** A value whose time is over is taken away so soon, unless something is broken. */
    private static final long EXPIRES_WITHIN_MILLIS = 12_000;

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

    /** All that the log ever kept, since nodes tell for a while what it has lost, or what was purged. */
    private final Map<Position, Once> ever = new HashMap<>();

    /** When the shared log lost something last, or it was purged. */
    private long lastLostAt = Long.MIN_VALUE / 2;
    /** Lives that were purged, the newest first. */
    private final ArrayDeque<Life> lives = new ArrayDeque<>();
    /** How many purges have reached their durability. */
    private int purgesStored;
    /** What was ever erased, in order. */
    private final List<Erased> erasures = new ArrayList<>();
    /** Of a map: which records are of which key; null in a stream. */
    private @Nullable MapModel map;
    /** Keys used up to this offset had left their window before the shared log lost what was behind them: they stay out. */
    private int keysForgottenTo;

    // By offset; index 0 is the place before the first.
    private Attempt[] attempts = new Attempt[64];
    private int[] checks = new int[64];
    private long[] dates = new long[64];
    private long[] bytesUpTo = new long[64];
    private long[] sumUpTo = new long[64];
    private int[] keysUpTo = new int[64];

    private Map<String, Integer> offsetOfKey = new HashMap<>();
    private Map<Integer, Integer> newestOf = new HashMap<>();
    private boolean newestIsStale;

    /** A record that was kept once. */
    private static final class Once {
        private final Attempt attempt;
        private final int previousCheck;
        private final long at;
        /** When it was lost by the shared log, or purged; negative while it is not. */
        private long lostAt = -1;
        /** When its data was taken out; negative while it is not. */
        private long redactedAt = -1;
        /** When somebody was told that; negative before. */
        private long redactionToldAt = -1;

        private Once(Attempt attempt, int previousCheck, long at) {
            this.attempt = attempt;
            this.previousCheck = previousCheck;
            this.at = at;
        }
    }

    /** A life that was purged: what the fields of the same names were. */
    private record Life(
            long epoch,
            int written,
            int head,
            int oldest,
            int keysForgottenTo,
            Attempt[] attempts,
            int[] checks,
            long[] dates,
            long[] bytesUpTo,
            long[] sumUpTo,
            int[] keysUpTo,
            Map<String, Integer> offsetOfKey,
            Map<Integer, Integer> newestOf,
            @Nullable MapModel map,
            int purgesStoredBefore) {}

    /**
     * What was erased.
     *
     * @param redacted the publication that lost its data; null where all of the epoch was purged
     */
    record Erased(
            long epoch, @Nullable Position redacted, long at) {}

    Lineage(ChannelName name, ChannelSettings settings, Ledger ledger) {
        this.name = name;
        this.settings = settings;
        this.ledger = ledger;
        this.map = newMap();
    }

    private @Nullable MapModel newMap() {
        return settings.kind() == ChannelKind.MAP ? new MapModel() : null;
    }

    // ---- what the log says

    /** A record is in the log. */
    void onWritten(long in, LogRecord record) {
        Attempt attempt = ledger.attemptOf(this, record);
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
                        && Objects.equals(attempt.change, record.change())
                        && Objects.equals(
                                attempt.key,
                                record.once() == null ? null : record.once().key()),
                Invariant.SAME_DATA,
                () -> name + " stores " + record + " for " + attempt);
        boolean isAgain = checkKey(attempt, offset);
        checkOrder(attempt, isAgain);
        checkExpiry(attempt, record);
        grow(offset);
        written = offset;
        attempts[offset] = attempt;
        checks[offset] = record.check();
        dates[offset] = record.at();
        bytesUpTo[offset] = bytesUpTo[offset - 1] + record.bytes();
        sumUpTo[offset] = sumUpTo[offset - 1] + weight(attempt.id, offset);
        keysUpTo[offset] = keysUpTo[offset - 1] + (attempt.key == null ? 0 : 1);
        attempt.stored = new Position(epoch, offset, record.check());
        ever.put(attempt.stored, new Once(attempt, record.previousCheck(), record.at()));
        if (map != null && attempt.change != null) {
            map.onWritten(offset, attempt.change.key());
        }
        ledger.tally.stored++;
    }

    /** The server takes a value away only once its time is over. */
    private void checkExpiry(Attempt attempt, LogRecord record) {
        Change change = attempt.change;
        if (map == null || change == null || !Ledger.isExpiry(attempt)) {
            return;
        }
        int value = map.newestUpTo(change.key(), written);
        require(
                value > 0
                        && !attempts[value].isRemoval()
                        && settings.map().isOver(dates[value], record.at()),
                Invariant.MAP_HOLDS,
                () -> record + " takes away the value of " + value + " before its time");
        ledger.tally.expired++;
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
        if (map != null && attempt.change != null) {
            map.onUnwritten(written, attempt.change.key());
        }
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

    // ---- what is erased

    /** Everything in it is gone, as far as the log goes: it may not have answered yet. */
    void onPurged() {
        if (epoch == 0) {
            return;
        }
        for (int offset = 1; offset <= written; offset++) {
            Once purged = ever.get(new Position(epoch, offset, checks[offset]));
            if (purged != null) {
                purged.lostAt = ledger.now();
            }
            attempts[offset].isOutOfOrder = true;
        }
        lives.push(new Life(
                epoch,
                written,
                head,
                oldest,
                keysForgottenTo,
                attempts,
                checks,
                dates,
                bytesUpTo,
                sumUpTo,
                keysUpTo,
                offsetOfKey,
                newestOf,
                map,
                purgesStored));
        erasures.add(new Erased(epoch, null, ledger.now()));
        lastLostAt = ledger.now();
        ledger.tally.purges++;
        beginAnew();
    }

    private void beginAnew() {
        epoch = 0;
        written = 0;
        head = 0;
        oldest = 1;
        keysForgottenTo = 0;
        attempts = new Attempt[64];
        checks = new int[64];
        dates = new long[64];
        bytesUpTo = new long[64];
        sumUpTo = new long[64];
        keysUpTo = new int[64];
        offsetOfKey = new HashMap<>();
        newestOf = new HashMap<>();
        newestIsStale = false;
        map = newMap();
    }

    /** The log answers that a purge has reached its durability. */
    void onPurgeStored() {
        purgesStored++;
    }

    /** The newest purge is gone with the power, and all that was written since: what was purged is back. */
    void onPurgeLost() {
        Life back = lives.pop();
        require(
                written == 0,
                Invariant.ENGINE,
                () -> name + " is to be what it was, but " + written + " records are kept");
        require(
                purgesStored == back.purgesStoredBefore || settings.durability() != Durability.FSYNC,
                Invariant.ERASED,
                () -> name + " was purged and is back");
        epoch = back.epoch;
        written = back.written;
        head = back.head;
        oldest = back.oldest;
        keysForgottenTo = back.keysForgottenTo;
        attempts = back.attempts;
        checks = back.checks;
        dates = back.dates;
        bytesUpTo = back.bytesUpTo;
        sumUpTo = back.sumUpTo;
        keysUpTo = back.keysUpTo;
        offsetOfKey = back.offsetOfKey;
        newestOf = back.newestOf;
        newestIsStale = true;
        map = back.map;
        for (int offset = 1; offset <= written; offset++) {
            Once purged = ever.get(new Position(epoch, offset, checks[offset]));
            if (purged != null) {
                purged.lostAt = -1;
            }
        }
    }

    /** The data of a record is gone from the log. */
    void onRedacted(long offset) {
        Position position = new Position(epoch, offset, checks[(int) offset]);
        Once redacted = ever.get(position);
        if (redacted != null && redacted.redactedAt < 0) {
            redacted.redactedAt = ledger.now();
            erasures.add(new Erased(epoch, position, ledger.now()));
            ledger.tally.redactions++;
        }
    }

    /** It is back, with the power. */
    void onRedactionLost(long in, long offset, int check) {
        Once back = ever.get(new Position(in, offset, check));
        if (back != null) {
            require(
                    back.redactionToldAt < 0 || settings.durability() != Durability.FSYNC,
                    Invariant.ERASED,
                    () -> "the data of " + offset + " of " + name + " was redacted and is back");
            back.redactedAt = -1;
            back.redactionToldAt = -1;
        }
    }

    /** What must have changed before whoever asks now for a purge is told that it is done; null where nothing is kept. */
    @Nullable
    Integer purgesToCome() {
        return written == 0 ? null : purgesStored + 1;
    }

    /** Somebody is told that the channel is empty, or was. */
    void checkPurged(@Nullable Integer purgesToCome) {
        require(
                purgesToCome == null || purgesStored >= purgesToCome,
                Invariant.ERASED,
                () -> name + " is said to be purged, but keeps what it had");
    }

    /** Somebody is told that the data of this publication is gone. */
    void onRedactionTold(Position position) {
        Once told = ever.get(position);
        require(
                told != null && (told.redactedAt >= 0 || told.lostAt >= 0),
                Invariant.ERASED,
                () -> position + " of " + name + " is said to be redacted, but is kept");
        if (told != null && told.redactionToldAt < 0) {
            told.redactionToldAt = ledger.now();
        }
    }

    /** Whether the data of this publication is gone from the log. */
    boolean isRedacted(Position position) {
        Once once = ever.get(position);
        return once != null && once.redactedAt >= 0;
    }

    /** Whether a redaction of this publication may be answered with not_found. */
    boolean mayBeMissing(Position position) {
        trim();
        return !holds(position) || position.offset() < oldest;
    }

    /** A position of a publication, as far as there is one. */
    @Nullable
    Position somePosition(Dice dice) {
        if (head == 0) {
            return null;
        }
        int offset = dice.between(Math.max(1, Math.max(oldest, head - 30)), head);
        return new Position(epoch, offset, checks[offset]);
    }

    List<Erased> erasures() {
        return erasures;
    }

    /** How many lives were purged before the one with this epoch; negative where it is none of those or the present one. */
    int lifeOf(long of) {
        if (of == epoch) {
            return lives.size();
        }
        int index = lives.size();
        for (Life life : lives) {
            index--;
            if (life.epoch == of) {
                return index;
            }
        }
        return -1;
    }

    /** Whether a node may be without knowing what happened then. */
    boolean mayNotHaveTold(long at, Excuses excuses) {
        return mayNotKnow(at, excuses);
    }

    /** Whether it was purged so lately that a node need not have told its readers. */
    boolean wasReplacedLately(Excuses excuses) {
        return mayNotKnow(lastLostAt, excuses);
    }

    private boolean mayNotKnow(long lostAt, Excuses excuses) {
        return ledger.isShared
                ? excuses.mayNotKnow(lostAt, ledger.now())
                : lostAt >= 0 && ledger.now() < lostAt + Excuses.NOTICE;
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
        if (!ledger.isShared && holds(position)) {
            return true;
        }
        if (position.offset() == 0) {
            return position.check() == 0 && (ledger.isShared || wasReplacedLately(excuses));
        }
        Once once = ever.get(position);
        return once != null && ((ledger.isShared && once.lostAt < 0) || mayNotKnow(once.lostAt, excuses));
    }

    /** Whether the publication at {@code next} was stored right behind the one at {@code position}. */
    boolean isRightBehind(Position position, Position next) {
        if (!ledger.isShared && (position.offset() == 0 || holds(position))) {
            return true;
        }
        Once once = ever.get(next);
        return once != null
                && once.previousCheck == position.check()
                && (ledger.isShared || once.lostAt >= 0);
    }

    /**
     * A publication leaves a node, or is in a page of history: it must be what is stored there.
     *
     * @param askedAt when whoever is shown it has asked
     * @param mayLeave whether it may stand for a removal, because its reader tracks other tags
     */
    void checkShown(Publication publication, Excuses excuses, long askedAt, boolean mayLeave) {
        Position position = publication.position();
        require(
                mayBeTold(position, excuses) && position.offset() > 0,
                Invariant.SHOWN_IS_STORED,
                () -> publication + " is shown, but stored up to " + this.position());
        Once once = ever.get(position);
        Attempt attempt = once == null ? attempts[(int) position.offset()] : once.attempt;
        long at = once == null ? dates[(int) position.offset()] : once.at;
        boolean isLeaving = mayLeave && isRemovalOf(publication, attempt);
        require(
                (isLeaving || (Objects.equals(attempt.change, publication.change())
                                && Objects.equals(attempt.key, publication.idempotencyKey())))
                        && Objects.equals(attempt.from, publication.from())
                        && publication.at() == (settings.tellsAt() ? at : 0),
                Invariant.SAME_DATA,
                () -> publication + " is shown for " + attempt);
        Data expected = isLeaving || publication.isRedacted() ? Data.NONE : attempt.data;
        require(
                expected.equals(publication.data()),
                Invariant.SAME_DATA,
                () -> publication + " is shown for " + attempt);
        checkRedaction(publication, once, askedAt);
    }

    private static boolean isRemovalOf(Publication publication, Attempt attempt) {
        Change told = publication.change();
        return told != null
                && attempt.change != null
                && told.isRemoved()
                && told.key().equals(attempt.change.key())
                && publication.idempotencyKey() == null;
    }

    private void checkRedaction(Publication publication, @Nullable Once once, long askedAt) {
        long redactedAt = once == null ? -1 : once.redactedAt;
        long toldAt = once == null ? -1 : once.redactionToldAt;
        require(
                publication.isRedacted()
                        ? redactedAt >= 0
                        : redactedAt < 0
                                || (ledger.now() < redactedAt + Excuses.NOTICE && (toldAt < 0 || askedAt <= toldAt)),
                Invariant.ERASED,
                () -> publication + " is shown, which was redacted at " + redactedAt);
    }

    /** The publish that a publication is of. */
    Attempt attemptOf(Publication publication) {
        boolean hasItsData = publication.change() == null && !publication.isRedacted();
        Once once = hasItsData ? null : ever.get(publication.position());
        return once == null ? ledger.attemptOf(publication.data()) : once.attempt;
    }

    // ---- maps

    /** Which records are of which key, in this life. */
    MapModel map() {
        return Objects.requireNonNull(map, "no map");
    }

    /** What the record of this offset did to its key. */
    Change changeAt(int offset) {
        return Objects.requireNonNull(attempts[offset].change, "no change");
    }

    /** The id of the attempt that is kept there. */
    int idAt(int offset) {
        return attempts[offset].id;
    }

    /** Whether a node may have taken the time of the value for over. */
    boolean mayBeOver(int offset) {
        return settings.map().isOver(dates[offset], ledger.dateMax());
    }

    /** Whether its time is over for so long that it must have been taken away. */
    boolean isLongOver(int offset) {
        return settings.map().isOver(dates[offset], ledger.date() - EXPIRES_WITHIN_MILLIS);
    }

    /** A reader of a map is told to begin anew, which was at this position; null where it presented none. */
    void checkReset(@Nullable Position position, Excuses excuses) {
        trim();
        require(
                position == null || isResetNecessary(position, excuses),
                Invariant.FALSE_RESET,
                () -> "a reader of " + name + " at " + position + " is told to begin anew; it stands at "
                        + this.position() + " and keeps from " + oldest + " on");
        ledger.tally.resets++;
    }

    private boolean isResetNecessary(Position position, Excuses excuses) {
        if (wasReplacedLately(excuses)) {
            return true;
        }
        if (position.equals(Position.ORIGIN)) {
            return written > 0;
        }
        return !holds(position) || position.offset() + 1 < oldest || hasLetGoBehind(position);
    }

    /** Whether the age of the history may have let go of a removal behind it, though it keeps something older. */
    private boolean hasLetGoBehind(Position position) {
        long since = ledger.dateMax() - settings.historyAgeMax().toMillis();
        for (int offset = (int) position.offset() + 1; offset <= written; offset++) {
            if (attempts[offset].isRemoval() && dates[offset] < since) {
                return true;
            }
        }
        return false;
    }

    /** A reader of a map is told that it holds all up to here. */
    void checkCurrent(Position position, Excuses excuses) {
        require(
                position.equals(Position.ORIGIN) || mayBeTold(position, excuses),
                Invariant.SHOWN_IS_STORED,
                () -> position + " of " + name + " is told, which stands at " + this.position());
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
                next.offset() < oldest || wasReplacedLately(excuses),
                Invariant.FALSE_GAP,
                () -> "a gap of " + name + " ends at " + next + ", but " + oldest + " is still kept");
        ledger.tally.gaps++;
    }

    private boolean isNecessary(Gap.Cause cause, Position position, Excuses excuses) {
        if (ledger.isShared) {
            return isNecessaryOfShared(cause, position, excuses);
        }
        boolean isTrimmed = position.offset() + 1 < oldest;
        boolean isReplaced = wasReplacedLately(excuses);
        if (position.equals(Position.ORIGIN)) {
            return (isTrimmed || isReplaced) && cause == Gap.Cause.TRIMMED;
        }
        if (isReplaced && !holds(position)) {
            return cause != Gap.Cause.UNREADABLE;
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
        boolean isTrimmed = position.offset() + 1 < oldest || wasReplacedLately(excuses);
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
