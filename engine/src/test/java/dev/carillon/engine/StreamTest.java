package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One channel of an embedded broker on a log in memory, asked directly. */
class StreamTest implements Clock {

    private static final ChannelName ORDERS = new ChannelName("orders");
    private static final String KEY = "key-0123456789abcdef";

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Mailbox mailbox = new Mailbox() {
        @Override
        public void post(Runnable task) {
            tasks.add(task);
        }

        @Override
        public boolean isOwner() {
            return true;
        }
    };
    private final MemoryLog memory = new MemoryLog();
    private final HoldingLog log = new HoldingLog(memory);
    private final List<Publication> told = new ArrayList<>();
    private ChannelSettings settings = ChannelSettings.DEFAULT.with(Durability.MEMORY);
    private long millis = 1000;
    private long random = 100;
    private EmbeddedBroker broker = broker();

    // ---- what the log is told to keep

    @Test
    void theLogIsToldToLetGoOfSixtyFourRecordsAtATime() {
        settings = settings.toBuilder().historyCountMax(10).build();
        attach();
        publish(10 + 63);
        assertThat(kept().oldest()).isEqualTo(1);
        publish(1);
        assertThat(kept().oldest()).isEqualTo(65);
        publish(63);
        assertThat(kept().oldest()).isEqualTo(65);
        publish(1);
        assertThat(kept().oldest()).isEqualTo(129);
    }

    @Test
    void ofALongHistoryTheLogLetsGoOfAnEighthAtATime() {
        settings = settings.toBuilder().historyCountMax(800).build();
        attach();
        publish(800 + 99);
        assertThat(kept().oldest()).isEqualTo(1);
        publish(1);
        assertThat(kept().oldest()).isEqualTo(101);
    }

    @Test
    void theLogIsToldWhichKeysAreRemembered() {
        settings = settings.toBuilder()
                .historyCountMax(10)
                .idempotencyAgeMax(Duration.ofMillis(50))
                .build();
        attach();
        publish(KEY);
        millis += 10;
        publish("other-0123456789abcd");
        millis += 41;
        publish(10 + 62);
        assertThat(kept().keys()).hasSize(1);
        assertThat(kept().keys().getFirst().offset()).isEqualTo(2);
    }

    // ---- what is read

    @Test
    void aPageAfterAPositionHasWhatFollowsAndSaysWhetherThereIsMore() {
        attach();
        publish(5);
        assertThat(after(told.get(1).position(), 2)).isEqualTo("2 null [3, 4] true true");
        assertThat(after(told.get(1).position(), 3)).isEqualTo("2 null [3, 4, 5] true false");
        assertThat(after(Position.ORIGIN, 5)).isEqualTo("0 null [1, 2, 3, 4, 5] false false");
        assertThat(after(told.get(4).position(), 3)).isEqualTo("5 null [] true false");
    }

    @Test
    void aPositionThatIsNoneOfThisStreamIsAGapWithAllThatIsKept() {
        attach();
        publish(3);
        Position second = told.get(1).position();
        assertThat(after(new Position(second.epoch() + 1, 2, second.check()), 9))
                .isEqualTo("0 EPOCH [1, 2, 3] false false");
        assertThat(after(new Position(second.epoch(), 4, 1), 9)).isEqualTo("0 AHEAD [1, 2, 3] false false");
        assertThat(after(new Position(second.epoch(), 2, second.check() + 1), 9))
                .isEqualTo("0 REWRITTEN [1, 2, 3] false false");
        assertThat(after(new Position(second.epoch(), 3, 1), 9)).isEqualTo("0 REWRITTEN [1, 2, 3] false false");
    }

    @Test
    void thePositionJustBeforeTheOldestIsContinuedAndTheOneBeforeThatIsNot() {
        settings = settings.toBuilder().historyCountMax(2).build();
        attach();
        publish(5);
        assertThat(after(told.get(2).position(), 9)).isEqualTo("3 null [4, 5] false false");
        assertThat(after(told.get(1).position(), 9)).isEqualTo("3 TRIMMED [4, 5] false false");
        assertThat(after(Position.ORIGIN, 9)).isEqualTo("3 TRIMMED [4, 5] false false");
    }

    @Test
    void whereNothingIsKeptThePageIsEmptyAtTheHead() {
        settings = settings.toBuilder().historyAgeMax(Duration.ofMillis(10)).build();
        attach();
        publish(2);
        millis += 11;
        assertThat(after(told.get(0).position(), 9)).isEqualTo("2 TRIMMED [] false false");
        assertThat(after(told.get(1).position(), 9)).isEqualTo("2 null [] false false");
        assertThat(read(new Broker.ReadFrom.Oldest(), 9)).isEqualTo("2 null [] false false");
        assertThat(read(new Broker.ReadFrom.Newest(), 9)).isEqualTo("2 null [] false false");
        assertThat(read(new Broker.ReadFrom.Before(told.get(1).position()), 9)).isEqualTo("2 null [] false false");
    }

    @Test
    void pagesGoUpFromTheNewestAndFromAPosition() {
        attach();
        publish(5);
        assertThat(read(new Broker.ReadFrom.Newest(), 2)).isEqualTo("3 null [4, 5] true false");
        assertThat(read(new Broker.ReadFrom.Oldest(), 2)).isEqualTo("0 null [1, 2] false true");
        assertThat(read(new Broker.ReadFrom.Before(told.get(3).position()), 2)).isEqualTo("1 null [2, 3] true true");
        assertThat(read(new Broker.ReadFrom.Before(told.get(4).position()), 9))
                .isEqualTo("0 null [1, 2, 3, 4] false true");
        assertThat(read(new Broker.ReadFrom.Before(told.get(0).position()), 2)).isEqualTo("1 null [] false true");
        Position foreign = new Position(told.get(0).position().epoch() + 1, 2, 0);
        assertThat(read(new Broker.ReadFrom.Before(foreign), 2)).isEqualTo("3 EPOCH [4, 5] true false");
        Position ahead = new Position(told.get(0).position().epoch(), 6, 0);
        assertThat(read(new Broker.ReadFrom.Before(ahead), 2)).isEqualTo("3 EPOCH [4, 5] true false");
    }

    @Test
    void aLogThatNoLongerHasWhatTheHistoryKeepsIsAFaultOfTheStorage() {
        attach();
        publish(3);
        memory.trim(ORDERS, 3, 4);
        assertThat(read(new Broker.ReadFrom.Oldest(), 9)).isEqualTo("failed STORAGE_FAULT");
        memory.forget(ORDERS);
        assertThat(read(new Broker.ReadFrom.Oldest(), 9)).isEqualTo("failed STORAGE_FAULT");
        memory.close();
        assertThat(read(new Broker.ReadFrom.Oldest(), 9)).isEqualTo("failed MOVING");
    }

    // ---- what is published

    @Test
    void aNewChannelNeedsAPlace() {
        broker = new EmbeddedBroker(mailbox, this, () -> ++random, log, null, SomeLimits.channels(1, 1));
        attach();
        ChannelName second = new ChannelName("second");
        broker.attach(second, settings, new Hearer(), _ -> {});
        run();
        publish(1);
        List<Broker.Published> answers = new ArrayList<>();
        broker.publish(second, draft(1, null), answers::add);
        run();
        assertThat(answers).containsExactly(new Broker.Published.Refused(Code.CHANNELS_FULL));
        publish(1);
        assertThat(told).hasSize(2);
    }

    @Test
    void anEpochIsNeverZero() {
        random = -1;
        attach();
        publish(1);
        assertThat(told.getFirst().position().epoch()).isEqualTo(1);
    }

    @Test
    void aKeyIsUnusedUntilItsPublicationIsKept() {
        attach();
        assertThat(find(1, KEY)).isEqualTo(new Broker.Found.Unused());
        log.holding = true;
        broker.publish(ORDERS, draft(1, KEY), _ -> {});
        run();
        assertThat(find(1, KEY)).isEqualTo(new Broker.Found.Unused());
        log.release();
        run();
        assertThat(find(1, KEY))
                .isEqualTo(new Broker.Found.Duplicate(told.getFirst().position()));
        assertThat(find(2, KEY)).isEqualTo(new Broker.Found.Refused(Code.IDEMPOTENCY_CONFLICT));
    }

    @Test
    void afterARefusalTheNextFollowsTheHead() {
        attach();
        publish(2);
        log.fault = ChannelLog.Fault.FULL;
        List<Broker.Published> answers = new ArrayList<>();
        broker.publish(ORDERS, draft(3, null), answers::add);
        broker.publish(ORDERS, draft(4, null), answers::add);
        run();
        assertThat(answers)
                .containsExactly(
                        new Broker.Published.Refused(Code.STORAGE_FULL),
                        new Broker.Published.Refused(Code.STORAGE_FULL));
        log.fault = null;
        publish(1);
        assertThat(told.getLast().offset()).isEqualTo(3);
        assertThat(after(told.get(1).position(), 9)).isEqualTo("2 null [3] true false");
    }

    @Test
    void aFirstPublicationThatIsRefusedLeavesTheChannelNew() {
        attach();
        log.fault = ChannelLog.Fault.BUSY;
        List<Broker.Published> answers = new ArrayList<>();
        broker.publish(ORDERS, draft(1, null), answers::add);
        run();
        assertThat(answers).containsExactly(new Broker.Published.Refused(Code.OVERLOADED));
        log.fault = null;
        publish(1);
        assertThat(told.getFirst().offset()).isEqualTo(1);
        assertThat(after(Position.ORIGIN, 9)).isEqualTo("0 null [1] false false");
    }

    @Test
    void whatIsNotAttachedCannotBeUsed() {
        attach();
        broker.detach(ORDERS);
        assertThatIllegalStateException().isThrownBy(() -> broker.publish(ORDERS, draft(1, null), _ -> {}));
    }

    private EmbeddedBroker broker() {
        return new EmbeddedBroker(mailbox, this, () -> ++random, log, null, EngineLimits.DEFAULT);
    }

    private void attach() {
        broker.attach(ORDERS, settings, new Hearer(), _ -> {});
        run();
    }

    private void publish(int count) {
        for (int i = 0; i < count; i++) {
            publish((String) null);
        }
    }

    private void publish(@Nullable String key) {
        int before = told.size();
        broker.publish(ORDERS, draft(before + 1, key), _ -> {});
        run();
        assertThat(told).hasSize(before + 1);
    }

    private Broker.Found find(int number, String key) {
        List<Broker.Found> answers = new ArrayList<>();
        broker.find(ORDERS, key, Data.json(Integer.toString(number)), null, answers::add);
        run();
        return answers.getFirst();
    }

    private static Broker.Draft draft(int number, @Nullable String key) {
        return new Broker.Draft(Data.json(Integer.toString(number)), null, key, null);
    }

    private String after(Position position, int count) {
        return read(new Broker.ReadFrom.After(position), count);
    }

    /** Start, gap, offsets, whether there is more before and after. */
    private String read(Broker.ReadFrom from, int count) {
        List<Broker.Page> pages = new ArrayList<>();
        broker.read(ORDERS, from, count, 1 << 20, pages::add);
        run();
        return switch (pages.getFirst()) {
            case Broker.Page.Publications page -> text(page);
            case Broker.Page.Failed(Code code) -> "failed " + code;
        };
    }

    private static String text(Broker.Page.Publications page) {
        List<Long> offsets =
                page.publications().stream().map(Publication::offset).toList();
        Gap.Cause gap = page.gap();
        return page.start().offset() + " " + gap + " " + offsets + " " + page.moreBefore() + " " + page.moreAfter();
    }

    private LogState kept() {
        List<ChannelLog.Opened> opened = new ArrayList<>();
        memory.open(ORDERS, opened::add);
        return ((ChannelLog.Opened.Kept) opened.getFirst()).state();
    }

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
    }

    @Override
    public long millis() {
        return millis;
    }

    @Override
    public long nanos() {
        return millis * 1_000_000;
    }

    private final class Hearer implements Broker.Listener {
        @Override
        public void onPublication(Publication publication) {
            told.add(publication);
        }

        @Override
        public void onRedacted(Publication publication) {
            throw new AssertionError("nothing is redacted");
        }

        @Override
        public void onReplaced(Broker.Attached.Done now) {
            throw new AssertionError("nothing is replaced");
        }
    }
}
