package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.websocket.SendRings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** What the streams of one connection write in a turn leaves together. */
class Http2BytesTest {

    /** Stands where TLS does, which seals and sends once a flush. */
    private static final class Below extends ChannelOutboundHandlerAdapter {
        private int flushes;

        @Override
        public void flush(ChannelHandlerContext context) {
            flushes++;
            context.flush();
        }
    }

    private final Below below = new Below();
    private final GatewayCounters counters = new GatewayCounters();
    private final EmbeddedChannel channel = new EmbeddedChannel(below);
    private final Turn turn = new Turn(channel.eventLoop(), SendRings.off());

    private void open() {
        channel.pipeline().addLast(new Http2Bytes(counters, turn));
    }

    private static ByteBuf bytes(int count) {
        return Unpooled.wrappedBuffer(new byte[count]);
    }

    private void writeAndFlush(int count) {
        channel.writeAndFlush(bytes(count));
    }

    @Test
    void theFlushesOfATurnAreOneAfterThoseWhoAskForThem() {
        open();
        for (int stream = 0; stream < 3; stream++) {
            turn.atEnd(() -> writeAndFlush(10));
        }
        channel.runPendingTasks();
        assertThat(below.flushes).isEqualTo(1);
        assertThat(channel.outboundMessages()).hasSize(3);
        writeAndFlush(1);
        channel.runPendingTasks();
        assertThat(below.flushes).isEqualTo(2);
        assertThat(counters.http2BytesOut()).isEqualTo(31);
        assertThat(channel.finishAndReleaseAll()).isTrue();
    }

    @Test
    void aFlushOfNothingIsNone() {
        open();
        channel.flush();
        channel.runPendingTasks();
        assertThat(below.flushes).isZero();
    }

    @Test
    void whatWasWrittenGoesOutBeforeTheEnd() {
        open();
        channel.write(bytes(5));
        channel.close();
        assertThat(below.flushes).isEqualTo(1);
        assertThat(channel.finishAndReleaseAll()).isTrue();
    }

    @Test
    void aTurnThatFlushesForTheLastTimeCanBeginAnother() {
        int[] order = {0, 0};
        turn.atLast(() -> {
            order[0] = 1;
            turn.atEnd(() -> order[1] = order[0] + 1);
        });
        channel.runPendingTasks();
        assertThat(order).containsExactly(1, 2);
    }
}
