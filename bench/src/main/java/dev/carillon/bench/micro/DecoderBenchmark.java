package dev.carillon.bench.micro;

import dev.carillon.websocket.FrameDecoder;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.FrameSink;
import dev.carillon.websocket.Opcode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** {@link FrameDecoder}: whole masked text messages in one read. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DecoderBenchmark {

    private static final int KEY = 0x5eed_cafe;
    private static final int MESSAGE_BYTES_MAX = 1 << 20;

    /** Bytes of data in a message. */
    @Param({"64", "512", "16384"})
    public int bytes;

    /** Messages in a read. */
    @Param({"1", "16"})
    public int together;

    private final Counter counter = new Counter();
    private FrameDecoder decoder = new FrameDecoder(
            FrameDecoder.Role.SERVER, MESSAGE_BYTES_MAX, UnpooledByteBufAllocator.DEFAULT, counter, null);
    private byte[] wire = {};
    private ByteBuf read = Unpooled.EMPTY_BUFFER;

    /** Makes the read. */
    @Setup
    public void prepare() {
        byte[] payload = new byte[bytes];
        Arrays.fill(payload, (byte) 'x');
        byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, payload, KEY);
        wire = new byte[frame.length * together];
        for (int i = 0; i < together; i++) {
            System.arraycopy(frame, 0, wire, i * frame.length, frame.length);
        }
        read = Unpooled.directBuffer(wire.length);
    }

    /** With the copy into the read's buffer, which the kernel makes otherwise: decoding unmasks in place. */
    @Benchmark
    public long decode() {
        read.clear().writeBytes(wire);
        if (decoder.decode(read) != null) {
            throw new IllegalStateException("the decoder refused its own encoder's frames");
        }
        return counter.bytes;
    }

    /** That copy alone. */
    @Benchmark
    public ByteBuf copyOnly() {
        return read.clear().writeBytes(wire);
    }

    private static final class Counter implements FrameSink {

        private long bytes;

        @Override
        public void onText(ByteBuf payload) {
            bytes += payload.readableBytes();
        }

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
