package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class WebSocketHandlerTest {
    private static final int KEY = 0x37FA213D;
    private static final WebSocketLimits LIMITS = new WebSocketLimits(1000, Duration.ofSeconds(5));

    private final RecordingListener listener = new RecordingListener();
    private final Flushes flushes = new Flushes();
    private final EmbeddedChannel socket = new EmbeddedChannel(flushes, new WebSocketHandler(LIMITS, listener));

    @AfterEach
    void everyConnectionEndsOnce() {
        socket.finishAndReleaseAll();
        assertThat(listener.heard.stream().filter(line -> line.startsWith("closed")))
                .hasSize(1);
        assertThat(listener.heard.getLast()).startsWith("closed");
    }

    @Test
    void messagesAreHeardInOrder() {
        receive(Opcode.TEXT, "hello");
        receive(Opcode.BINARY, "\u0001\u0002");
        receive(Opcode.PONG, "p");
        assertThat(listener.heard).containsExactly("open", "text hello", "binary 0102", "pong p");
        assertThat(listener.connection().isOpen()).isTrue();
    }

    @Test
    void whatTheHttpCodecStillHadToTellIsDropped() {
        socket.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(listener.heard).containsExactly("open");
    }

    @Nested
    class Sending {
        @Test
        void eachKindOfMessageIsOneUnmaskedFrame() {
            assertThat(listener.connection().sendText("hi".getBytes(UTF_8))).isTrue();
            assertThat(listener.connection().sendBinary(new byte[] {7})).isTrue();
            assertThat(listener.connection().ping("p".getBytes(UTF_8))).isTrue();
            assertThat(listener.connection().write(Unpooled.wrappedBuffer(FrameEncoder.textFrame(new byte[] {65}))))
                    .isTrue();
            listener.connection().flush();
            assertThat(sent()).isEqualTo("81026869" + "820107" + "890170" + "810141");
        }

        @Test
        void nothingIsFlushedByItselfOutsideARead() {
            listener.connection().sendText(new byte[0]);
            assertThat(flushes.count).isZero();
            listener.connection().flush();
            listener.connection().flush();
            assertThat(flushes.count).isEqualTo(1);
        }

        @Test
        void aPingOfMoreThan125BytesIsAMistakeOfTheCaller() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> listener.connection().ping(new byte[126]));
        }

        @Test
        void afterCloseNothingIsSentAndFramesAreReleased() {
            listener.connection().close(1000, "");
            sent();
            ByteBuf frames = Unpooled.wrappedBuffer(FrameEncoder.textFrame(new byte[1]));
            assertThat(listener.connection().sendText(new byte[1])).isFalse();
            assertThat(listener.connection().ping(new byte[1])).isFalse();
            assertThat(listener.connection().write(frames)).isFalse();
            assertThat(frames.refCnt()).isZero();
            assertThat(sent()).isEmpty();
        }
    }

    @Nested
    class Counting {
        @Test
        void framingAndPayloadAreToldApart() {
            receive(Opcode.TEXT, "12345");
            receive(Opcode.PING, "abc");
            WebSocketConnection connection = listener.connection();
            assertThat(connection.inboundBytes()).isEqualTo(6 + 5 + 6 + 3);
            assertThat(connection.inboundPayloadBytes()).isEqualTo(5);
            assertThat(connection.inboundFrames()).isEqualTo(2);
            assertThat(connection.outboundBytes()).as("the pong").isEqualTo(5);
            assertThat(connection.outboundPayloadBytes()).isZero();

            ByteBuf two = Unpooled.buffer();
            two.writeBytes(FrameEncoder.binaryFrame(new byte[200]));
            two.writeBytes(FrameEncoder.frame(Opcode.PING, new byte[9]));
            two.writeBytes(FrameEncoder.binaryFrame(new byte[70_000]));
            connection.write(two);
            connection.sendText(new byte[10]);
            assertThat(connection.outboundPayloadBytes()).isEqualTo(200 + 70_000 + 10);
            assertThat(connection.outboundBytes()).isEqualTo(5 + 204 + 11 + 70_010 + 12);
        }

        @Test
        void bytesCountAsTheyComeAlsoWithinAFrame() {
            byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[100], KEY);
            socket.writeInbound(Unpooled.wrappedBuffer(frame, 0, 1));
            assertThat(listener.connection().inboundBytes()).isEqualTo(1);
            socket.writeInbound(Unpooled.wrappedBuffer(frame, 1, 20));
            assertThat(listener.connection().inboundBytes()).isEqualTo(21);
            assertThat(listener.connection().inboundFrames()).isZero();
        }
    }

    @Nested
    @DisplayName("RFC 6455 §5.5.2 and §5.5.3, ping and pong")
    class Pings {
        @Test
        void aPingIsAnsweredWithItsPayload() {
            receive(Opcode.PING, "abc");
            assertThat(sent()).isEqualTo("8a03616263");
            assertThat(listener.heard).containsExactly("open", "ping abc");
        }

        @Test
        void aPingIsAnsweredAlsoBetweenOurCloseAndThePeers() {
            listener.connection().close(1000, "");
            sent();
            receive(Opcode.PING, "x");
            assertThat(sent()).isEqualTo("8a0178");
        }

        @Test
        void aPeerThatPingsAndNeverReadsGetsOnlyTheNewestAnswerAndGrowsNothing() {
            becomeUnwritable();
            long before = listener.connection().outboundBytes();
            for (int i = 0; i < 10_000; i++) {
                receive(Opcode.PING, Integer.toString(i));
            }
            assertThat(listener.connection().outboundBytes()).isEqualTo(before);
            becomeWritable();
            assertThat(sent()).isEqualTo("8a04" + ByteBufUtil.hexDump("9999".getBytes(UTF_8)));
            assertThat(listener.heard).contains("writable false", "writable true");
        }

        @Test
        void anAnswerThatWaitsIsReleasedWithTheConnection() {
            becomeUnwritable();
            receive(Opcode.PING, "never answered");
            becomeWritableAfterClosing();
        }
    }

    @Nested
    class Flushing {
        @Test
        void repliesOfOneReadGoOutWithOneFlush() {
            ByteBuf read = Unpooled.buffer();
            for (int i = 0; i < 50; i++) {
                read.writeBytes(FrameEncoder.maskedFrame(Opcode.PING, true, new byte[0], KEY));
            }
            socket.writeInbound(read);
            assertThat(flushes.count).isEqualTo(1);
            assertThat(sent()).isEqualTo("8a00".repeat(50));
        }

        @Test
        void aReadWithoutRepliesFlushesNothing() {
            receive(Opcode.TEXT, "x");
            assertThat(flushes.count).isZero();
        }

        @Test
        void whatIsWrittenAtTheEndOfAReadGoesOutWithIt() {
            RecordingListener replying = new RecordingListener() {
                @Override
                public void onText(ByteBuf payload) {
                    connection().sendText("now".getBytes(UTF_8));
                    connection().flush();
                }

                @Override
                public void onReadComplete() {
                    connection().sendText("end".getBytes(UTF_8));
                    connection().flush();
                }
            };
            Flushes counted = new Flushes();
            EmbeddedChannel other = new EmbeddedChannel(counted, new WebSocketHandler(LIMITS, replying));
            other.writeInbound(Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[1], KEY)));
            assertThat(counted.count).isEqualTo(1);
            assertThat(sent(other)).isEqualTo("81036e6f77" + "8103656e64");
            other.finishAndReleaseAll();
        }
    }

    @Nested
    @DisplayName("RFC 6455 §7, closing by the peer")
    class ClosingByThePeer {
        @Test
        void itsCodeAndReasonAreEchoedAndTheServerClosesTheConnection() {
            receiveClose(1000, "User navigated away");
            assertThat(sent()).isEqualTo("881503e855736572206e61766967617465642061776179");
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard)
                    .containsExactly(
                            "open", "closing 1000 User navigated away", "closed 1000 User navigated away true");
        }

        @Test
        @DisplayName("RFC 6455 §7.1.5: without a code it is 1005, and the answer is empty")
        void withoutACodeTheAnswerHasNone() {
            receive(Opcode.CLOSE, "");
            assertThat(sent()).isEqualTo("8800");
            assertThat(listener.heard).containsExactly("open", "closing 1005 ", "closed 1005  true");
        }

        @Test
        void whatComesAfterItIsIgnored() {
            ByteBuf read = Unpooled.buffer();
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.CLOSE, true, new byte[0], KEY));
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[1], KEY));
            read.writeBytes(new byte[] {-1, -1, -1});
            socket.writeInbound(read);
            assertThat(sent()).isEqualTo("8800");
            assertThat(listener.heard).containsExactly("open", "closing 1005 ", "closed 1005  true");
        }

        @Test
        void aPeerThatDoesNotReadTheAnswerIsClosedAtTheLimitAndThatIsNotClean() {
            socket.freezeTime();
            flushes.held = true;
            receiveClose(1000, "");
            assertThat(socket.isOpen()).isTrue();
            socket.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
            socket.runScheduledPendingTasks();
            assertThat(socket.isOpen()).isTrue();
            socket.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            socket.runScheduledPendingTasks();
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard).endsWith("closed 1000  false");
        }
    }

    @Nested
    @DisplayName("RFC 6455 §7, closing by us")
    class ClosingByUs {
        @Test
        void thePeersAnswerEndsTheConnection() {
            listener.connection().close(4001, "enough");
            assertThat(sent()).isEqualTo("88080fa1656e6f756768");
            assertThat(socket.isOpen()).isTrue();
            assertThat(listener.connection().isOpen()).isFalse();
            receiveClose(4001, "");
            assertThat(sent()).isEmpty();
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard).containsExactly("open", "closing 4001 enough", "closed 4001  true");
        }

        @Test
        void onlyTheFirstCloseIsSent() {
            listener.connection().close(1000, "a");
            listener.connection().close(1001, "b");
            assertThat(sent()).isEqualTo("880303e861");
        }

        @Test
        void dataThatStillComesIsIgnored() {
            listener.connection().close(1000, "");
            receive(Opcode.TEXT, "late");
            receive(Opcode.PONG, "late");
            assertThat(listener.heard).containsExactly("open", "closing 1000 ");
        }

        @Test
        void aPeerThatDoesNotAnswerIsClosedAtTheLimit() {
            listener.connection().close(1001, "bye");
            socket.advanceTimeBy(5, TimeUnit.SECONDS);
            socket.runScheduledPendingTasks();
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard).containsExactly("open", "closing 1001 bye", "closed 1001 bye false");
        }

        @Test
        void bothAtOnceIsClean() {
            listener.connection().close(1001, "");
            receiveClose(1000, "me too");
            assertThat(sent()).isEqualTo("880203e9");
            assertThat(listener.heard).containsExactly("open", "closing 1001 ", "closed 1000 me too true");
        }

        @Test
        void badBytesInsteadOfAnAnswerEndItWithoutASecondCloseFrame() {
            listener.connection().close(1000, "");
            sent();
            socket.writeInbound(Unpooled.wrappedBuffer(new byte[] {-1}));
            assertThat(sent()).isEmpty();
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard).endsWith("closed 1000  false");
        }

        @Test
        void aReasonIsCutToWhatFits() {
            listener.connection().close(1000, "é".repeat(100));
            assertThat(sent()).startsWith("887c03e8").hasSize(2 * (2 + 2 + 122));
        }

        @Test
        void codesThatMayNotBeSentAreAMistakeOfTheCaller() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> listener.connection().close(1006, ""));
            assertThat(listener.connection().isOpen()).isTrue();
        }

        @Test
        void readingGoesOnEvenIfTheOwnerHadStoppedIt() {
            socket.config().setAutoRead(false);
            listener.connection().close(1000, "");
            assertThat(socket.config().isAutoRead()).isTrue();
        }

        @Test
        void withinAReadWhatFollowsInThatReadIsIgnored() {
            RecordingListener closing = new RecordingListener() {
                @Override
                public void onText(ByteBuf payload) {
                    super.onText(payload);
                    connection().close(1000, "");
                }
            };
            EmbeddedChannel other = new EmbeddedChannel(new WebSocketHandler(LIMITS, closing));
            ByteBuf read = Unpooled.buffer();
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[] {65}, KEY));
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[] {66}, KEY));
            other.writeInbound(read);
            assertThat(closing.heard).containsExactly("open", "text A", "closing 1000 ");
            other.finishAndReleaseAll();
        }
    }

    @Nested
    @DisplayName("RFC 6455 §7.1.7, failing the connection")
    class Failing {
        @Test
        void badFramesGet1002() {
            socket.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0x83}));
            assertThat(sent()).startsWith("88").contains("03ea");
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard)
                    .containsExactly("open", "closing 1002 reserved opcode", "closed 1002 reserved opcode false");
        }

        @Test
        void badTextGets1007() {
            socket.writeInbound(
                    Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[] {(byte) 0xFF}, KEY)));
            assertThat(sent()).contains("03ef");
            assertThat(listener.heard).endsWith("closed 1007 text is not UTF-8 false");
        }

        @Test
        void tooMuchGets1009WithTheLimit() {
            socket.writeInbound(
                    Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[1001], KEY), 0, 4));
            assertThat(sent()).contains("03f1");
            assertThat(listener.heard).endsWith("closed 1009 message is larger than the limit of 1000 bytes false");
        }

        @Test
        void messagesBeforeTheBadFrameAreHeardAndAnswered() {
            ByteBuf read = Unpooled.buffer();
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.TEXT, true, "good".getBytes(UTF_8), KEY));
            read.writeBytes(FrameEncoder.maskedFrame(Opcode.PING, true, new byte[0], KEY));
            read.writeByte(0xFF);
            socket.writeInbound(read);
            assertThat(listener.heard).startsWith("open", "text good", "ping ");
            assertThat(sent()).startsWith("8a0088");
        }

        @Test
        void anExceptionOfTheListenerIs1011AndItsTextStaysHere() {
            RecordingListener throwing = new RecordingListener() {
                @Override
                public void onText(ByteBuf payload) {
                    throw new IllegalStateException("secret");
                }
            };
            EmbeddedChannel other = new EmbeddedChannel(new WebSocketHandler(LIMITS, throwing));
            ByteBuf read = Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[1], KEY));
            other.writeInbound(read);
            assertThat(read.refCnt()).isZero();
            assertThat(sent(other)).isEqualTo("881003f3" + ByteBufUtil.hexDump("internal error".getBytes(UTF_8)));
            assertThat(throwing.failures).singleElement().isInstanceOf(IllegalStateException.class);
            assertThat(throwing.heard).endsWith("closed 1011 internal error false");
            other.finishAndReleaseAll();
        }

        @Test
        void anExceptionInOnClosingStillEndsTheConnection() {
            RecordingListener throwing = new RecordingListener() {
                @Override
                public void onClosing(int code, String reason) {
                    throw new IllegalStateException("secret");
                }
            };
            EmbeddedChannel other = new EmbeddedChannel(new WebSocketHandler(LIMITS, throwing));
            other.writeInbound(Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.CLOSE, true, new byte[0], KEY)));
            assertThat(other.isOpen()).isFalse();
            assertThat(throwing.heard).endsWith("closed 1005  true");
            assertThat(throwing.failures).hasSize(1);
            other.finishAndReleaseAll();
        }

        @Test
        void aReceivedPartOfAMessageIsReleased() {
            byte[] half = FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[500], KEY);
            socket.writeInbound(Unpooled.wrappedBuffer(half, 0, 250));
            socket.close();
            assertThat(listener.heard).containsExactly("open", "closed 1006  false");
        }
    }

    @Nested
    @DisplayName("RFC 6455 §7.1.5, gone without a close frame: 1006")
    class Gone {
        @Test
        void aPeerThatIsGone() {
            socket.close();
            assertThat(listener.heard).containsExactly("open", "closed 1006  false");
            assertThat(listener.connection().isOpen()).isFalse();
        }

        @Test
        void aReset() {
            socket.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
            socket.runPendingTasks();
            assertThat(sent()).isEmpty();
            assertThat(listener.heard).containsExactly("open", "closed 1006  false");
            assertThat(listener.failures).isEmpty();
        }

        @Test
        void aPeerThatHalfCloses() {
            socket.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            socket.runPendingTasks();
            assertThat(socket.isOpen()).isFalse();
            assertThat(listener.heard).containsExactly("open", "closed 1006  false");
        }
    }

    @Test
    void noTimerExistsUnlessAConnectionCloses() {
        receive(Opcode.TEXT, "x");
        assertThat(socket.hasPendingTasks()).isFalse();
        assertThat(socket.runScheduledPendingTasks()).isEqualTo(-1);
        listener.connection().close(1000, "");
        assertThat(socket.runScheduledPendingTasks()).isPositive();
        receiveClose(1000, "");
        socket.runPendingTasks();
        assertThat(socket.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void anObserverSeesBothDirections() {
        List<String> seen = new ArrayList<>();
        FrameObserver observer = (direction, header, key, payload, at) ->
                seen.add(direction + " " + ByteBufUtil.hexDump(header) + " " + payload.toString(UTF_8));
        RecordingListener quiet = new RecordingListener();
        EmbeddedChannel other = new EmbeddedChannel(new WebSocketHandler(LIMITS, quiet, observer));
        other.writeInbound(
                Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.PING, true, "p".getBytes(UTF_8), KEY)));
        ByteBuf two = Unpooled.buffer();
        two.writeBytes(FrameEncoder.textFrame("one".getBytes(UTF_8)));
        two.writeBytes(FrameEncoder.textFrame("x".repeat(126).getBytes(UTF_8)));
        quiet.connection().write(two);
        quiet.connection().close(1000, "b");
        assertThat(seen)
                .containsExactly(
                        "IN 898137fa213d p",
                        "OUT 8a01 p",
                        "OUT 8103 one",
                        "OUT 817e007e " + "x".repeat(126),
                        "OUT 8803 \u0003\ufffdb");
        other.finishAndReleaseAll();
    }

    @Test
    void everyStepOfTheLifeIsInItsTable() {
        assertThat(WebSocketConnection.STEPS).containsOnlyKeys(WebSocketConnection.State.values());
        assertThat(WebSocketConnection.STEPS.get(WebSocketConnection.State.CLOSED))
                .isEmpty();
        assertThat(WebSocketConnection.STEPS.get(WebSocketConnection.State.ENDING))
                .containsExactly(WebSocketConnection.State.CLOSED);
    }

    private void receive(Opcode opcode, String payload) {
        socket.writeInbound(
                Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(opcode, true, payload.getBytes(UTF_8), KEY)));
    }

    private void receiveClose(int code, String reason) {
        socket.writeInbound(Unpooled.wrappedBuffer(
                FrameEncoder.maskedFrame(Opcode.CLOSE, true, FrameEncoder.closePayload(code, reason), KEY)));
    }

    private void becomeUnwritable() {
        socket.config().setWriteBufferWaterMark(new WriteBufferWaterMark(100, 200));
        flushes.held = true;
        listener.connection().sendBinary(new byte[1000]);
        assertThat(socket.isWritable()).isFalse();
    }

    private void becomeWritable() {
        flushes.held = false;
        socket.flush();
        assertThat(((ByteBuf) socket.readOutbound()).release()).isTrue();
        socket.runPendingTasks();
        assertThat(socket.isWritable()).isTrue();
    }

    private void becomeWritableAfterClosing() {
        flushes.held = false;
        socket.close();
        assertThat(listener.heard).endsWith("closed 1006  false");
    }

    private String sent() {
        return sent(socket);
    }

    private static String sent(EmbeddedChannel from) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuf out = from.readOutbound(); out != null; out = from.readOutbound()) {
            bytes.writeBytes(ByteBufUtil.getBytes(out));
            out.release();
        }
        return ByteBufUtil.hexDump(bytes.toByteArray());
    }

    /** Counts flushes, and can hold them back like a peer that does not read. */
    private static final class Flushes extends ChannelOutboundHandlerAdapter {
        private int count;
        private boolean held;

        @Override
        public void flush(ChannelHandlerContext context) {
            count++;
            if (!held) {
                context.flush();
            }
        }
    }
}
