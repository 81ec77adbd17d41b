package dev.carillon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState.UsedKey;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every stored value is read back as it was, and any other bytes are a value or a reason. */
class StoredValuesTest {

    private static final int ROUNDS = 20_000;

    @Test
    void everyRecordComesBackAsItWas() {
        SplittableRandom random = new SplittableRandom(Seed.of(StoredValuesTest.class));
        for (int round = 0; round < ROUNDS; round++) {
            LogRecord record = anyRecord(random);
            byte[] value = RecordFormat.encode(record);
            assertThat(RecordFormat.decode(record.offset(), value)).isEqualTo(Decoded.value(record));
            int length = record.data().length();
            assertThat(RecordFormat.shape(Arrays.copyOf(value, RecordFormat.HEADER_BYTES_MAX), value.length))
                    .isEqualTo(Decoded.value(new RecordFormat.Shape(
                            record.at(), length, record.check(), record.bytes() - length - LogRecord.OVERHEAD_BYTES)));
        }
    }

    @Test
    void everyIdempotencyKeyComesBackAsItWas() {
        SplittableRandom random = new SplittableRandom(Seed.of(StoredValuesTest.class));
        for (int round = 0; round < ROUNDS; round++) {
            LogRecord.Once once = new LogRecord.Once(anyText(random), random.nextLong(), random.nextLong());
            UsedKey key = new UsedKey(once, anyOffset(random), random.nextInt(), random.nextLong());
            assertThat(OnceFormat.decode(key.offset(), OnceFormat.encode(once, key.check(), key.at())))
                    .isEqualTo(Decoded.value(key));
        }
    }

    @Test
    void everyChannelRowComesBackAsItWas() {
        SplittableRandom random = new SplittableRandom(Seed.of(StoredValuesTest.class));
        for (int round = 0; round < ROUNDS; round++) {
            long head = anyOffset(random);
            ChannelRow row = new ChannelRow(
                    anyOffset(random),
                    random.nextLong(),
                    head,
                    random.nextInt(),
                    random.nextLong(),
                    Math.max(1, random.nextLong(head)),
                    Math.max(1, head),
                    random.nextBoolean());
            assertThat(ChannelRow.decode(row.encode())).isEqualTo(Decoded.value(row));
        }
    }

    @Test
    void theLayoutOfFormatOneNeverChanges() {
        LogRecord record = new LogRecord(
                5, 0x01020304, 0x05060708, 9, "ada", new LogRecord.Once("0123456789abcdef", 10, 11), Data.json("[1]"));
        assertThat(HexFormat.of().formatHex(RecordFormat.encode(record)))
                .isEqualTo("01" + "03" + "01020304" + "05060708" + "0000000000000009" + "00000003" + "0010" + "616461"
                        + "30313233343536373839616263646566" + "000000000000000a000000000000000b" + "5b315d");
        assertThat(HexFormat.of()
                        .formatHex(
                                RecordFormat.encode(new LogRecord(1, -1, 0, 2, null, null, Data.bytes(new byte[1])))))
                .isEqualTo("01" + "04" + "ffffffff" + "00000000" + "0000000000000002" + "00000000" + "0000" + "00");
        assertThat(HexFormat.of().formatHex(OnceFormat.encode(new LogRecord.Once("k", 1, 2), 3, 4)))
                .isEqualTo("01" + "00000003" + "0000000000000004" + "0000000000000001" + "0000000000000002" + "6b");
        assertThat(HexFormat.of().formatHex(new ChannelRow(1, 2, 7, 4, 5, 6, 3, false).encode()))
                .isEqualTo("01" + "0000000000000001" + "0000000000000002" + "0000000000000007" + "00000004"
                        + "0000000000000005" + "0000000000000006" + "0000000000000003");
        assertThat(HexFormat.of().formatHex(new ChannelRow(1, 2, 7, 4, 5, 6, 3, true).encode()))
                .startsWith("02" + "0000000000000001");
        LogRecord removal = new LogRecord(5, 1, 2, 9, "ada", null, Data.NONE, new Change("k", "tag", true), false);
        assertThat(HexFormat.of().formatHex(RecordFormat.encode(removal)))
                .isEqualTo("02" + "39" + "00000001" + "00000002" + "0000000000000009" + "00000003" + "0000" + "0001"
                        + "0003" + "616461" + "6b" + "746167" + "6e756c6c");
        assertThat(HexFormat.of().formatHex(RecordFormat.encode(record.redacted())))
                .startsWith("02" + "43" + "01020304")
                .endsWith("6e756c6c");
        assertThat(HexFormat.of().formatHex(RecordKey.of(1, 258))).isEqualTo("00000000000000010000000000000102");
    }

    @Test
    void whatIsNoValueIsRefusedWithItsReason() {
        byte[] whole = RecordFormat.encode(Samples.record(3, 10));
        assertThat(decode(whole, 0, 3)).isEqualTo(Decoded.refused(Decoded.Reason.VERSION));
        assertThat(decode(whole, 1, 8)).isEqualTo(Decoded.refused(Decoded.Reason.FLAGS));
        assertThat(decode(whole, 1, 0)).isEqualTo(Decoded.refused(Decoded.Reason.FLAGS));
        assertThat(decode(whole, 18, 0x7F)).isEqualTo(Decoded.refused(Decoded.Reason.DECLARED_LENGTH));
        assertThat(decode(whole, 18, 0x80)).isEqualTo(Decoded.refused(Decoded.Reason.DECLARED_LENGTH));
        assertThat(decode(whole, RecordFormat.HEADER_BYTES, 0xFF)).isEqualTo(Decoded.refused(Decoded.Reason.TEXT));
        assertThat(RecordFormat.decode(1, new byte[0])).isEqualTo(Decoded.refused(Decoded.Reason.LENGTH));
        assertThat(RecordFormat.decode(0, whole)).isEqualTo(Decoded.refused(Decoded.Reason.RANGE));
        assertThatThrownBy(() -> Decoded.refused(Decoded.Reason.TEXT).orDamaged("channel x, record 3"))
                .isInstanceOf(DamagedException.class)
                .hasMessage("channel x, record 3: TEXT");
    }

    private static Decoded<LogRecord> decode(byte[] whole, int at, int value) {
        byte[] changed = whole.clone();
        changed[at] = (byte) value;
        return RecordFormat.decode(3, changed);
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytesAreAValueOrAReason(byte[] bytes) {
        if (RecordFormat.decode(1, bytes) instanceof Decoded.Value<LogRecord>(LogRecord record)) {
            assertThat(RecordFormat.encode(record)).isEqualTo(bytes);
        }
        if (OnceFormat.decode(1, bytes) instanceof Decoded.Value<UsedKey>(UsedKey key)) {
            assertThat(OnceFormat.encode(key.once(), key.check(), key.at())).isEqualTo(bytes);
        }
        if (ChannelRow.decode(bytes) instanceof Decoded.Value<ChannelRow>(ChannelRow row)) {
            assertThat(row.encode()).isEqualTo(bytes);
        }
        LogFile.isDamaged(bytes);
    }

    private static LogRecord anyRecord(SplittableRandom random) {
        byte[] data = new byte[random.nextInt(300)];
        random.nextBytes(data);
        LogRecord.@Nullable Once once =
                random.nextBoolean() ? null : new LogRecord.Once(anyText(random), random.nextLong(), random.nextLong());
        return new LogRecord(
                anyOffset(random),
                random.nextInt(),
                random.nextInt(),
                random.nextLong(),
                random.nextInt(3) == 0 ? null : anyText(random),
                once,
                Data.own(random.nextBoolean() ? Data.Form.JSON : Data.Form.BYTES, data),
                random.nextBoolean() ? null : anyChange(random),
                random.nextInt(4) == 0);
    }

    private static Change anyChange(SplittableRandom random) {
        String tag = random.nextBoolean() ? null : "t" + random.nextInt(1000);
        return new Change("é" + random.nextInt(1000), tag, random.nextBoolean());
    }

    private static long anyOffset(SplittableRandom random) {
        return Math.max(1, random.nextLong(Long.MAX_VALUE) >> random.nextInt(63));
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
