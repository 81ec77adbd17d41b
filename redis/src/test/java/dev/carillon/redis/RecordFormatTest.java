package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.carillon.engine.CarriedSignal;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What Redis keeps and answers is read back as it was, and any other bytes are nothing. */
class RecordFormatTest {

    private static final int ROUNDS = 20_000;

    /** As {@code append} in carillon.lua puts it together. */
    private static byte[] push(SharedLog.Entry entry, long offset, int previousCheck, long at) {
        byte[] start = RecordFormat.start(entry);
        byte[] rest = RecordFormat.rest(entry);
        return ByteBuffer.allocate(RecordFormat.EPOCH_BYTES + 26 + rest.length)
                .put(start, 0, RecordFormat.EPOCH_BYTES)
                .put(RecordFormat.VERSION)
                .put(start[RecordFormat.EPOCH_BYTES])
                .putLong(offset)
                .put(start, RecordFormat.EPOCH_BYTES + 1, 4)
                .putInt(previousCheck)
                .putLong(at)
                .put(rest)
                .array();
    }

    private static byte[] push(LogRecord record) {
        SharedLog.Entry entry = new SharedLog.Entry(
                record.data(), record.from(), record.once(), record.check(), 77, record.change(), 0);
        return push(entry, record.offset(), record.previousCheck(), record.at());
    }

    @Test
    void everyRecordComesBackAsItWas() {
        SplittableRandom random = new SplittableRandom(Seed.of(RecordFormatTest.class));
        for (int round = 0; round < ROUNDS; round++) {
            LogRecord record = anyRecord(random);
            assertThat(RecordFormat.pushed(push(record))).isEqualTo(new RecordFormat.Pushed(77, record));
        }
    }

    @Test
    void theLayoutOfFormatOneNeverChanges() {
        LogRecord record = new LogRecord(
                5, 0x01020304, 0x05060708, 9, "ada", new LogRecord.Once("0123456789abcdef", 10, 11), Data.json("[1]"));
        assertThat(HexFormat.of().formatHex(push(record)))
                .isEqualTo("000000000000004d" + "01" + "03" + "0000000000000005" + "01020304" + "05060708"
                        + "0000000000000009" + "00000003" + "0010" + "00000003" + "616461"
                        + "30313233343536373839616263646566" + "000000000000000a000000000000000b" + "5b315d");
    }

    @Test
    void noPartAndNoChangedHeaderPassesForAnotherRecord() {
        SplittableRandom random = new SplittableRandom(Seed.of(RecordFormatTest.class));
        for (int round = 0; round < 200; round++) {
            byte[] whole = push(anyRecord(random));
            for (int length = 0; length < whole.length; length++) {
                assertThat(RecordFormat.pushed(Arrays.copyOf(whole, length))).isNull();
            }
            assertThat(RecordFormat.pushed(Arrays.copyOf(whole, whole.length + 1)))
                    .isNull();
            for (int at : new int[] {8, 34, 38, 40}) { // version, and the highest byte of each length
                byte[] changed = whole.clone();
                changed[at] ^= (byte) 0x80;
                assertThat(RecordFormat.pushed(changed)).isNull();
            }
        }
        byte[] noEpoch = push(anyRecord(random));
        Arrays.fill(noEpoch, 0, 8, (byte) 0);
        assertThat(RecordFormat.pushed(noEpoch)).isNull();
    }

    @Test
    void everySignalComesBackAsItWasAndNoPartOfItPasses() {
        SplittableRandom random = new SplittableRandom(Seed.of(RecordFormatTest.class));
        for (int round = 0; round < 200; round++) {
            byte[] data = new byte[random.nextInt(100)];
            random.nextBytes(data);
            SharedLog.Signal signal = new SharedLog.Signal(
                    random.nextLong(),
                    random.nextLong(Long.MAX_VALUE),
                    new CarriedSignal(
                            anyText(random),
                            random.nextBoolean() ? null : anyText(random),
                            Data.own(random.nextBoolean() ? Data.Form.JSON : Data.Form.BYTES, data)));
            byte[] bytes = SignalFormat.write(signal);
            assertThat(SignalFormat.read(bytes)).isEqualTo(signal);
            assertThat(RecordFormat.pushed(bytes)).isNull();
            assertThat(RedactionFormat.read(bytes)).isNull();
            for (int length = 0; length < bytes.length - data.length; length++) {
                assertThat(SignalFormat.read(Arrays.copyOf(bytes, length))).isNull();
            }
            bytes[8] = 3;
            assertThat(SignalFormat.read(bytes)).isNull();
        }
    }

    @Test
    void aRunWithAHoleIsNoAnswer() {
        byte[] state = ByteBuffer.allocate(28)
                .putLong(77)
                .putLong(3)
                .putInt(3)
                .putLong(1)
                .array();
        byte[] one = record(1);
        byte[] two = record(2);
        byte[] three = record(3);
        assertThat(Answers.read(List.of(state, one, two, three))).isInstanceOf(SharedLog.Read.Records.class);
        assertThat(Answers.read(List.of(state, one, three))).isNull();
        assertThat(Answers.read(List.of(state, two, one))).isNull();
        assertThat(Answers.read(List.of(state, record(4)))).isNull();
        assertThat(Answers.read(List.of(state, new byte[3]))).isNull();
        assertThat(Answers.read(List.of(new byte[0], one))).isNull();
        assertThat(Answers.read(List.of(new byte[27]))).isNull();
        assertThat(Answers.read(List.of(7L))).isNull();
        assertThat(Answers.read(List.of())).isNull();
        assertThat(Answers.read(List.of(new byte[0])))
                .isEqualTo(new SharedLog.Read.Records(new SharedLog.State(Position.ORIGIN, 1), List.of()));
    }

    private static byte[] record(int offset) {
        byte[] pushed = push(new LogRecord(offset, offset, offset - 1, 9, null, null, Data.json("1")));
        return Arrays.copyOfRange(pushed, RecordFormat.EPOCH_BYTES, pushed.length);
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytesAreAValueOrNothing(byte[] bytes) {
        RecordFormat.Pushed pushed = RecordFormat.pushed(bytes);
        if (pushed != null && !pushed.record().isRedacted()) {
            LogRecord record = pushed.record();
            SharedLog.Entry entry = new SharedLog.Entry(
                    record.data(), record.from(), record.once(), record.check(), pushed.epoch(), record.change(), 0);
            assertThat(push(entry, record.offset(), record.previousCheck(), record.at()))
                    .isEqualTo(bytes);
        }
        SharedLog.Entry entry = new SharedLog.Entry(Data.json("1"), null, null, 1, 77);
        Answers.appended(bytes, entry);
        Answers.found(bytes);
        Answers.head(bytes);
        Answers.read(List.of(bytes));
        Answers.changes(List.of(bytes));
        Answers.redacted(bytes);
        Answers.redactions(List.of(bytes));
        RedactionFormat.read(bytes);
        SharedLog.Signal signal = SignalFormat.read(bytes);
        if (signal != null) {
            assertThat(SignalFormat.write(signal)).isEqualTo(bytes);
        }
        new Keys("").channelOf(bytes);
    }

    private static LogRecord anyRecord(SplittableRandom random) {
        byte[] data = new byte[random.nextInt(300)];
        random.nextBytes(data);
        LogRecord.Once once = random.nextBoolean()
                ? null
                : new LogRecord.Once("k" + anyText(random), random.nextLong(), random.nextLong());
        Change change = random.nextBoolean()
                ? null
                : new Change(
                        "k" + anyText(random),
                        random.nextBoolean() ? null : "t" + anyText(random),
                        random.nextBoolean());
        return new LogRecord(
                1 + random.nextLong(RecordFormat.OFFSET_MAX),
                random.nextInt(),
                random.nextInt(),
                random.nextLong(),
                random.nextInt(3) == 0 ? null : anyText(random),
                once,
                Data.own(random.nextBoolean() ? Data.Form.JSON : Data.Form.BYTES, data),
                change,
                false);
    }

    private static String anyText(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(70); i > 0; i--) {
            int point = random.nextInt(4) == 0 ? random.nextInt(0x11_0000) : random.nextInt(0x80);
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                text.appendCodePoint(point);
            }
        }
        return text.toString();
    }
}
