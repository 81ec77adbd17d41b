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

    /** What is kept now. */
    private Life life;

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

    /**
     * What was erased.
     *
     * @param redacted the publication that lost its data; null where all of the epoch was purged
     */
    record Erased(long epoch, @Nullable Position redacted, long at) {}

    Lineage(ChannelName name, ChannelSettings settings, Ledger ledger) {
        this.name = name;
        this.settings = settings;
        this.ledger = ledger;
        this.life = newLife();
    }

    private Life newLife() {
        return new Life(settings.kind() == ChannelKind.MAP ? new MapModel() : null);
    }

    // ---- what the log says

    /** A record is in the log. */
    void onWritten(long in, LogRecord record) {
        Attempt attempt = ledger.attemptOf(this, record);
        int offset = life.written + 1;
        if (in != life.epoch) {
            require(
                    life.written == 0,
                    Invariant.ACKNOWLEDGED_IS_KEPT,
                    () -> "a new life of " + name + " begins while " + life.written + " records are kept");
            life.epoch = in;
        }
        require(
                record.offset() == offset,
                Invariant.ENGINE,
                () -> name + " goes on with " + record + " after " + life.written);
        require(
                record.previousCheck() == life.checks[life.written],
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
        life.grow(offset);
        life.written = offset;
        life.attempts[offset] = attempt;
        life.checks[offset] = record.check();
        life.dates[offset] = record.at();
        life.bytesUpTo[offset] = life.bytesUpTo[offset - 1] + record.bytes();
        life.sumUpTo[offset] = life.sumUpTo[offset - 1] + weight(attempt.id, offset);
        life.keysUpTo[offset] = life.keysUpTo[offset - 1] + (attempt.key == null ? 0 : 1);
        attempt.stored = new Position(life.epoch, offset, record.check());
        ever.put(attempt.stored, new Once(attempt, record.previousCheck(), record.at()));
        MapModel map = life.map;
        if (map != null && attempt.change != null) {
            map.onWritten(offset, attempt.change.key());
        }
        ledger.tally.stored++;
    }

    /** The server takes a value away only once its time is over. */
    private void checkExpiry(Attempt attempt, LogRecord record) {
        Change change = attempt.change;
        MapModel map = life.map;
        if (map == null || change == null || !Ledger.isExpiry(attempt)) {
            return;
        }
        int value = map.newestUpTo(change.key(), life.written);
        require(
                value > 0 && !life.attempts[value].isRemoval() && isOver(value, record.at()),
                Invariant.MAP_HOLDS,
                () -> record + " takes away the value of " + value + " before its time");
        ledger.tally.expired++;
    }

    /** Whether the key was used before, which only one that has left its window may have been. */
    private boolean checkKey(Attempt attempt, int offset) {
        if (attempt.key == null) {
            return false;
        }
        Integer before = life.offsetOfKey.put(attempt.key, offset);
        if (before == null) {
            return false;
        }
        boolean isForgotten = before <= life.keysForgottenTo
                || life.keysUpTo[life.written] - life.keysUpTo[before] >= settings.idempotencyCountMax()
                || life.dates[before]
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
        if (life.newestIsStale) {
            life.newestIsStale = false;
            life.newestOf.clear();
            for (int offset = 1; offset <= life.written; offset++) {
                if (!life.attempts[offset].isOutOfOrder) {
                    life.newestOf.merge(life.attempts[offset].publisher, life.attempts[offset].id, Math::max);
                }
            }
        }
        Integer newest = life.newestOf.put(attempt.publisher, attempt.id);
        require(
                newest == null || newest < attempt.id,
                Invariant.PUBLISHER_ORDER,
                () -> attempt + " is stored after #" + newest + " of the same publisher");
    }

    /** The log answers that it has stored up to here. */
    void onStored(long offset) {
        life.head = Math.max(life.head, (int) offset);
        trim();
    }

    /** The newest record is gone. */
    void onUnwritten(Durability survives) {
        Attempt attempt = life.attempts[life.written];
        require(
                life.head < life.written
                        || !attempt.acknowledged
                        || settings.durability().compareTo(survives) < 0,
                Invariant.ACKNOWLEDGED_IS_KEPT,
                () -> attempt + " was acknowledged and is lost");
        attempt.stored = null;
        attempt.isOutOfOrder = true;
        life.newestIsStale = true;
        MapModel map = life.map;
        if (map != null && attempt.change != null) {
            map.onUnwritten(life.written, attempt.change.key());
        }
        if (attempt.key != null) {
            life.offsetOfKey.remove(attempt.key, life.written);
        }
        life.written--;
        life.head = Math.min(life.head, life.written);
        life.oldest = Math.min(life.oldest, life.head + 1);
        if (life.written == 0) {
            life.epoch = 0;
            life.oldest = 1;
            life.keysForgottenTo = 0;
        }
    }

    /** Everything is gone that did not survive what happened. */
    void onAllLost(Durability survives) {
        while (life.written > 0) {
            onUnwritten(survives);
        }
    }

    /**
     * The shared log has lost its newest record of this channel, which it may have answered.
     *
     * @param isGone whether with that it has lost all it knew of the channel
     */
    void onLostByHub(boolean isGone) {
        while (life.keysForgottenTo < life.written
                && life.keysUpTo[life.written] - life.keysUpTo[life.keysForgottenTo + 1]
                        >= settings.idempotencyCountMax()) {
            life.keysForgottenTo++;
        }
        while (life.written > 0) {
            Once lost = ever.get(new Position(life.epoch, life.written, life.checks[life.written]));
            if (lost != null) {
                lost.lostAt = ledger.now();
            }
            lastLostAt = ledger.now();
            if (life.attempts[life.written].acknowledged) {
                ledger.tally.reached(Trouble.ACKNOWLEDGED_LOST);
                life.attempts[life.written].acknowledged = false;
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
        if (life.epoch == 0) {
            return;
        }
        for (int offset = 1; offset <= life.written; offset++) {
            Once purged = ever.get(new Position(life.epoch, offset, life.checks[offset]));
            if (purged != null) {
                purged.lostAt = ledger.now();
            }
            life.attempts[offset].isOutOfOrder = true;
        }
        life.purgesStoredBefore = purgesStored;
        lives.push(life);
        erasures.add(new Erased(life.epoch, null, ledger.now()));
        lastLostAt = ledger.now();
        ledger.tally.purges++;
        life = newLife();
    }

    /** The log answers that a purge has reached its durability. */
    void onPurgeStored() {
        purgesStored++;
    }

    /** The newest purge is gone with the power, and all that was written since: what was purged is back. */
    void onPurgeLost() {
        Life back = lives.pop();
        require(
                life.written == 0,
                Invariant.ENGINE,
                () -> name + " is to be what it was, but " + life.written + " records are kept");
        require(
                purgesStored == back.purgesStoredBefore || settings.durability() != Durability.FSYNC,
                Invariant.ERASED,
                () -> name + " was purged and is back");
        life = back;
        life.newestIsStale = true;
        for (int offset = 1; offset <= life.written; offset++) {
            Once purged = ever.get(new Position(life.epoch, offset, life.checks[offset]));
            if (purged != null) {
                purged.lostAt = -1;
            }
        }
    }

    /** The data of a record is gone from the log. */
    void onRedacted(long offset) {
        Position position = new Position(life.epoch, offset, life.checks[(int) offset]);
        Once redacted = ever.get(position);
        if (redacted != null && redacted.redactedAt < 0) {
            redacted.redactedAt = ledger.now();
            erasures.add(new Erased(life.epoch, position, ledger.now()));
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
        return life.written == 0 ? null : purgesStored + 1;
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
        return !holds(position) || position.offset() < life.oldest;
    }

    /** A position of a publication, as far as there is one. */
    @Nullable
    Position somePosition(Dice dice) {
        if (life.head < life.oldest) {
            return null;
        }
        int offset = dice.between(Math.max(1, Math.max(life.oldest, life.head - 30)), life.head);
        return new Position(life.epoch, offset, life.checks[offset]);
    }

    List<Erased> erasures() {
        return erasures;
    }

    /** How many lives were purged before the one with this epoch; negative where it is none of those or the present one. */
    int lifeOf(long of) {
        if (of == life.epoch) {
            return lives.size();
        }
        int index = lives.size();
        for (Life former : lives) {
            index--;
            if (former.epoch == of) {
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
        life.head = life.written;
        trim();
    }

    private void trim() {
        while (life.head - life.oldest + 1 > settings.historyCountMax()
                || (life.oldest < life.head
                        && life.bytesUpTo[life.head] - life.bytesUpTo[life.oldest - 1] > settings.historyBytesMax())) {
            life.oldest++;
        }
        long since = ledger.dateMax() - settings.historyAgeMax().toMillis();
        while (life.oldest <= life.head && life.dates[life.oldest] < since) {
            life.oldest++;
        }
    }

    // ---- what may be said

    int head() {
        return life.head;
    }

    /** The offset of the head that whoever asks now must be given at least; a node may not know yet of the shared log's. */
    int headAtLeast() {
        return ledger.isShared ? 0 : life.head;
    }

    /** The newest record in the log, perhaps not yet answered. */
    int written() {
        return life.written;
    }

    /** Where a reader stands that has everything. */
    Position position() {
        return life.head == 0 ? Position.ORIGIN : new Position(life.epoch, life.head, life.checks[life.head]);
    }

    /** The sum over the publications after {@code start} up to the head, as {@link Following} makes it. */
    long sumAfter(long start) {
        return life.sumUpTo[life.head] - life.sumUpTo[(int) start];
    }

    static long weight(int id, long offset) {
        return Dice.mix(id * 31L + offset);
    }

    /** Whether the position is one of this life's, and stored. */
    boolean holds(Position position) {
        return position.epoch() == life.epoch
                && position.offset() <= life.head
                && (position.offset() == 0
                        ? position.check() == 0
                        : life.checks[(int) position.offset()] == position.check());
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
        return once != null && once.previousCheck == position.check() && (ledger.isShared || once.lostAt >= 0);
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
        Attempt attempt = once == null ? life.attempts[(int) position.offset()] : once.attempt;
        long at = once == null ? life.dates[(int) position.offset()] : once.at;
        boolean isLeaving = mayLeave && isRemovalOf(publication, attempt);
        require(
                (isLeaving
                                || (Objects.equals(attempt.change, publication.change())
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
        return Objects.requireNonNull(life.map, "no map");
    }

    /** What the record of this offset did to its key. */
    Change changeAt(int offset) {
        return Objects.requireNonNull(life.attempts[offset].change, "no change");
    }

    /** The id of the attempt that is kept there. */
    int idAt(int offset) {
        return life.attempts[offset].id;
    }

    private boolean isOver(int offset, long nowMillis) {
        long liveMillis = settings.map().timeToLive().toMillis();
        return liveMillis > 0 && nowMillis - life.dates[offset] >= liveMillis;
    }

    /** Whether a node may have taken the time of the value for over. */
    boolean mayBeOver(int offset) {
        return isOver(offset, ledger.dateMax());
    }

    /** Whether its time is over for so long that it must have been taken away. */
    boolean isLongOver(int offset) {
        return isOver(offset, ledger.date() - EXPIRES_WITHIN_MILLIS);
    }

    /** A reader of a map is told to begin anew, which was at this position; null where it presented none. */
    void checkReset(@Nullable Position position, Excuses excuses) {
        trim();
        require(
                position == null || isResetNecessary(position, excuses),
                Invariant.FALSE_RESET,
                () -> "a reader of " + name + " at " + position + " is told to begin anew; it stands at "
                        + this.position() + " and keeps from " + life.oldest + " on");
        ledger.tally.resets++;
    }

    private boolean isResetNecessary(Position position, Excuses excuses) {
        if (wasReplacedLately(excuses)) {
            return true;
        }
        if (position.equals(Position.ORIGIN)) {
            return life.written > 0 || !lives.isEmpty();
        }
        return !holds(position) || position.offset() + 1 < life.oldest || hasLetGoBehind(position);
    }

    /** Whether the age of the history may have let go of a removal behind it, though it keeps something older. */
    private boolean hasLetGoBehind(Position position) {
        long since = ledger.dateMax() - settings.historyAgeMax().toMillis();
        for (int offset = (int) position.offset() + 1; offset <= life.written; offset++) {
            if (life.attempts[offset].isRemoval() && life.dates[offset] < since) {
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
        Attempt kept = once == null ? life.attempts[(int) position.offset()] : once.attempt;
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
                        + " and keeps from " + life.oldest + " on");
        require(
                next.equals(Position.ORIGIN) || mayBeTold(next, excuses) || next.equals(this.position()),
                Invariant.SHOWN_IS_STORED,
                () -> "a gap of " + name + " ends at " + next + ", but " + this.position() + " is the head");
        require(
                next.offset() < life.oldest || wasReplacedLately(excuses),
                Invariant.FALSE_GAP,
                () -> "a gap of " + name + " ends at " + next + ", but " + life.oldest + " is still kept");
        ledger.tally.gaps++;
    }

    private boolean isNecessary(Gap.Cause cause, Position position, Excuses excuses) {
        if (ledger.isShared) {
            return isNecessaryOfShared(cause, position, excuses);
        }
        boolean isTrimmed = position.offset() + 1 < life.oldest;
        boolean isReplaced = wasReplacedLately(excuses);
        if (position.equals(Position.ORIGIN)) {
            return (isTrimmed || isReplaced) && cause == Gap.Cause.TRIMMED;
        }
        if (isReplaced && !holds(position)) {
            return cause != Gap.Cause.UNREADABLE;
        }
        return switch (cause) {
            case EPOCH -> position.epoch() != life.epoch || life.head == 0;
            case AHEAD, REWRITTEN -> position.epoch() == life.epoch && !holds(position);
            case TRIMMED -> position.epoch() == life.epoch && isTrimmed;
            case UNREADABLE -> false;
        };
    }

    /** What is lost stays lost, but the cause that was true when the log was asked may be another one by now. */
    private boolean isNecessaryOfShared(Gap.Cause cause, Position position, Excuses excuses) {
        boolean isTrimmed = position.offset() + 1 < life.oldest || wasReplacedLately(excuses);
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
