package dev.carillon.bench.micro;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
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

/**
 * A channel's fan-out: a publish from its command to the wires of all readers, on one shard that is also their loop, kept in
 * memory, with nothing written to any socket.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FanOutBenchmark {

    private static final ChannelName CHANNEL = new ChannelName("bench");
    private static final Data DATA = Data.json('"' + "x".repeat(126) + '"');

    /** Readers of the channel; the score is for all of them. */
    @Param({"1", "100", "1000"})
    public int readers;

    private final OneThread node = new OneThread(EngineLimits.DEFAULT);
    private final Counter counter = new Counter();
    private Session publisher = node.session(counter);

    /** Subscribes the readers. */
    @Setup
    public void subscribe() {
        for (int i = 0; i < readers; i++) {
            Session reader = node.session(counter);
            node.run(() -> reader.onMessage(
                    new ClientMessage.Subscribe(null, CHANNEL, null, 0, ClientMessage.Subscribe.NO_PRESENCE)));
        }
    }

    /** One publication to all. */
    @Benchmark
    public long publish() {
        long before = counter.delivered;
        node.run(() -> publisher.onMessage(new ClientMessage.Publish(null, CHANNEL, DATA, null, null)));
        if (counter.delivered - before != readers) {
            throw new IllegalStateException((counter.delivered - before) + " of " + readers + " readers were told");
        }
        return counter.delivered;
    }

    private static final class Counter implements Wire {

        private long delivered;

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public void deliver(EncodedMessage message) {
            delivered++;
        }

        @Override
        public void send(ServerMessage message) {}

        @Override
        public void read(boolean wanted) {}

        @Override
        public void close(Code code, String reason) {
            throw new IllegalStateException("a session was closed with " + code + " " + reason);
        }
    }
}
