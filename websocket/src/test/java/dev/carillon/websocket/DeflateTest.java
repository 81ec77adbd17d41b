package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RFC 7692, permessage-deflate")
class DeflateTest {
    private static final int LIMIT = 1 << 20;
    private static final int KEY = 0x37FA213D;
    private static final byte[] HELLO = hex("f248cdc9c90700"); // RFC 7692 §7.2.3.1

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final DeflateCounters counters = new DeflateCounters();
    private final RecordingSink sink = new RecordingSink();

    private DeflatedMessages deflate =
            agreed(DeflateSettings.Mode.DEDICATED, "permessage-deflate; client_max_window_bits");
    private FrameDecoder decoder = decoder(LIMIT);

    @AfterEach
    void nothingIsKeptBehindTheEnd() {
        decoder.dispose();
        deflate.close();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(counters.connections()).isZero();
        assertThat(counters.contexts()).isZero();
        assertThat(counters.contextBytes()).isZero();
    }

    private DeflatedMessages agreed(DeflateSettings.Mode mode, String offer) {
        LoopDeflate loop = new LoopDeflate(new DeflateSettings(mode, 3, 0, 4096, 1), counters);
        return Objects.requireNonNull(loop.agree(Objects.requireNonNull(ExtensionOffer.read(List.of(offer)))), offer);
    }

    private void agree(DeflateSettings.Mode mode, String offer, int limit) {
        decoder.dispose();
        deflate.close();
        deflate = agreed(mode, offer);
        decoder = decoder(limit);
    }

    private FrameDecoder decoder(int limit) {
        return new FrameDecoder(FrameDecoder.Role.SERVER, limit, allocator, sink, null, deflate);
    }

    private static byte[] hex(String bytes) {
        return ByteBufUtil.decodeHexDump(bytes);
    }

    private static byte[] frame(int firstByte, byte[] payload) {
        byte[] frame = FrameEncoder.maskedFrame(Opcode.BINARY, true, payload, KEY);
        frame[0] = (byte) firstByte;
        return frame;
    }

    private @Nullable Refusal feed(int firstByte, byte[] payload) {
        return decoder.decode(Unpooled.wrappedBuffer(frame(firstByte, payload)));
    }

    private static void assertRefused(@Nullable Refusal refusal, int code) {
        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(code);
    }

    private static byte[] deflated(Deflater by, byte[] message, int flush) {
        by.setInput(message);
        byte[] out = new byte[message.length * 2 + 64];
        return Arrays.copyOf(out, by.deflate(out, 0, out.length, flush));
    }

    private static byte[] raw(byte[] message) {
        Deflater by = new Deflater(6, true);
        byte[] made = deflated(by, message, Deflater.SYNC_FLUSH);
        by.end();
        return Arrays.copyOf(made, made.length - 4);
    }

    @Test
    void theExamplesOfTheSpecification() {
        assertThat(feed(0xC1, HELLO)).isNull(); // §7.2.3.1
        assertThat(feed(0xC1, hex("f200110000"))).isNull(); // §7.2.3.2: "Hello" again, from the window
        assertThat(feed(0xC1, hex("000500faff48656c6c6f00"))).isNull(); // §7.2.3.3: no compression
        assertThat(feed(0xC1, hex("f348cdc9c9070000"))).isNull(); // §7.2.3.4: BFINAL
        assertThat(feed(0xC1, hex("f248050000 00ffffcac9c90700".replace(" ", ""))))
                .isNull(); // §7.2.3.5: two blocks
        assertThat(sink.heard).hasSize(5).containsOnly("text Hello");
    }

    @Test
    void anEmptyMessage() {
        assertThat(feed(0xC1, hex("00"))).isNull(); // §7.2.3.6
        assertThat(feed(0xC2, hex("0200"))).isNull();
        assertThat(sink.heard).containsExactly("text ", "binary ");
    }

    @Test
    void aMessageInFragmentsAndByteByByte() {
        byte[] message = "Grüße an alle ".repeat(500).getBytes(UTF_8);
        byte[] whole = raw(message);
        byte[] wire = DeflateStream.concat(
                frame(0x41, Arrays.copyOfRange(whole, 0, 7)),
                frame(0x00, new byte[0]),
                frame(0x89, "!".getBytes(UTF_8)),
                frame(0x00, Arrays.copyOfRange(whole, 7, 8)),
                frame(0x80, Arrays.copyOfRange(whole, 8, whole.length)));
        assertThat(decoder.decode(Unpooled.wrappedBuffer(wire.clone()))).isNull();
        for (byte octet : wire) {
            assertThat(decoder.decode(Unpooled.wrappedBuffer(new byte[] {octet})))
                    .isNull();
        }
        String text = "text " + new String(message, UTF_8);
        assertThat(sink.heard).containsExactly("ping 21", text, "ping 21", text);
        assertThat(decoder.payloadBytes()).isEqualTo(2L * whole.length);
    }

    @Test
    void compressedAndOtherMessagesTakeTurns() {
        assertThat(feed(0xC1, HELLO)).isNull();
        assertThat(feed(0x81, "plain".getBytes(UTF_8))).isNull();
        assertThat(feed(0xC1, hex("f200110000"))).isNull(); // what was not compressed is not in the window (§6)
        assertThat(sink.heard).containsExactly("text Hello", "text plain", "text Hello");
    }

    @ParameterizedTest
    @ValueSource(ints = {0xC9, 0xCA, 0xC8, 0xA1, 0x91, 0xE1, 0xF2})
    @DisplayName("RFC 7692 §6: RSV1 on a control frame, and other reserved bits")
    void reservedBitsWhereTheyMayNotBe(int firstByte) {
        assertRefused(feed(firstByte, new byte[0]), CloseCode.PROTOCOL_ERROR);
    }

    @Test
    @DisplayName("RFC 7692 §6.1: only the first fragment says that a message is compressed")
    void aContinuationWithTheBitIsRefused() {
        assertThat(feed(0x41, Arrays.copyOf(HELLO, 3))).isNull();
        assertRefused(feed(0xC0, Arrays.copyOfRange(HELLO, 3, HELLO.length)), CloseCode.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // nothing is no DEFLATE data
                "f248cdc9c9", // cut off
                "f248cdc9c907", // without the last block's header
                "f248cdc9c9070000", // one byte too many
                "f348cdc9c907", // final, and nothing behind it
                "ff", // a block of no type
                "0605", // codes that cannot be
                "f200110000", // refers to what never came
                "000500faff48656c6c", // a stored block that is cut off
                "000500fafe48656c6c6f00" // lengths that differ
            })
    void whatIsNotDeflateDataIsRefused(String payload) {
        assertRefused(feed(0xC2, hex(payload)), CloseCode.INVALID_PAYLOAD);
        assertThat(sink.heard).isEmpty();
        assertThat(counters.corrupt()).isEqualTo(1);
    }

    @Test
    void everyMessageThatIsCutOffIsRefused() {
        byte[] whole = raw("a message of some length, a message of some length indeed".getBytes(UTF_8));
        for (int length = 0; length < whole.length; length++) {
            agree(DeflateSettings.Mode.SHARED, "permessage-deflate", LIMIT);
            assertRefused(feed(0xC1, Arrays.copyOf(whole, length)), CloseCode.INVALID_PAYLOAD);
        }
        assertThat(sink.heard).isEmpty();
    }

    @Test
    void textThatIsNotUtf8IsRefusedWhereverItBreaks() {
        byte[] good = "x".repeat(5000).getBytes(UTF_8);
        for (String bad : List.of("ff", "c3", "eda080", "f4908080", "e282")) {
            agree(DeflateSettings.Mode.SHARED, "permessage-deflate", LIMIT);
            assertRefused(feed(0xC1, raw(DeflateStream.concat(good, hex(bad)))), CloseCode.INVALID_PAYLOAD);
            agree(DeflateSettings.Mode.SHARED, "permessage-deflate", LIMIT);
            assertThat(feed(0xC2, raw(DeflateStream.concat(good, hex(bad))))).isNull();
        }
        assertThat(sink.heard).hasSize(5).allMatch(line -> line.startsWith("binary "));
    }

    @ParameterizedTest
    @CsvSource({"1000,1000", "1000,1001", "4096,4096", "4096,4097", "65536,65536", "65536,65537"})
    void theLimitHoldsForWhatComesOut(int limit, int bytes) {
        agree(DeflateSettings.Mode.SHARED, "permessage-deflate", limit);
        Refusal refusal = feed(0xC2, raw(new byte[bytes]));
        if (bytes <= limit) {
            assertThat(refusal).isNull();
            assertThat(sink.heard).hasSize(1);
        } else {
            assertRefused(refusal, CloseCode.MESSAGE_TOO_BIG);
            assertThat(counters.tooLarge()).isEqualTo(1);
        }
    }

    @Test
    void aBombTakesNoMoreMemoryThanTheLimit() {
        PeakAllocator peak = new PeakAllocator();
        int limit = 100_000;
        byte[] bomb = raw(new byte[50_000_000]);
        assertThat(bomb.length).isLessThan(limit);
        FrameDecoder small = new FrameDecoder(FrameDecoder.Role.SERVER, limit, peak, sink, null, deflate);
        assertRefused(small.decode(Unpooled.wrappedBuffer(frame(0xC2, bomb))), CloseCode.MESSAGE_TOO_BIG);
        assertThat(peak.largest).isLessThanOrEqualTo(limit);
        assertThat(peak.metric().usedHeapMemory()).isZero();
    }

    @Test
    void aBombOfRubbishEndsWhereItIsNoText() {
        byte[] rubbish = new byte[500_000];
        Arrays.fill(rubbish, (byte) 0xFF);
        PeakAllocator peak = new PeakAllocator();
        FrameDecoder text = new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, peak, sink, null, deflate);
        assertRefused(text.decode(Unpooled.wrappedBuffer(frame(0xC1, raw(rubbish)))), CloseCode.INVALID_PAYLOAD);
        assertThat(peak.largest).isLessThan(20_000);
    }

    @Test
    void whatDoesNotDeflateMayBeAsLargeAsTheLimit() {
        byte[] random = new byte[100_000];
        new java.util.Random(1).nextBytes(random);
        byte[] stored = raw(random);
        assertThat(stored.length).isGreaterThan(random.length);
        agree(DeflateSettings.Mode.SHARED, "permessage-deflate", random.length);
        assertThat(feed(0xC2, stored)).isNull();
        assertThat(sink.heard).containsExactly("binary " + ByteBufUtil.hexDump(random));
    }

    @Test
    void aDeclaredLengthFarAboveTheLimitIsRefusedBeforeItComes() {
        assertRefused(decoder.decode(Unpooled.wrappedBuffer(hex("c2ff0000000000200000"))), CloseCode.MESSAGE_TOO_BIG);
    }

    @Test
    void finalBlocksMayComeManyTimesButNotForEver() {
        Deflater by = new Deflater(6, true);
        byte[] one = deflated(by, "once more ".getBytes(UTF_8), Deflater.NO_FLUSH);
        by.finish();
        byte[] rest = new byte[100];
        one = DeflateStream.concat(one, Arrays.copyOf(rest, by.deflate(rest)));
        by.end();
        byte[][] parts = new byte[101][];
        Arrays.fill(parts, one);
        parts[100] = hex("00");
        assertThat(feed(0xC1, DeflateStream.concat(parts))).isNull();
        assertThat(sink.heard).containsExactly("text " + "once more ".repeat(100));

        byte[] endless = new byte[20_000];
        for (int i = 0; i < endless.length; i += 2) {
            endless[i] = 3; // an empty final block
        }
        assertRefused(feed(0xC1, endless), CloseCode.INVALID_PAYLOAD);
    }

    @Test
    void whatFollowsAFinalBlockMayReferToWhatCameBeforeIt() {
        byte[] wire = DeflateStream.concat(hex("f348cdc9c90700"), hex("f200110000"));
        assertThat(feed(0xC1, wire)).isNull();
        assertThat(feed(0xC1, DeflateStream.concat(hex("f348cdc9c90700"), hex("00"))))
                .isNull();
        assertThat(feed(0xC1, hex("f200110000"))).isNull();
        assertThat(sink.heard).containsExactly("text HelloHello", "text Hello", "text Hello");
    }

    @Test
    void withoutTakeoverNothingIsKept() {
        agree(DeflateSettings.Mode.SHARED, "permessage-deflate", LIMIT);
        assertThat(feed(0xC1, HELLO)).isNull();
        assertRefused(feed(0xC1, hex("f200110000")), CloseCode.INVALID_PAYLOAD);
    }

    @ParameterizedTest
    @CsvSource({"8", "9", "10", "11", "12", "13", "14", "15"})
    void noReferenceReachesFurtherBackThanTheWindow(int bits) {
        SplittableRandom random = Seed.forProperty("windows");
        for (DeflateSettings.Mode mode : List.of(DeflateSettings.Mode.SHARED, DeflateSettings.Mode.DEDICATED)) {
            agree(mode, "permessage-deflate; server_max_window_bits=" + bits, LIMIT);
            DeflateStream one = new DeflateStream();
            for (int round = 0; round < 60; round++) {
                byte[] message = someMessage(random);
                byte[] frame = deflate.frame(Opcode.BINARY, message);
                byte[] payload =
                        Arrays.copyOfRange(frame, frame.length - FrameEncoder.payloadBytes(frame), frame.length);
                if (FrameEncoder.isDeflated(frame)) {
                    assertThat(payload.length).isLessThan(message.length);
                    assertThat(one.message(payload)).as(Seed.hint(round)).isEqualTo(message);
                } else {
                    assertThat(payload).as(Seed.hint(round)).isEqualTo(message);
                }
            }
            assertThat(one.farthest()).isPositive().isLessThanOrEqualTo(1 << bits);
        }
    }

    @Test
    void contextMakesTheNextMessageSmaller() {
        byte[] message = "{\"order\":17,\"state\":\"paid\",\"customer\":\"ada\",\"total\":\"12.50\"}".getBytes(UTF_8);
        int first = deflate.frame(Opcode.TEXT, message).length;
        int second = deflate.frame(Opcode.TEXT, message).length;
        assertThat(second).isLessThan(first / 3);
    }

    @Test
    void whatGainsNothingGoesAsItIsAndIsNoContext() {
        byte[] random = new byte[600];
        new java.util.Random(2).nextBytes(random);
        assertThat(FrameEncoder.isDeflated(deflate.frame(Opcode.BINARY, random)))
                .isFalse();
        assertThat(FrameEncoder.isDeflated(deflate.frame(Opcode.BINARY, random)))
                .as("the peer's window does not have it")
                .isFalse();
        assertThat(FrameEncoder.isDeflated(deflate.frame(Opcode.BINARY, new byte[0])))
                .isFalse();
    }

    @Test
    void aConnectionHoldsNoMoreContextThanItsBound() {
        for (int i = 0; i < 50; i++) {
            byte[] message = ("message " + i).repeat(100).getBytes(UTF_8);
            deflate.frame(Opcode.TEXT, message);
            assertThat(feed(0xC1, raw(message))).isNull();
        }
        assertThat(counters.contextBytes()).isEqualTo(2 * 4096);
    }

    @Test
    void whatTheServerDeflatesAClientReads() {
        SplittableRandom random = Seed.forProperty("both ends");
        DeflateCounters own = new DeflateCounters();
        LoopDeflate other = new LoopDeflate(DeflateSettings.OFF.with(DeflateSettings.Mode.DEDICATED), own);
        try (DeflatedMessages client = Objects.requireNonNull(other.agree(
                Objects.requireNonNull(ExtensionOffer.read(List.of("permessage-deflate; client_max_window_bits")))))) {
            FrameDecoder reader = new FrameDecoder(FrameDecoder.Role.CLIENT, LIMIT, allocator, sink, null, client);
            for (int round = 0; round < 200; round++) {
                byte[] message = someMessage(random);
                sink.heard.clear();
                assertThat(reader.decode(Unpooled.wrappedBuffer(deflate.frame(Opcode.BINARY, message))))
                        .as(Seed.hint(round))
                        .isNull();
                assertThat(sink.heard).as(Seed.hint(round)).containsExactly("binary " + ByteBufUtil.hexDump(message));
            }
        }
    }

    /** Words from a small stock, so that there is much to refer to, near and far; now and then noise. */
    private static byte[] someMessage(SplittableRandom random) {
        int length = switch (random.nextInt(4)) {
            case 0 -> random.nextInt(20);
            case 1 -> random.nextInt(600);
            case 2 -> random.nextInt(5_000);
            default -> random.nextInt(40_000);
        };
        byte[] message = new byte[length];
        SplittableRandom stock = new SplittableRandom(random.nextInt(3));
        int noise = random.nextInt(100);
        for (int i = 0; i < length; i++) {
            message[i] = (byte) (random.nextInt(100) < noise / 10 ? random.nextInt() : stock.nextInt(6));
        }
        return message;
    }

    /** Tells the largest buffer that there was. */
    private static final class PeakAllocator extends io.netty.buffer.AbstractByteBufAllocator {
        private final UnpooledByteBufAllocator real = new UnpooledByteBufAllocator(false);
        int largest;

        io.netty.buffer.ByteBufAllocatorMetric metric() {
            return real.metric();
        }

        @Override
        protected io.netty.buffer.ByteBuf newHeapBuffer(int initial, int max) {
            largest = Math.max(largest, initial);
            return new io.netty.buffer.UnpooledHeapByteBuf(this, initial, max) {
                @Override
                protected byte[] allocateArray(int capacity) {
                    largest = Math.max(largest, capacity);
                    return super.allocateArray(capacity);
                }
            };
        }

        @Override
        protected io.netty.buffer.ByteBuf newDirectBuffer(int initial, int max) {
            return newHeapBuffer(initial, max);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }
}
