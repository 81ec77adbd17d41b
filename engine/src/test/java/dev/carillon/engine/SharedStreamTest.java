package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** One stream of a shared log, whose every push and answer comes when the test says. */
class SharedStreamTest {

    private static final long EPOCH = 7;
    private static final long PROOF_NANOS = Duration.ofSeconds(2).toNanos();
    private static final Broker.Published REFUSED = new Broker.Published.Refused(Code.BROKER_AWAY);

    private final Lender owner = new Lender();
    private final Listener listener = new Listener();
    private final SharedStream stream =
            new SharedStream(new ChannelName("room"), ChannelSettings.DEFAULT, listener, owner);
    private final List<Broker.Published> answers = new ArrayList<>();

    // ---- what comes

    @Test
    void whatIsPushedWhileItLoadsIsToldBehindItsHeadInOrder() {
        push(5, 4, 3);
        assertThat(owner.waiting).isEmpty();
        stream.begin(position(3), 0, 0, () -> listener.told.add("begun"));
        assertThat(listener.told).containsExactly("begun", "4", "5");
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void nothingIsToldWhileItLoadsThoughItIsTheFirst() {
        push(1);
        assertThat(listener.told).isEmpty();
        begin(0);
        assertThat(listener.told).containsExactly("1");
    }

    @Test
    void whatWasPushedWhileItLoadedTakesNoPlaceAndLeavesNoHole() {
        push(16, 15, 17);
        begin(14);
        assertThat(listener.told).containsExactly("15", "16", "17");
        assertThat(owner.waiting).isEmpty();
        push(19, 20, 21, 18);
        assertThat(listener.told).endsWith("18", "19", "20", "21");
    }

    @Test
    void anotherHeadThanTheOneItBeganWithHasTheLogAsked() {
        begin(3);
        stream.onPushed(EPOCH, record(3, 20, 999));
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void ofWhatCameBeforeItBeganNoCheckIsKnown() {
        begin(3);
        push(4);
        stream.onPushed(EPOCH, record(3, 20, 999));
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void whatFollowsIsToldAndWhatWasToldIsNot() {
        begin(3);
        push(4, 4, 3, 5, 4);
        assertThat(listener.told).containsExactly("4", "5");
        assertThat(owner.reads).isEmpty();
        assertThat(stream.head()).isEqualTo(position(5));
    }

    @Test
    void whatComesEarlyWaitsForTheHoleToFillByItself() {
        begin(3);
        push(6, 5);
        assertThat(listener.told).isEmpty();
        assertThat(owner.waiting).hasSize(1);
        push(4);
        assertThat(listener.told).containsExactly("4", "5", "6");
        owner.waiting.removeFirst().run();
        assertThat(owner.reads).isEmpty();
        push(8);
        assertThat(owner.waiting).hasSize(1);
    }

    @Test
    void aHoleThatStaysIsReadFromTheLog() {
        begin(3);
        push(6);
        owner.waiting.removeFirst().run();
        assertThat(owner.reads).extracting(Read::first).containsExactly(4L);
        owner.answer(position(6), 1, records(4, 6));
        assertThat(listener.told).containsExactly("4", "5", "6");
        assertThat(owner.counters.holesFilled()).isEqualTo(1);
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void noMoreThanSoManyAreHeld() {
        begin(3);
        push(5, 6, 7, 8);
        push(4);
        assertThat(listener.told).containsExactly("4", "5", "6", "7");
    }

    @Test
    void whatIsHeldButDoesNotFollowHasTheLogAsked() {
        begin(3);
        stream.onPushed(EPOCH, record(5, 999, 50));
        push(4);
        assertThat(listener.told).containsExactly("4");
        assertThat(owner.reads).extracting(Read::first).containsExactly(5L);
    }

    @Test
    void whatContradictsWhatWasToldHasTheLogAsked() {
        begin(3);
        push(4, 5);
        stream.onPushed(EPOCH, record(4, 30, 999));
        assertThat(owner.reads).extracting(Read::first).containsExactly(6L);
        owner.answer(position(5), 1, List.of());
        stream.onPushed(EPOCH, record(5, 40, 999));
        assertThat(owner.reads).hasSize(1);
        assertThat(listener.replacedBy).isEmpty();
    }

    @Test
    void theChecksOfTheNewestSixtyFourAreKnown() {
        begin(3);
        push(LongStream.rangeClosed(4, 70).toArray());
        stream.onPushed(EPOCH, record(6, 50, 999));
        stream.onPushed(EPOCH, record(3, 20, 999));
        assertThat(owner.reads).isEmpty();
        stream.onPushed(EPOCH, record(7, 60, 999));
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void aNextOneWithAnotherPredecessorIsNotTold() {
        begin(3);
        stream.onPushed(EPOCH, record(4, 999, 40));
        assertThat(listener.told).isEmpty();
        assertThat(owner.reads).extracting(Read::first).containsExactly(4L);
    }

    @Test
    void anotherEpochHasTheLogAskedExceptWhereNothingWasTold() {
        begin(3);
        stream.onPushed(8, record(4, 30, 40));
        assertThat(listener.told).isEmpty();
        assertThat(owner.reads).hasSize(1);

        SharedStream anew = new SharedStream(new ChannelName("anew"), ChannelSettings.DEFAULT, listener, owner);
        anew.begin(Position.ORIGIN, 0, 0, () -> {});
        anew.onPushed(8, record(1, 0, 10));
        assertThat(listener.told).containsExactly("1");
    }

    // ---- what the log proves

    @Test
    void aLogThatHasNothingMoreProvesIt() {
        begin(3);
        stream.catchUp();
        owner.answer(position(3), 1, List.of());
        assertThat(listener.replacedBy).isEmpty();
        assertThat(owner.counters.holesFilled()).isZero();
        assertThat(owner.counters.replaced()).isZero();
    }

    @Test
    void aPageThatEndsBeforeTheHeadIsFollowedByTheNext() {
        begin(3);
        stream.catchUp();
        owner.answer(position(6), 1, records(4, 5));
        assertThat(owner.reads).extracting(Read::first).containsExactly(6L);
        owner.answer(position(6), 1, records(6, 6));
        assertThat(listener.told).containsExactly("4", "5", "6");
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void aLogThatLostItsEndReplacesTheStream() {
        begin(3);
        push(4);
        stream.catchUp();
        owner.answer(position(3), 1, List.of());
        assertThat(listener.replacedBy).containsExactly(position(3));
        assertThat(owner.counters.replaced()).isEqualTo(1);
        assertThat(stream.head()).isEqualTo(position(3));
        push(4);
        assertThat(listener.told).containsExactly("4", "4");
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void aLogThatLetGoOfWhatWasMissedReplacesTheStream() {
        begin(3);
        stream.catchUp();
        owner.answer(position(7), 5, records(5, 7));
        assertThat(listener.replacedBy).containsExactly(position(7));
        assertThat(listener.told).isEmpty();
    }

    @Test
    void aLogThatKeepsNothingOfWhatWasMissedReplacesTheStream() {
        begin(3);
        stream.catchUp();
        owner.answer(position(7), 8, List.of());
        assertThat(listener.replacedBy).containsExactly(position(7));
    }

    @Test
    void anEndThatWasWrittenAgainReplacesTheStream() {
        begin(3);
        stream.catchUp();
        owner.answer(position(4), 1, List.of(record(4, 999, 40)));
        assertThat(listener.replacedBy).containsExactly(position(4));
        assertThat(listener.told).isEmpty();
    }

    @Test
    void aChannelWithoutPublicationsGoesOnWithTheFirst() {
        begin(0);
        stream.catchUp();
        owner.answer(position(2), 1, records(1, 2));
        assertThat(listener.told).containsExactly("1", "2");
        assertThat(listener.replacedBy).isEmpty();
    }

    @Test
    void aChannelWithoutPublicationsIsReplacedWhereTheFirstIsGone() {
        begin(0);
        stream.catchUp();
        owner.answer(position(3), 2, records(2, 3));
        assertThat(listener.replacedBy).containsExactly(position(3));
        assertThat(listener.told).isEmpty();
    }

    @Test
    void whatIsPushedLateOfAFormerEpochHasTheLogAsked() {
        begin(3);
        stream.catchUp();
        owner.answer(Position.ORIGIN, 1, List.of());
        assertThat(listener.replacedBy).containsExactly(Position.ORIGIN);
        push(1);
        assertThat(listener.told).isEmpty();
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void aFormerEpochThatTheLogHasAgainIsNotFormerAnyMore() {
        begin(3);
        stream.catchUp();
        owner.answer(Position.ORIGIN, 1, List.of());
        stream.catchUp();
        owner.answer(position(1), 1, records(1, 1));
        push(2);
        assertThat(listener.told).containsExactly("1", "2");
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void whoAsksWhileTheLogIsBeingAskedHasItAskedAgain() {
        begin(3);
        stream.catchUp();
        stream.catchUp();
        assertThat(owner.reads).hasSize(1);
        owner.answer(position(3), 1, List.of());
        assertThat(owner.reads).hasSize(1);
        owner.answer(position(3), 1, List.of());
        assertThat(owner.reads).isEmpty();
    }

    /** What was pushed while the log was asked may be newer than its answer, and may not be lost with it. */
    @Test
    void whatIsPushedWhileTheLogIsAskedIsNotLost() {
        begin(3);
        stream.catchUp();
        push(6);
        owner.answer(position(5), 1, records(4, 5));
        assertThat(listener.told).containsExactly("4", "5", "6");
    }

    /** The head that the log had when it was asked is older than what was pushed since, and that is no loss. */
    @Test
    void anAnswerFromBeforeTheFirstPushReplacesNothing() {
        begin(3);
        stream.catchUp();
        push(4);
        owner.answer(position(3), 1, List.of());
        assertThat(listener.replacedBy).isEmpty();
        assertThat(listener.told).containsExactly("4");
    }

    @Test
    void whatIsPushedWhileTheStreamIsReplacedHasTheLogAskedAgain() {
        begin(3);
        stream.catchUp();
        push(9);
        owner.answer(position(7), 6, records(6, 7));
        assertThat(listener.replacedBy).containsExactly(position(7));
        assertThat(owner.reads).extracting(Read::first).containsExactly(8L);
    }

    @Test
    void whoIsLoadingDetachedOrAwayDoesNotAsk() {
        stream.catchUp();
        assertThat(owner.reads).isEmpty();
        begin(3);
        owner.isAway = true;
        stream.catchUp();
        assertThat(owner.reads).isEmpty();
        owner.isAway = false;
        stream.detach();
        stream.catchUp();
        assertThat(owner.reads).isEmpty();
        assertThat(stream.isDetached()).isTrue();
    }

    @Test
    void aHeadThatWasToldIsProofAndAnotherIsSilence() {
        begin(3);
        push(4);
        stream.onHead(position(4), position(4), 0, 0);
        assertThat(owner.counters.silences()).isZero();
        assertThat(owner.reads).isEmpty();
        stream.onHead(position(4), position(5), 0, 0);
        assertThat(owner.counters.silences()).isEqualTo(1);
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void aHeadBehindTheOneThatWasKnownIsALossThoughItWasTold() {
        begin(3);
        push(4, 5);
        stream.onHead(position(5), position(4), 0, 0);
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void anOlderAnswerIsProofWhereMoreWasToldSince() {
        begin(3);
        push(4);
        Position asked = stream.head();
        push(5);
        stream.onHead(asked, position(4), 0, 0);
        assertThat(owner.reads).isEmpty();
        stream.onHead(asked, new Position(EPOCH, 5, 999), 0, 0);
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void itIsDueOnceNothingWasProvenForSoLong() {
        assertThat(stream.isDue(Long.MAX_VALUE)).isFalse();
        stream.begin(position(3), 0, 100, () -> {});
        assertThat(stream.isDue(100 + PROOF_NANOS - 1)).isFalse();
        assertThat(stream.isDue(100 + PROOF_NANOS)).isTrue();
        stream.onHead(position(3), position(3), 0, 500);
        stream.onHead(position(3), position(3), 0, 300);
        assertThat(stream.isDue(500 + PROOF_NANOS - 1)).isFalse();
        assertThat(stream.isDue(500 + PROOF_NANOS)).isTrue();
        stream.catchUp();
        assertThat(stream.isDue(500 + PROOF_NANOS)).isFalse();
        owner.nanos = 900;
        owner.answer(position(3), 1, List.of());
        assertThat(stream.isDue(500 + PROOF_NANOS)).isTrue();
    }

    @Test
    void aTaskRunsOnceTheListenerWasToldEnough() {
        begin(3);
        List<String> ran = new ArrayList<>();
        stream.onceTold(position(3), () -> ran.add("at once"));
        stream.onceTold(position(5), () -> ran.add("later"));
        assertThat(ran).containsExactly("at once");
        owner.answer(position(5), 1, records(4, 5));
        assertThat(ran).containsExactly("at once", "later");
        owner.isAway = true;
        stream.onceTold(position(9), () -> ran.add("away"));
        assertThat(ran).endsWith("away");
    }

    // ---- acknowledgements

    @Test
    void anAcknowledgementComesBehindItsPublication() {
        begin(3);
        stream.onAppended(EPOCH, record(4), answer -> listener.told.add("acknowledged " + answer));
        assertThat(listener.told).containsExactly("4", "acknowledged " + new Broker.Published.Accepted(position(4)));
        assertThat(stream.isIdle()).isTrue();
    }

    @Test
    void anAcknowledgementWaitsForTheHoleBeforeItsPublication() {
        begin(3);
        stream.onAppended(EPOCH, record(5), answers::add);
        stream.onDuplicate(position(3), answers::add);
        assertThat(answers).isEmpty();
        assertThat(stream.isIdle()).isFalse();
        push(4);
        assertThat(answers)
                .containsExactly(
                        new Broker.Published.Accepted(position(5)), new Broker.Published.Duplicate(position(3)));
    }

    @Test
    void whatTheLogDoesNotHaveIsRefusedAndWhatCameSinceWaits() {
        begin(3);
        stream.onDuplicate(position(7), answers::add);
        assertThat(owner.waiting).hasSize(1);
        owner.waiting.removeFirst().run();
        stream.onDuplicate(position(8), answers::add);
        owner.answer(position(3), 1, List.of());
        assertThat(answers).containsExactly(REFUSED);
        assertThat(stream.isIdle()).isFalse();
    }

    @Test
    void aKeyOfAnotherCheckIsNotAcknowledged() {
        begin(3);
        push(4);
        stream.onDuplicate(new Position(EPOCH, 4, 999), answers::add);
        assertThat(answers).isEmpty();
        owner.waiting.removeFirst().run();
        owner.answer(position(4), 1, List.of());
        assertThat(answers).containsExactly(REFUSED);
    }

    @Test
    void whatIsKeptOfAReplacedStreamIsAcknowledged() {
        replaceWhileWaitingFor(6);
        assertThat(owner.reads).extracting(Read::first).containsExactly(6L);
        owner.answer(position(8), 6, records(6, 8));
        assertThat(answers).containsExactly(new Broker.Published.Accepted(position(6)));
    }

    @Test
    void whatWasKeptAndLetGoOfIsAcknowledged() {
        replaceWhileWaitingFor(6);
        owner.answer(position(8), 7, records(7, 8));
        assertThat(answers).containsExactly(new Broker.Published.Accepted(position(6)));
    }

    @Test
    void whatWasWrittenAgainIsRefused() {
        replaceWhileWaitingFor(6);
        owner.answer(position(8), 6, List.of(record(6, 50, 999), record(7, 999, 70), record(8)));
        assertThat(answers).containsExactly(REFUSED);
    }

    @Test
    void whatTheLogLostMeanwhileIsRefused() {
        replaceWhileWaitingFor(6);
        owner.answer(position(5), 5, List.of());
        assertThat(answers).containsExactly(REFUSED);
    }

    @Test
    void whatIsOfAnotherEpochIsRefused() {
        replaceWhileWaitingFor(6);
        owner.answer(new Position(8, 9, 90), 8, List.of());
        assertThat(answers).containsExactly(REFUSED);
    }

    @Test
    void evidenceThatIsInAnotherPageIsAskedFor() {
        replaceWhileWaitingFor(6, 8);
        owner.answer(position(8), 6, records(6, 7));
        assertThat(answers).containsExactly(new Broker.Published.Accepted(position(6)));
        assertThat(owner.reads).extracting(Read::first).containsExactly(8L);
        owner.answer(position(8), 6, records(8, 8));
        assertThat(answers).endsWith(new Broker.Published.Accepted(position(8)));
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void whatTheLogHasNoMoreBehindTheLastOfItsPageIsRefused() {
        replaceWhileWaitingFor(6, 8);
        owner.answer(position(7), 6, records(6, 7));
        assertThat(answers).containsExactly(new Broker.Published.Accepted(position(6)), REFUSED);
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void evidenceIsSoughtOnceAtATime() {
        replaceWhileWaitingFor(6);
        push(9);
        assertThat(listener.told).containsExactly("9");
        assertThat(owner.reads).hasSize(1);
    }

    @Test
    void theLastOfAPageIsEvidenceEnough() {
        replaceWhileWaitingFor(6);
        owner.answer(position(8), 6, records(6, 6));
        assertThat(answers).containsExactly(new Broker.Published.Accepted(position(6)));
        assertThat(owner.reads).isEmpty();
    }

    @Test
    void whoAsksWhileEvidenceIsSoughtHasTheLogAskedBehindThat() {
        replaceWhileWaitingFor(6);
        stream.catchUp();
        owner.answer(position(8), 6, records(6, 8));
        assertThat(owner.reads).extracting(Read::first).containsExactly(9L);
    }

    /** Publishes of these offsets were answered, and then the log has let go of what was missed before them. */
    private void replaceWhileWaitingFor(long... offsets) {
        begin(3);
        for (long offset : offsets) {
            stream.onAppended(EPOCH, record(offset), answers::add);
        }
        owner.waiting.removeFirst().run();
        owner.answer(position(8), 6, records(6, 8));
        assertThat(listener.replacedBy).containsExactly(position(8));
        assertThat(answers).isEmpty();
    }

    // ---- a link that fails

    @Test
    void aLostLinkRefusesInOrderAndMakesItStaleUntilItIsProven() {
        begin(3);
        stream.onAppended(EPOCH, record(5), answer -> listener.told.add("first"));
        stream.onAppended(EPOCH, record(6), answer -> listener.told.add("second"));
        stream.onceTold(position(9), () -> listener.told.add("page"));
        owner.reads.clear();
        stream.onLost();
        assertThat(listener.told).containsExactly("first", "second", "page");
        assertThat(listener.isStale).isTrue();
        assertThat(owner.counters.staleChannels()).isEqualTo(1);
        stream.onLost();
        assertThat(owner.counters.staleChannels()).isEqualTo(1);
        assertThat(stream.isDue(0)).isTrue();
        push(4);
        assertThat(listener.told).endsWith("4");
        stream.onHead(position(4), position(4), 0, 0);
        assertThat(listener.isStale).isFalse();
        assertThat(owner.counters.staleChannels()).isZero();
    }

    @Test
    void whatWasHeldWhenTheLinkFailedIsForgotten() {
        begin(3);
        push(6);
        stream.onLost();
        push(4, 5);
        assertThat(listener.told).containsExactly("4", "5");
    }

    @Test
    void oneThatIsStaleAndDetachedIsNotCountedAnyMore() {
        begin(3);
        stream.onLost();
        stream.detach();
        assertThat(owner.counters.staleChannels()).isZero();
    }

    @Test
    void oneThatNeverBeganIsNotStale() {
        stream.onLost();
        assertThat(listener.isStale).isFalse();
        assertThat(owner.counters.staleChannels()).isZero();
    }

    @Test
    void afterALostLinkTheLogIsAskedAnew() {
        begin(3);
        stream.catchUp();
        stream.catchUp();
        owner.reads.clear();
        stream.onLost();
        stream.catchUp();
        assertThat(owner.reads).hasSize(1);
        owner.answer(position(4), 1, records(4, 4));
        assertThat(owner.reads).isEmpty();
        assertThat(listener.told).containsExactly("4");
        assertThat(listener.isStale).isFalse();
    }

    private void begin(long offset) {
        stream.begin(position(offset), 0, 0, () -> {});
    }

    private void push(long... offsets) {
        for (long offset : offsets) {
            stream.onPushed(EPOCH, record(offset));
        }
    }

    private static List<LogRecord> records(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(SharedStreamTest::record)
                .toList();
    }

    private static LogRecord record(long offset) {
        return record(offset, (int) (offset - 1) * 10, (int) offset * 10);
    }

    private static LogRecord record(long offset, int previousCheck, int check) {
        return new LogRecord(offset, check, previousCheck, 0, null, null, Data.json(Long.toString(offset)));
    }

    private static Position position(long offset) {
        return offset == 0 ? Position.ORIGIN : new Position(EPOCH, offset, (int) offset * 10);
    }

    private record Read(long first, Consumer<SharedLog.Read.Records> then) {}

    private static final class Lender implements SharedStream.Owner {
        private final ArrayDeque<Read> reads = new ArrayDeque<>();
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        private final EngineCounters counters = new EngineCounters();
        private boolean isAway;
        private long nanos;

        /** Answers the oldest question. */
        private void answer(Position head, long oldest, List<LogRecord> records) {
            reads.removeFirst().then().accept(new SharedLog.Read.Records(new SharedLog.State(head, oldest), records));
        }

        @Override
        public void readOn(SharedStream of, long first, Consumer<SharedLog.Read.Records> then) {
            reads.add(new Read(first, then));
        }

        @Override
        public void load(SharedStream of, Consumer<MapLoading.Loaded> then) {
            throw new AssertionError("no map");
        }

        @Override
        public void learn(SharedStream of, long since, Consumer<SharedLog.Redactions.Known> then) {
            throw new AssertionError("nothing is redacted");
        }

        @Override
        public void afterPatience(Runnable task) {
            waiting.add(task);
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public boolean isAway() {
            return isAway;
        }

        @Override
        public SharedLimits limits() {
            SharedLimits normal = SharedLimits.DEFAULT;
            return new SharedLimits(
                    3,
                    normal.patience(),
                    normal.fillCountMax(),
                    normal.fillBytesMax(),
                    normal.tick(),
                    Duration.ofNanos(PROOF_NANOS),
                    normal.probeMax());
        }

        @Override
        public EngineCounters counters() {
            return counters;
        }

        @Override
        public Broker.Published refusal() {
            return REFUSED;
        }
    }

    private static final class Listener implements Broker.Listener {
        private final List<String> told = new ArrayList<>();
        private final List<Position> replacedBy = new ArrayList<>();
        private boolean isStale;

        @Override
        public void onPublication(Publication publication) {
            told.add(publication.data().text());
        }

        @Override
        public void onRedacted(Publication publication) {
            throw new AssertionError("nothing is redacted");
        }

        @Override
        public void onReplaced(Broker.Attached.Done now) {
            replacedBy.add(now.head());
        }

        @Override
        public void onStale() {
            isStale = true;
        }

        @Override
        public void onFresh() {
            isStale = false;
        }
    }
}
