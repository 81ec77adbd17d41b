package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int LIMIT = 1 << 20;
    private static final int KEY = 0x37FA213D;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final RecordingSink sink = new RecordingSink();
    private final FrameDecoder decoder = new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, allocator, sink, null);

    @AfterEach
    void nothingIsKeptBehindTheEnd() {
        decoder.dispose();
        assertThat(decoder.keptBytes()).isZero();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Nested
    @DisplayName("RFC 6455 §5.2, base framing")
    class BaseFraming {
        @Test
        void aTextMessage() {
            assertThat(feed("818537fa213d7f9f4d5158")).isNull();
            assertThat(sink.heard).containsExactly("text Hello");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 125, 126, 127, 128, 65535, 65536, 100_000})
        void everyLengthFormWholeAndByteByByte(int length) {
            byte[] payload = "x".repeat(length).getBytes(UTF_8);
            byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, payload, KEY);
            assertThat(feed(frame)).isNull();
            assertThat(feedByteByByte(frame)).isNull();
            String expected = "text " + "x".repeat(length);
            assertThat(sink.heard).containsExactly(expected, expected);
            assertThat(decoder.frames()).isEqualTo(2);
            assertThat(decoder.payloadBytes()).isEqualTo(2L * length);
        }

        @ParameterizedTest
        @ValueSource(strings = {"c1", "a1", "91", "f1", "c9", "c0"})
        void reservedBitsAreRefusedWithTheFirstByte(String first) {
            assertRefused(feed(first), 1002, "reserved bits");
        }

        @ParameterizedTest
        @ValueSource(strings = {"83", "84", "85", "86", "87", "8b", "8c", "8d", "8e", "8f", "03", "0b"})
        void reservedOpcodesAreRefusedWithTheFirstByte(String first) {
            assertRefused(feed(first), 1002, "opcode");
        }

        @ParameterizedTest
        @ValueSource(strings = {"8100", "817e", "8900", "8800", "8205"})
        @DisplayName("RFC 6455 §5.1: a client masks")
        void anUnmaskedFrameFromAClientIsRefusedWithTheSecondByte(String bytes) {
            assertRefused(feed(bytes), 1002, "not masked");
        }

        @ParameterizedTest
        @CsvSource({"82fe007d", "82fe0000", "82ff000000000000ffff", "82ff0000000000000001"})
        void aLengthThatIsNotInItsShortestFormIsRefused(String bytes) {
            assertRefused(feed(bytes), 1002, "shortest");
        }

        @Test
        void aLengthWithItsTopBitIsRefused() {
            assertRefused(feed("82ff8000000000000000"), 1002, "63 bits");
        }
    }

    @Nested
    @DisplayName("RFC 6455 §5.1, the other direction: frames of a server")
    class FromAServer {
        private final FrameDecoder client = new FrameDecoder(FrameDecoder.Role.CLIENT, LIMIT, allocator, sink, null);

        @Test
        void unmaskedFramesAreRead() {
            byte[] euro = FrameEncoder.textFrame("€uro and more than eight bytes".getBytes(UTF_8));
            assertThat(client.decode(Unpooled.wrappedBuffer(euro))).isNull();
            assertThat(client.decode(bytes("8900"))).isNull();
            assertThat(sink.heard).containsExactly("text €uro and more than eight bytes", "ping ");
        }

        @Test
        void aMaskedFrameIsRefused() {
            assertRefused(client.decode(bytes("8180")), 1002, "is masked");
        }
    }

    @Nested
    @DisplayName("RFC 6455 §5.4, fragmentation")
    class Fragmentation {
        @Test
        void fragmentsMakeOneMessageWithControlFramesBetween() {
            assertThat(feed(frame(Opcode.TEXT, false, "one "))).isNull();
            assertThat(feed(frame(Opcode.PING, true, "p"))).isNull();
            assertThat(feed(frame(Opcode.CONTINUATION, false, "two "))).isNull();
            assertThat(feed(frame(Opcode.PONG, true, ""))).isNull();
            assertThat(feed(frame(Opcode.CONTINUATION, true, "three"))).isNull();
            assertThat(feed(frame(Opcode.TEXT, true, "next"))).isNull();
            assertThat(sink.heard).containsExactly("ping 70", "pong ", "text one two three", "text next");
        }

        @Test
        void emptyFragmentsAreFragments() {
            feed(frame(Opcode.TEXT, false, ""));
            feed(frame(Opcode.CONTINUATION, false, ""));
            feed(frame(Opcode.CONTINUATION, true, ""));
            feed(frame(Opcode.BINARY, false, ""));
            feed(frame(Opcode.CONTINUATION, true, "x"));
            feed(frame(Opcode.BINARY, false, "y"));
            assertThat(feed(frame(Opcode.CONTINUATION, true, ""))).isNull();
            assertThat(sink.heard).containsExactly("text ", "binary 78", "binary 79");
        }

        @Test
        void aContinuationOfNothingIsRefusedWithItsFirstByte() {
            assertRefused(feed("80"), 1002, "continuation");
        }

        @Test
        void aContinuationAfterTheLastFragmentIsRefused() {
            feed(frame(Opcode.TEXT, false, "a"));
            feed(frame(Opcode.CONTINUATION, true, "b"));
            assertRefused(feed("00"), 1002, "continuation");
        }

        @ParameterizedTest
        @ValueSource(strings = {"81", "01", "82", "02"})
        void aNewMessageInsideAFragmentedOneIsRefusedWithItsFirstByte(String first) {
            feed(frame(Opcode.BINARY, false, ""));
            assertRefused(feed(first), 1002, "inside");
        }

        @ParameterizedTest
        @ValueSource(ints = {65_536, 300_000})
        void manyTinyFragmentsAreLinearAndKeepNoMoreThanTwiceTheirBytes(int fragments) {
            ByteBuf in = Unpooled.buffer();
            byte[] tiny = frame(Opcode.CONTINUATION, false, "x");
            in.writeBytes(frame(Opcode.TEXT, false, "x"));
            for (int i = 2; i < fragments; i++) {
                in.writeBytes(tiny);
            }
            assertThat(decoder.decode(in)).isNull();
            assertThat(decoder.keptBytes()).isLessThanOrEqualTo(2 * fragments);
            assertThat(feed(frame(Opcode.CONTINUATION, true, "x"))).isNull();
            assertThat(sink.heard).containsExactly("text " + "x".repeat(fragments));
            assertThat(decoder.frames()).isEqualTo(fragments);
        }

        @Test
        void keepingFragmentsCopiesWhatWasKeptAFewTimesOnly() {
            feed(frame(Opcode.BINARY, false, "x"));
            byte[] tiny = frame(Opcode.CONTINUATION, false, "x");
            int growths = 0;
            for (int i = 0; i < 65_536; i++) {
                int before = decoder.keptBytes();
                feed(tiny);
                growths += decoder.keptBytes() == before ? 0 : 1;
            }
            assertThat(growths).isLessThan(12);
        }

        @Test
        void fragmentsWithoutBytesKeepNothingHoweverMany() {
            feed(frame(Opcode.BINARY, false, ""));
            byte[] empty = frame(Opcode.CONTINUATION, false, "");
            for (int i = 0; i < 100_000; i++) {
                feed(empty);
            }
            assertThat(decoder.keptBytes()).isZero();
        }
    }

    @Nested
    @DisplayName("RFC 6455 §5.5, control frames")
    class ControlFrames {
        @Test
        void upTo125Bytes() {
            feed(frame(Opcode.PING, true, "x".repeat(125)));
            feedByteByByte(frame(Opcode.PONG, true, "x".repeat(125)));
            assertThat(sink.heard).containsExactly("ping " + "78".repeat(125), "pong " + "78".repeat(125));
        }

        @ParameterizedTest
        @ValueSource(strings = {"89fe", "8aff", "88fe"})
        void longerOnesAreRefusedWithTheSecondByte(String bytes) {
            assertRefused(feed(bytes), 1002, "125");
        }

        @ParameterizedTest
        @ValueSource(strings = {"08", "09", "0a"})
        void fragmentedOnesAreRefusedWithTheFirstByte(String first) {
            assertRefused(feed(first), 1002, "fragmented");
        }

        @Test
        void aPingSplitOverReadsBetweenFragmentsLeavesTheMessageAlone() {
            feed(frame(Opcode.TEXT, false, "€"));
            feedByteByByte(frame(Opcode.PING, true, "abcdefghijkl"));
            feedByteByByte(frame(Opcode.CONTINUATION, true, "!"));
            assertThat(sink.heard).containsExactly("ping 6162636465666768696a6b6c", "text €!");
        }
    }

    @Nested
    @DisplayName("RFC 6455 §5.5.1 and §7.4, close frames")
    class CloseFrames {
        @Test
        void withoutACode() {
            assertThat(feed(frame(Opcode.CLOSE, true, ""))).isNull();
            assertThat(sink.heard).containsExactly("close 1005 ");
        }

        @Test
        void ofOneByteIsRefusedWithTheSecondByte() {
            assertRefused(feed("8881"), 1002, "one byte");
        }

        @ParameterizedTest
        @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
        void codesOfTheRegistryPass(int code) {
            assertThat(feed(close(code, "because €".getBytes(UTF_8)))).isNull();
            assertThat(sink.heard).containsExactly("close " + code + " because €");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
        void othersAreRefused(int code) {
            assertRefused(feed(close(code, new byte[0])), 1002, "close code");
        }

        @ParameterizedTest
        @ValueSource(strings = {"ff", "c3", "61c0af", "eda080"})
        void aReasonThatIsNotUtf8IsRefused(String reason) {
            assertRefused(feed(close(1000, ByteBufUtil.decodeHexDump(reason))), 1007, "reason");
        }

        @Test
        void whatFollowsIsIgnored() {
            feed(frame(Opcode.CLOSE, true, ""));
            assertThat(feed("ffffffff")).isNull();
            assertThat(feed(frame(Opcode.TEXT, true, "late"))).isNull();
            assertThat(sink.heard).containsExactly("close 1005 ");
        }

        @Test
        void inTheMiddleOfAMessageReleasesIt() {
            feed(frame(Opcode.TEXT, false, "begun"));
            feedByteByByte(close(1001, "gone".getBytes(UTF_8)));
            assertThat(sink.heard).containsExactly("close 1001 gone");
            assertThat(decoder.keptBytes()).isZero();
        }
    }

    @Nested
    @DisplayName("RFC 6455 §8.1, text is UTF-8")
    class Text {
        @Test
        void codePointsMayBeSplitAnywhere() {
            byte[] text = "κόσμε 𝄞 € und so weiter".getBytes(UTF_8);
            for (int cut = 0; cut <= text.length; cut++) {
                feed(FrameEncoder.maskedFrame(Opcode.TEXT, false, Arrays.copyOf(text, cut), KEY));
                feed(frame(Opcode.PING, true, "\u00ff"));
                feed(FrameEncoder.maskedFrame(
                        Opcode.CONTINUATION, true, Arrays.copyOfRange(text, cut, text.length), ~KEY));
            }
            assertThat(sink.heard.stream().filter(line -> line.startsWith("text")))
                    .hasSize(text.length + 1)
                    .containsOnly("text κόσμε 𝄞 € und so weiter");
        }

        @ParameterizedTest
        @ValueSource(strings = {"ff", "c080", "eda0", "f490", "41ff", "e28241", "4142434445464748ff"})
        void aBadByteIsRefusedBeforeTheRestArrives(String payload) {
            byte[] bad = ByteBufUtil.decodeHexDump(payload);
            byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, false, Arrays.copyOf(bad, bad.length + 1000), KEY);
            byte[] begun = Arrays.copyOf(frame, frame.length - 1000);
            assertRefused(feed(begun), 1007, "UTF-8");
        }

        @Test
        void aCodePointThatTheMessageEndsInIsRefused() {
            feed(FrameEncoder.maskedFrame(Opcode.TEXT, false, new byte[] {'a', (byte) 0xE2}, KEY));
            assertRefused(
                    feed(FrameEncoder.maskedFrame(Opcode.CONTINUATION, true, new byte[] {(byte) 0x82}, KEY)),
                    1007,
                    "UTF-8");
        }

        @Test
        void oneMessagesEndIsNotTheNextOnesBeginning() {
            feed(FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[] {(byte) 0xE2}, KEY));
            assertThat(feed(frame(Opcode.TEXT, true, "a"))).isNull();
            assertThat(sink.heard).containsExactly("binary e2", "text a");
        }

        @Test
        void binaryIsNotChecked() {
            assertThat(feed(FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[] {-1, -1}, KEY)))
                    .isNull();
        }
    }

    @Nested
    class Limits {
        @Test
        void exactlyTheLimitPasses() {
            byte[] payload = new byte[LIMIT];
            assertThat(feed(FrameEncoder.maskedFrame(Opcode.BINARY, true, payload, KEY)))
                    .isNull();
            feed(FrameEncoder.maskedFrame(Opcode.BINARY, false, new byte[LIMIT - 1], KEY));
            assertThat(feed(FrameEncoder.maskedFrame(Opcode.CONTINUATION, true, new byte[1], KEY)))
                    .isNull();
            assertThat(sink.heard).hasSize(2).allMatch(line -> line.length() == 7 + 2 * LIMIT);
        }

        @ParameterizedTest
        @ValueSource(strings = {"82ff0000000000100001", "82ff7fffffffffffffff", "01ff0000000080000000"})
        void aDeclaredLengthAboveItIsRefusedBeforeTheKeyIsRead(String bytes) {
            assertRefused(feed(bytes), 1009, "1048576");
            assertThat(decoder.keptBytes()).isZero();
        }

        @Test
        void theTotalOfAFragmentedMessageIsHeldAgainstIt() {
            feed(FrameEncoder.maskedFrame(Opcode.BINARY, false, new byte[LIMIT], KEY));
            feed(FrameEncoder.maskedFrame(Opcode.CONTINUATION, false, new byte[0], KEY));
            assertRefused(feed("0081"), 1009, "1048576");
            assertThat(decoder.keptBytes()).isZero();
        }

        @Test
        void whoDeclaresMuchAndSendsLittleHoldsLittle() {
            byte[] frame = FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[LIMIT], KEY);
            feed(Arrays.copyOf(frame, 14 + 10));
            assertThat(decoder.keptBytes()).isLessThanOrEqualTo(256);
        }
    }

    @Nested
    class Memory {
        @Test
        void aHeaderInPiecesKeepsNoBuffer() {
            for (byte one : ByteBufUtil.decodeHexDump("82ff000000000001000037fa213d")) {
                feed(new byte[] {one});
                assertThat(decoder.keptBytes()).isZero();
            }
        }

        @Test
        void aWholeMessageIsASliceOfTheRead() {
            ByteBuf in = Unpooled.wrappedBuffer(frame(Opcode.TEXT, true, "slice"));
            List<@Nullable ByteBuf> parents = new ArrayList<>();
            RecordingSink asking = new RecordingSink() {
                @Override
                public void onText(ByteBuf payload) {
                    parents.add(payload.unwrap());
                }
            };
            new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, allocator, asking, null).decode(in);
            assertThat(parents).hasSize(1);
            assertThat(Objects.requireNonNull(parents.getFirst())).isSameAs(in);
        }

        @Test
        void buffersThatCannotBeUnmaskedInPlaceAreCopied() {
            byte[] frame = frame(Opcode.TEXT, true, "a longer text than eight bytes");
            decoder.decode(Unpooled.wrappedBuffer(frame.clone()).asReadOnly());
            CompositeByteBuf parts = Unpooled.compositeBuffer();
            for (byte one : frame) {
                parts.addComponent(true, Unpooled.wrappedBuffer(new byte[] {one}));
            }
            decoder.decode(parts);
            ByteBuf direct = Unpooled.directBuffer().writeBytes(frame);
            decoder.decode(direct);
            direct.release();
            decoder.decode(Unpooled.wrappedBuffer(new byte[3], frame.clone()).skipBytes(3));
            assertThat(sink.heard).hasSize(4).containsOnly("text a longer text than eight bytes");
        }

        @Test
        void aRefusalReleasesWhatWasKept() {
            feed(frame(Opcode.TEXT, false, "kept"));
            assertThat(decoder.keptBytes()).isPositive();
            assertRefused(feed("81"), 1002, "inside");
            assertThat(decoder.keptBytes()).isZero();
        }

        @Test
        void aSinkThatThrowsLeavesNothingBehind() {
            RecordingSink throwing = new RecordingSink() {
                @Override
                public void onText(ByteBuf payload) {
                    throw new IllegalStateException();
                }
            };
            FrameDecoder failing = new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, allocator, throwing, null);
            failing.decode(Unpooled.wrappedBuffer(frame(Opcode.TEXT, false, "a")));
            assertThatIllegalStateException()
                    .isThrownBy(() -> failing.decode(Unpooled.wrappedBuffer(frame(Opcode.CONTINUATION, true, "b"))));
            failing.dispose();
            assertThat(allocator.metric().usedHeapMemory()).isZero();
        }
    }

    @Test
    void aRefusalIsFinal() {
        Refusal first = feed("ff");
        assertThat(feed(frame(Opcode.TEXT, true, "fine"))).isSameAs(first);
        assertThat(sink.heard).isEmpty();
    }

    @Test
    void anObserverSeesEachFrameWithItsBytes() {
        List<String> seen = new ArrayList<>();
        FrameDecoder watched = new FrameDecoder(
                FrameDecoder.Role.SERVER,
                LIMIT,
                allocator,
                sink,
                (direction, header, key, payload, at) -> seen.add(direction + " " + ByteBufUtil.hexDump(header) + " "
                        + Integer.toHexString(key) + " " + payload.toString(UTF_8)));
        ByteBuf in = Unpooled.buffer();
        in.writeBytes(frame(Opcode.TEXT, true, "whole"));
        in.writeBytes(frame(Opcode.TEXT, false, "first "));
        in.writeBytes(frame(Opcode.PING, true, "ping"));
        watched.decode(in);
        for (byte one : frame(Opcode.CONTINUATION, false, "second ")) {
            watched.decode(Unpooled.wrappedBuffer(new byte[] {one}));
        }
        for (byte one : frame(Opcode.PONG, true, "pong")) {
            watched.decode(Unpooled.wrappedBuffer(new byte[] {one}));
        }
        watched.decode(Unpooled.wrappedBuffer(frame(Opcode.CONTINUATION, true, "")));
        assertThat(seen)
                .containsExactly(
                        "IN 818537fa213d 37fa213d whole",
                        "IN 018637fa213d 37fa213d first ",
                        "IN 898437fa213d 37fa213d ping",
                        "IN 008737fa213d 37fa213d second ",
                        "IN 8a8437fa213d 37fa213d pong",
                        "IN 808037fa213d 37fa213d ");
        assertThat(sink.heard).containsExactly("text whole", "ping 70696e67", "pong 706f6e67", "text first second ");
    }

    private @Nullable Refusal feed(String hex) {
        return decoder.decode(bytes(hex));
    }

    private @Nullable Refusal feed(byte[] bytes) {
        return decoder.decode(Unpooled.wrappedBuffer(bytes.clone()));
    }

    private @Nullable Refusal feedByteByByte(byte[] bytes) {
        Refusal refusal = null;
        for (byte one : bytes) {
            refusal = feed(new byte[] {one});
        }
        return refusal;
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }

    private static byte[] frame(Opcode opcode, boolean fin, String payload) {
        return FrameEncoder.maskedFrame(opcode, fin, payload.getBytes(UTF_8), KEY);
    }

    private static byte[] close(int code, byte[] reason) {
        byte[] payload = new byte[2 + reason.length];
        payload[0] = (byte) (code >>> 8);
        payload[1] = (byte) code;
        System.arraycopy(reason, 0, payload, 2, reason.length);
        return FrameEncoder.maskedFrame(Opcode.CLOSE, true, payload, KEY);
    }

    private static void assertRefused(@Nullable Refusal refusal, int code, String reason) {
        assertThat(refusal).isNotNull();
        assertThat(Objects.requireNonNull(refusal).code()).isEqualTo(code);
        assertThat(refusal.reason()).contains(reason);
        assertThat(CloseCode.reasonBytes(refusal.reason())).hasSizeLessThan(CloseCode.REASON_BYTES_MAX);
    }
}
