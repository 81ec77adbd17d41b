package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a {@link SharedBroker} knows of one attached channel: how far it has told its listener, and what it must not tell yet.
 *
 * <p><b>Continuity.</b> A publication, pushed or answered, is told only if it has the epoch of the head, the next offset, and
 * the head's check as its predecessor's. One that lies further on is held until the hole before it is filled, by itself or
 * from the log. One that contradicts what was told has the log asked; so has a head that the log proves to be another. What
 * the log answers decides: it continues the head, and what was missed is told; or it doesn't (its end was lost, and perhaps
 * written again; it began another epoch; it let go of what was missed), and the listener hears that the stream was replaced.
 * So nothing is told that does not follow, and whatever was told and is gone is told to be.
 *
 * <p>An answer of the log is held against the head that was known when it was asked: what was pushed since may be newer.
 *
 * <p><b>Acknowledgements</b> wait until the listener has heard of their publications. Where it can't be shown that they are
 * part of the stream, they become refusals: whoever tries again with the same key learns.
 */
final class SharedStream {

    /** Of so many of the newest publications it is known which checks they have. */
    private static final int CHECKS_KEPT = 64;

    /** What it needs of its broker. */
    interface Owner {
        /** Reads what follows an offset; not answered where the link fails. */
        void readOn(SharedStream stream, long first, Consumer<SharedLog.Read.Records> then);

        /** What was redacted since; not answered where the link fails. */
        void learn(SharedStream stream, long since, Consumer<SharedLog.Redactions.Known> then);

        /** Reads all that a map holds; not answered where the link fails. */
        void load(SharedStream stream, Consumer<MapLoading.Loaded> then);

        /** Runs a task once a hole could have been filled by itself. */
        void afterPatience(Runnable task);

        long nanos();

        boolean isAway();

        SharedLimits limits();

        EngineCounters counters();

        /** The refusal of a publish of which nobody knows whether it is kept. */
        Broker.Published refusal();
    }

    private record Pushed(long epoch, LogRecord record) {}

    private static final class Ack {
        private final Position position;
        private final boolean isDuplicate;
        private final Consumer<Broker.Published> answer;
        /** True once the log was asked after it had come: what is answered then decides about it. */
        private boolean isJudged;
        /** True once the stream was replaced after it had come: only the log can say whether it is part of it. */
        private boolean isDoubtful;

        private Ack(Position position, boolean isDuplicate, Consumer<Broker.Published> answer) {
            this.position = position;
            this.isDuplicate = isDuplicate;
            this.answer = answer;
        }
    }

    final ChannelName name;
    final ChannelSettings settings;
    private final Broker.Listener listener;
    private final Owner owner;

    /** After the last publication that the listener was told. */
    private Position head = Position.ORIGIN;
    /** By offset; those of {@link #checkedAfter} + 1 up to the head are known, as far as there is room for them. */
    private final int[] checks = new int[CHECKS_KEPT];

    private long checkedAfter;

    /**
     * The epoch that was replaced last by another one, or by nothing: what is still pushed of it comes late, and the log is
     * asked. 0 without.
     */
    private long formerEpoch;

    /** By offset. Bounded by {@link SharedLimits#earlyMax}: what is turned away comes from the log. */
    private final Map<Long, Pushed> early = new HashMap<>();
    /** In the order of their answers. Bounded by what publishers may have outstanding. */
    private final ArrayDeque<Ack> acks = new ArrayDeque<>();
    /** Wait until the log has been asked. Bounded by the readers: each waits for one page at most. */
    private List<Runnable> afterReading = new ArrayList<>(0);

    private final SharedRedactions redactions = new SharedRedactions(new Erasing());
    /** The values that are being taken away. */
    private final Set<Long> expiring = new HashSet<>();

    private boolean isLoading = true;
    private boolean isReading;
    private boolean isToReadAgain;
    private boolean isPatient;
    private boolean isStale;
    private boolean isDetached;
    /** When the last question was asked whose answer has proven that nothing was missing. */
    private long provenAt;

    SharedStream(ChannelName name, ChannelSettings settings, Broker.Listener listener, Owner owner) {
        this.name = name;
        this.settings = settings;
        this.listener = listener;
        this.owner = owner;
    }

    /**
     * It begins with this head; what was pushed meanwhile follows.
     *
     * @param redacted how often it was redacted by then
     * @param told tells whoever waits for it, before the listener hears of anything
     */
    void begin(Position at, long redacted, long askedAt, Runnable told) {
        isLoading = false;
        head = at;
        redactions.begin(redacted);
        checkedAfter = at.offset();
        provenAt = askedAt;
        List<Pushed> pushed = new ArrayList<>(early.values());
        early.clear();
        told.run();
        pushed.sort((a, b) -> Long.compare(a.record.offset(), b.record.offset()));
        pushed.forEach(one -> onPushed(one.epoch, one.record));
    }

    void detach() {
        isDetached = true;
        if (isStale) {
            owner.counters().staleChannels.decrement();
        }
    }

    boolean isDetached() {
        return isDetached;
    }

    boolean isIdle() {
        return acks.isEmpty();
    }

    // ---- what comes

    /** A publication, from the feed or from an answer: as likely as not the next. */
    void onPushed(long epoch, LogRecord record) {
        long next = head.offset() + 1;
        if (isLoading) {
            hold(epoch, record);
        } else if (epoch == formerEpoch || (!head.equals(Position.ORIGIN) && epoch != head.epoch())) {
            catchUp();
        } else if (record.offset() > next) {
            hold(epoch, record);
        } else if (record.offset() < next) {
            if (contradicts(record.offset(), record.check())) {
                catchUp();
            }
        } else if (record.previousCheck() != head.check()) {
            catchUp();
        } else {
            take(epoch, record);
            takeEarly();
            settle(false);
        }
    }

    private void take(long epoch, LogRecord record) {
        head = new Position(epoch, record.offset(), record.check());
        checks[(int) (record.offset() % CHECKS_KEPT)] = record.check();
        if (settings.kind() != ChannelKind.SIGNAL) { // it may have been a stream once
            listener.onPublication(publicationOf(epoch, record));
        }
    }

    private void hold(long epoch, LogRecord record) {
        if (early.size() < owner.limits().earlyMax()) {
            early.put(record.offset(), new Pushed(epoch, record));
        }
        bePatient();
    }

    private void takeEarly() {
        Pushed next = early.remove(head.offset() + 1);
        while (next != null && next.epoch == head.epoch() && next.record.previousCheck() == head.check()) {
            take(next.epoch, next.record);
            next = early.remove(head.offset() + 1);
        }
        if (next != null) {
            catchUp();
        }
    }

    /** A hole may fill by itself: what is pushed and what is answered come by different ways. */
    private void bePatient() {
        if (isPatient || isLoading) {
            return;
        }
        isPatient = true;
        owner.afterPatience(() -> {
            isPatient = false;
            if (!early.isEmpty() || !acks.isEmpty()) {
                catchUp();
            }
        });
    }

    /** Whether another check is known to have been told for this offset. */
    private boolean contradicts(long offset, int check) {
        if (offset == head.offset()) {
            return check != head.check();
        }
        return isChecked(offset) && checks[(int) (offset % CHECKS_KEPT)] != check;
    }

    private boolean isChecked(long offset) {
        return offset > checkedAfter && offset > head.offset() - CHECKS_KEPT && offset <= head.offset();
    }

    /**
     * Whether the log, which was asked when this was the head, proves with that position that nothing is missing. One before
     * {@code asked} proves that it has lost its end, even where all before that was told.
     */
    private boolean proves(Position asked, Position position) {
        return position.offset() >= asked.offset() && hasTold(position);
    }

    /** Whether all up to this position was told. */
    private boolean hasTold(Position position) {
        return position.equals(head)
                || (position.epoch() == head.epoch()
                        && isChecked(position.offset())
                        && !contradicts(position.offset(), position.check()));
    }

    // ---- what the log proves

    Position head() {
        return head;
    }

    Broker.Listener listener() {
        return listener;
    }

    /**
     * The log has said what its head is.
     *
     * @param asked the head that was known when it was asked
     * @param redacted how often it was redacted
     */
    void onHead(Position asked, Position at, long redacted, long askedAt) {
        if (at.epoch() == head.epoch() && settings.kind() == ChannelKind.STREAM) {
            redactions.onCount(redacted);
        }
        if (proves(asked, at)) {
            prove(askedAt);
        } else {
            owner.counters().silences.increment();
            catchUp();
        }
    }

    /** Asks the log what follows the head. */
    void catchUp() {
        if (isReading) {
            isToReadAgain = true;
            return;
        }
        if (isLoading || isDetached || owner.isAway()) {
            return; // when it is back all are asked for
        }
        isReading = true;
        isToReadAgain = false;
        early.clear(); // the log has them, unless it has lost them
        acks.forEach(ack -> ack.isJudged = true);
        Position asked = head;
        long askedAt = owner.nanos();
        owner.readOn(this, asked.offset() + 1, read -> onRead(asked, askedAt, read.state(), read.records()));
    }

    private void onRead(Position asked, long askedAt, SharedLog.State state, List<LogRecord> records) {
        if (!proves(asked, state.head())) {
            if (continues(asked, state, records)) {
                formerEpoch = state.head().epoch() == formerEpoch ? 0 : formerEpoch;
                owner.counters().holesFilled.increment();
                records.forEach(record -> onPushed(state.head().epoch(), record));
                isToReadAgain |= head.offset() < state.head().offset();
            } else if (settings.kind().hasKeys() && !state.head().equals(Position.ORIGIN)) {
                long loadedAt = owner.nanos();
                owner.load(this, loaded -> {
                    replace(attached(loaded));
                    onReadingOver(loadedAt);
                });
                return;
            } else {
                replace(new Broker.Attached.Done(state.head(), List.of(), 0));
            }
        }
        onReadingOver(askedAt);
    }

    private void onReadingOver(long askedAt) {
        isReading = false;
        if (isToReadAgain) {
            catchUp();
            return;
        }
        prove(askedAt);
        settle(true);
        List<Runnable> waiting = afterReading;
        afterReading = new ArrayList<>(0);
        waiting.forEach(Runnable::run);
    }

    /** Whether what the log keeps goes on where the listener stands. */
    private static boolean continues(Position asked, SharedLog.State state, List<LogRecord> records) {
        if (asked.equals(Position.ORIGIN)) {
            return state.oldest() == 1;
        }
        if (state.head().epoch() != asked.epoch() || state.head().offset() <= asked.offset()) {
            return state.head().equals(asked);
        }
        return !records.isEmpty()
                && records.getFirst().offset() == asked.offset() + 1
                && records.getFirst().previousCheck() == asked.check();
    }

    private void replace(Broker.Attached.Done by) {
        owner.counters().replaced.increment();
        formerEpoch = head.epoch() == by.head().epoch() ? 0 : head.epoch();
        if (head.epoch() != by.head().epoch()) {
            redactions.begin(0);
        }
        head = by.head();
        checkedAfter = head.offset();
        isToReadAgain |= !early.isEmpty();
        early.clear();
        acks.forEach(ack -> ack.isDoubtful = true);
        listener.onReplaced(by);
    }

    private void prove(long askedAt) {
        provenAt = Math.max(provenAt, askedAt);
        if (isStale && !isReading) {
            isStale = false;
            owner.counters().staleChannels.decrement();
            listener.onFresh();
        }
    }

    /** Whether it is time to have its head asked for. */
    boolean isDue(long nanos) {
        return !isLoading
                && !isReading
                && (isStale || nanos - provenAt >= owner.limits().proofAgeMax().toNanos());
    }

    /** Runs a task as soon as the listener was told all that the log had when its head was this. */
    void onceTold(Position position, Runnable task) {
        if (hasTold(position) || owner.isAway()) {
            task.run();
            return;
        }
        afterReading.add(task);
        catchUp();
    }

    // ---- acknowledgements

    void onAppended(long epoch, LogRecord record, Consumer<Broker.Published> answer) {
        acks.add(new Ack(new Position(epoch, record.offset(), record.check()), false, answer));
        onPushed(epoch, record);
        settle(false);
    }

    void onDuplicate(Position position, Consumer<Broker.Published> answer) {
        acks.add(new Ack(position, true, answer));
        settle(false);
    }

    /** @param isAllTold whether the log has just proven that the listener was told everything */
    private void settle(boolean isAllTold) {
        while (!acks.isEmpty()) {
            Ack ack = acks.getFirst();
            if (ack.isDoubtful) {
                seekEvidence();
                return;
            }
            boolean isPassed = ack.position.epoch() == head.epoch() && ack.position.offset() <= head.offset();
            boolean isTold = isPassed && !contradicts(ack.position.offset(), ack.position.check());
            if (!isTold && !(isAllTold && ack.isJudged)) {
                bePatient();
                return;
            }
            acks.removeFirst();
            ack.answer.accept(isTold ? acknowledged(ack) : owner.refusal());
        }
    }

    /** Asks the log whether it has what it acknowledged before the stream was replaced. */
    private void seekEvidence() {
        if (isReading || isLoading || owner.isAway()) {
            return; // at its end it is looked again; or all is refused
        }
        isReading = true;
        acks.forEach(ack -> ack.isJudged = true);
        owner.readOn(this, acks.getFirst().position.offset(), this::onEvidence);
    }

    private void onEvidence(SharedLog.Read.Records read) {
        long last = read.records().isEmpty() ? 0 : read.records().getLast().offset();
        while (!acks.isEmpty() && acks.getFirst().isDoubtful) {
            Ack ack = acks.getFirst();
            if (ack.position.offset() > last
                    && last > 0
                    && last < read.state().head().offset()) {
                break; // in another page
            }
            acks.removeFirst();
            ack.answer.accept(isKept(ack.position, read) ? acknowledged(ack) : owner.refusal());
        }
        isReading = false;
        if (isToReadAgain) {
            catchUp();
        } else {
            settle(false);
        }
    }

    /** Whether the log has it, or had and let go of it. */
    private static boolean isKept(Position position, SharedLog.Read.Records read) {
        SharedLog.State state = read.state();
        if (position.epoch() != state.head().epoch()
                || position.offset() > state.head().offset()) {
            return false;
        }
        for (LogRecord record : read.records()) {
            if (record.offset() == position.offset()) {
                return record.check() == position.check();
            }
        }
        return position.offset() < state.oldest();
    }

    private static Broker.Published acknowledged(Ack ack) {
        return ack.isDuplicate
                ? new Broker.Published.Duplicate(ack.position)
                : new Broker.Published.Accepted(ack.position);
    }

    private void refuseAcks() {
        while (!acks.isEmpty()) {
            acks.removeFirst().answer.accept(owner.refusal());
        }
    }

    // ---- redactions

    /**
     * A redaction, from the feed or from an answer.
     *
     * @param then runs once the listener was told
     */
    void onRedacted(SharedLog.Redacted.Done redacted, Runnable then) {
        if (isLoading || settings.kind() != ChannelKind.STREAM || redacted.epoch() != head.epoch()) {
            then.run(); // the head that is asked for tells how many there were
        } else {
            redactions.on(redacted, then);
        }
    }

    /** What redactions need of it. */
    private final class Erasing implements SharedRedactions.Owner {
        @Override
        public void learn(long since, Consumer<SharedLog.Redactions.Known> then) {
            owner.learn(SharedStream.this, since, known -> {
                if (known.epoch() == head.epoch()) {
                    then.accept(known);
                } else {
                    redactions.end(); // of another life: the head tells
                }
            });
        }

        @Override
        public void tell(LogRecord redacted) {
            listener.onRedacted(publicationOf(head.epoch(), redacted));
        }

        @Override
        public void forget() {
            listener.onReplaced(new Broker.Attached.Done(head, List.of(), 0));
        }
    }

    // ---- values whose time is over

    /** Whether this value is to be taken away now: it is not being taken away already. */
    boolean beginExpiry(long offset) {
        return expiring.add(offset);
    }

    void endExpiry(long offset) {
        expiring.remove(offset);
    }

    // ---- a link that fails

    /** The link has failed: what waits for it is refused, in order, and what was pushed out of order is forgotten. */
    void onLost() {
        refuseAcks();
        early.clear();
        isReading = false;
        isToReadAgain = false;
        redactions.end();
        List<Runnable> waiting = afterReading;
        afterReading = new ArrayList<>(0);
        if (!isStale && !isLoading) {
            isStale = true;
            owner.counters().staleChannels.increment();
            listener.onStale();
        }
        waiting.forEach(Runnable::run);
    }

    /** What an attach is answered with, of a map. */
    Broker.Attached.Done attached(MapLoading.Loaded loaded) {
        Position at = loaded.state().head();
        List<Publication> changes = loaded.changes().stream()
                .map(change -> publicationOf(at.epoch(), change))
                .toList();
        return new Broker.Attached.Done(at, changes, loaded.state().oldest() - 1);
    }

    Publication publicationOf(long epoch, LogRecord kept) {
        LogRecord record = redactions.asItIs(kept);
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
}
