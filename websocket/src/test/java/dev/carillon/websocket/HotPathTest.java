package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HotPathTest {
    private static final int FRAMES = 1000;

    /** A slice is one object of 48 to 64 bytes, as its allocator has it; the smallest object beside it would have 16. */
    private static final int SLICE_BYTES_MAX = 72;

    static Stream<ByteBufAllocator> allocators() {
        return Stream.of(
                new UnpooledByteBufAllocator(true),
                new AdaptiveByteBufAllocator(true),
                new PooledByteBufAllocator(true));
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void aMessageWithinOneReadAllocatesOneSliceAndNothingElse(ByteBufAllocator allocator) {
        FrameDecoder decoder = new FrameDecoder(FrameDecoder.Role.SERVER, 1 << 16, allocator, new IgnoringSink(), null);
        byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[100], 0x01020304);
        ByteBuf read = allocator.directBuffer(FRAMES * frame.length);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            read.clear();
            for (int i = 0; i < FRAMES; i++) {
                read.writeBytes(frame);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            decoder.decode(read);
            allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
        }
        read.release();
        assertThat(decoder.frames()).isEqualTo(20L * FRAMES);
        assertThat(allocated).isLessThan((long) FRAMES * SLICE_BYTES_MAX);
    }

    private static final class IgnoringSink implements FrameSink {
        @Override
        public void onText(ByteBuf payload) {}

        @Override
        public void onBinary(ByteBuf payload) {}

        @Override
        public void onPing(ByteBuf payload) {}

        @Override
        public void onPong(ByteBuf payload) {}

        @Override
        public void onClose(int code, String reason) {}
    }
}
