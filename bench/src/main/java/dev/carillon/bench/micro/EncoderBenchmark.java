package dev.carillon.bench.micro;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.EncodedPublication;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.websocket.FrameEncoder;
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

/** {@link EncodedPublication} and {@link FrameEncoder}: what is done once for a publication, however many read it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EncoderBenchmark {

    private static final EncodedMessage.Framing TEXT_FRAME = new EncodedMessage.Framing() {
        @Override
        public int slot() {
            return 0;
        }

        @Override
        public byte[] frame(EncodedMessage message) {
            return FrameEncoder.textFrame(message.json());
        }

        @Override
        public int messageBytes(EncodedMessage message) {
            return message.json().length;
        }
    };

    /** Bytes of data in a publication. */
    @Param({"64", "512", "16384"})
    public int bytes;

    private Data data = Data.json("0");
    private long offset;

    /** Makes the data. */
    @Setup
    public void prepare() {
        data = Data.json('"' + "x".repeat(bytes - 2) + '"');
    }

    /** JSON and WebSocket frame of a new publication. */
    @Benchmark
    public byte[] encode() {
        Position position = new Position(0x1234_5678_9abc_def0L, ++offset, 0x5eed_cafe);
        Publication publication =
                new Publication(new ChannelName("bench"), position, data, null, 1_764_000_000_000L + offset, null);
        return new EncodedPublication(publication, 1, true).framed(TEXT_FRAME);
    }
}
