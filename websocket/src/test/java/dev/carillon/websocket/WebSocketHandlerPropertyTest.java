package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WebSocketHandlerPropertyTest {
    private static final WebSocketLimits LIMITS = new WebSocketLimits(1 << 16, Duration.ofSeconds(5));

    @Test
    void whateverComesOurBytesAreValidAndTheConnectionEndsOnceWithACloseFrame() {
        SplittableRandom random = Seed.forProperty("handler");
        WireGenerator generator = new WireGenerator(random);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = generator.stream(1 + random.nextInt(4)).bytes();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            RecordingListener listener = new RecordingListener();
            EmbeddedChannel socket = new EmbeddedChannel(new WebSocketHandler(LIMITS, listener));
            int closeAt = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : Integer.MAX_VALUE;
            for (int at = 0; at < bytes.length && socket.isOpen(); ) {
                int to = Math.min(bytes.length, at + 1 + random.nextInt(5_000));
                socket.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, to)));
                at = to;
                if (at > closeAt) {
                    listener.connection().close(1001, "");
                    socket.runPendingTasks();
                }
            }
            boolean endedByItself = !socket.isOpen();
            RecordingSink replies = replies(socket);
            socket.finishAndReleaseAll();

            assertThat(listener.failures).as(Seed.hint(round)).isEmpty();
            assertThat(listener.heard.getLast()).as(Seed.hint(round)).startsWith("closed ");
            assertThat(listener.heard.stream().filter(line -> line.startsWith("closed ")))
                    .as(Seed.hint(round))
                    .hasSize(1);
            if (endedByItself) {
                assertThat(replies.heard.stream().filter(line -> line.startsWith("close ")))
                        .as(Seed.hint(round))
                        .hasSize(1);
            }
        }
    }

    /** Reads what was sent as a client does, which must find nothing to refuse. */
    private static RecordingSink replies(EmbeddedChannel socket) {
        RecordingSink sink = new RecordingSink();
        FrameDecoder client =
                new FrameDecoder(FrameDecoder.Role.CLIENT, 1 << 16, UnpooledByteBufAllocator.DEFAULT, sink, null);
        for (ByteBuf out = socket.readOutbound(); out != null; out = socket.readOutbound()) {
            assertThat(client.decode(out)).isNull();
            out.release();
        }
        return sink;
    }
}
