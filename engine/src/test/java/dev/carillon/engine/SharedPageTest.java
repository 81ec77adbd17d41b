package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A log that keeps 5 to 8, and what a reader is told of its answers. */
class SharedPageTest {

    private static final SharedLog.State STATE = new SharedLog.State(position(8), 5);

    // ---- after a position

    @Test
    void aPositionThatIsContinuedStartsThePage() {
        SharedPage page = SharedPage.after(position(6), read(7, 8));
        assertThat(page).isEqualTo(new SharedPage(position(6), null, STATE, records(7, 8)));
        assertThat(SharedPage.after(position(8), read(9, 8)))
                .extracting(SharedPage::gap)
                .isNull();
    }

    @Test
    void thePositionJustBeforeTheOldestIsNoGapAndTheOneBeforeThatIs() {
        assertThat(SharedPage.causeAfter(position(4), read(5, 8))).isNull();
        SharedPage page = SharedPage.after(position(3), read(5, 8));
        assertThat(page).isEqualTo(new SharedPage(position(4), Gap.Cause.TRIMMED, STATE, records(5, 8)));
        assertThat(SharedPage.causeAfter(Position.ORIGIN, read(5, 8))).isEqualTo(Gap.Cause.TRIMMED);
    }

    @Test
    void theOriginIsContinuedWhereAllIsKept() {
        SharedLog.Read.Records all = new SharedLog.Read.Records(new SharedLog.State(position(2), 1), records(1, 2));
        assertThat(SharedPage.causeAfter(Position.ORIGIN, all)).isNull();
        SharedLog.Read.Records none = new SharedLog.Read.Records(new SharedLog.State(Position.ORIGIN, 1), List.of());
        assertThat(SharedPage.causeAfter(Position.ORIGIN, none)).isNull();
    }

    @Test
    void aPositionOfAnotherLogSaysWhy() {
        assertThat(SharedPage.causeAfter(new Position(9, 6, 60), read(7, 8))).isEqualTo(Gap.Cause.EPOCH);
        assertThat(SharedPage.causeAfter(position(9), read(10, 8))).isEqualTo(Gap.Cause.AHEAD);
        assertThat(SharedPage.causeAfter(new Position(7, 6, 1), read(7, 8))).isEqualTo(Gap.Cause.REWRITTEN);
        assertThat(SharedPage.causeAfter(new Position(7, 8, 1), read(9, 8))).isEqualTo(Gap.Cause.REWRITTEN);
        assertThat(SharedPage.after(position(9), read(10, 8))).isNull();
    }

    @Test
    void aPositionWhoseWholeTailIsGoneIsHeldAgainstTheHead() {
        SharedLog.Read.Records gone = new SharedLog.Read.Records(new SharedLog.State(position(8), 9), List.of());
        assertThat(SharedPage.causeAfter(position(8), gone)).isNull();
        assertThat(SharedPage.causeAfter(position(7), gone)).isEqualTo(Gap.Cause.TRIMMED);
    }

    // ---- before a position

    @Test
    void whatComesBeforeAPositionIsToldFromItsStartOn() {
        assertThat(SharedPage.before(position(7), read(5, 6)))
                .isEqualTo(new SharedPage(position(4), null, STATE, records(5, 6)));
        assertThat(SharedPage.before(position(8), read(5, 7))).isNotNull();
    }

    @Test
    void beforeAPositionOfAnotherLogThereIsNothing() {
        assertThat(SharedPage.before(position(9), read(5, 8))).isNull();
        assertThat(SharedPage.before(new Position(9, 7, 70), read(5, 6))).isNull();
        assertThat(SharedPage.before(Position.ORIGIN, read(9, 8))).isNotNull();
    }

    @Test
    void beforeTheOldestTheReaderStandsWhereItStood() {
        assertThat(SharedPage.before(position(5), read(9, 8)))
                .isEqualTo(new SharedPage(position(5), null, STATE, List.of()));
        SharedLog.State empty = new SharedLog.State(position(8), 9);
        assertThat(SharedPage.before(position(5), new SharedLog.Read.Records(empty, List.of())))
                .isEqualTo(new SharedPage(position(8), null, empty, List.of()));
    }

    @Test
    void ofOneRecordThatIsKeptItIsKnownThatOneIs() {
        SharedLog.State one = new SharedLog.State(position(8), 8);
        SharedLog.Read.Records nothing = new SharedLog.Read.Records(one, List.of());
        assertThat(SharedPage.before(position(5), nothing))
                .isEqualTo(new SharedPage(position(5), null, one, List.of()));
        assertThat(told(SharedPage.after(position(8), nothing))).isEqualTo("8 [] true false");
    }

    // ---- what is told

    @Test
    void aPageSaysWhetherThereIsMoreBeforeAndAfter() {
        assertThat(told(SharedPage.after(position(4), read(5, 8)))).isEqualTo("4 [5, 6, 7, 8] false false");
        assertThat(told(SharedPage.after(position(5), read(6, 7)))).isEqualTo("5 [6, 7] true true");
        assertThat(told(SharedPage.after(position(8), read(9, 8)))).isEqualTo("8 [] true false");
        SharedLog.State empty = new SharedLog.State(position(8), 9);
        assertThat(told(SharedPage.after(position(8), new SharedLog.Read.Records(empty, List.of()))))
                .isEqualTo("8 [] false false");
    }

    @Test
    void aPageWithAGapTellsAllThatWasRead() {
        List<SharedPage> pages = new ArrayList<>();
        SharedPage.with(Gap.Cause.AHEAD, pages::add).accept(read(5, 6));
        assertThat(pages).containsExactly(new SharedPage(position(4), Gap.Cause.AHEAD, STATE, records(5, 6)));
    }

    private static String told(SharedPage page) {
        SharedStream stream =
                new SharedStream(new ChannelName("room"), ChannelSettings.DEFAULT, new Nobody(), new Nothing());
        Broker.Page.Publications told = (Broker.Page.Publications) page.told(stream);
        List<Long> offsets =
                told.publications().stream().map(Publication::offset).toList();
        return told.start().offset() + " " + offsets + " " + told.moreBefore() + " " + told.moreAfter();
    }

    private static SharedLog.Read.Records read(long first, long last) {
        return new SharedLog.Read.Records(STATE, records(first, last));
    }

    private static List<LogRecord> records(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(offset -> new LogRecord(
                        offset, (int) offset * 10, (int) (offset - 1) * 10, 0, null, null, Data.json("1")))
                .toList();
    }

    private static Position position(long offset) {
        return new Position(7, offset, (int) offset * 10);
    }

    private static final class Nobody implements Broker.Listener {
        @Override
        public void onPublication(Publication publication) {}

        @Override
        public void onRedacted(Publication publication) {}

        @Override
        public void onReplaced(Broker.Attached.Done now) {}
    }

    private static final class Nothing implements SharedStream.Owner {
        @Override
        public void readOn(SharedStream stream, long first, Consumer<SharedLog.Read.Records> then) {}

        @Override
        public void load(SharedStream stream, Consumer<MapLoading.Loaded> then) {}

        @Override
        public void learn(SharedStream stream, long since, Consumer<SharedLog.Redactions.Known> then) {}

        @Override
        public void afterPatience(Runnable task) {}

        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public boolean isAway() {
            return false;
        }

        @Override
        public SharedLimits limits() {
            return SharedLimits.DEFAULT;
        }

        @Override
        public EngineCounters counters() {
            return new EngineCounters();
        }

        @Override
        public Broker.Published refusal() {
            return new Broker.Published.Refused(Code.BROKER_AWAY);
        }
    }
}
