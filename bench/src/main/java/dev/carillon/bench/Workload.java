package dev.carillon.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One way to load a server, with all its numbers. It opens its own connections, and leaves none. Stateless. */
sealed interface Workload
        permits Echo,
                FanOut,
                FanOutWarmUp,
                DeflateFanOut,
                Burst,
                Chat,
                Channels,
                Idle,
                Connects,
                Storm,
                Stalled,
                InBinary {

    /** Its numbers in the name, as the results are filed. */
    String name();

    /** What it does, for a person who reads the results. */
    String description();

    /** The figure that counts first. */
    default Metric chief() {
        return Metric.CPU;
    }

    /** Whether a server that sends back what it is sent is needed, and not one with channels. */
    default boolean isEcho() {
        return false;
    }

    /** Whether its readers negotiate permessage-deflate, which the server has to be started for. */
    default boolean deflates() {
        return false;
    }

    /** Whether what an earlier measurement left in the server would change the figures. */
    default boolean needsFreshServer() {
        return false;
    }

    /** What a server is warmed up by; null for nothing, where its first moments are what is measured. */
    default @Nullable Workload warmUp() {
        return this;
    }

    /** Flags that a Java server is started with, for what the workload asks it. */
    default List<String> javaFlags() {
        return List.of();
    }

    /** How many connections it holds at the same time. */
    int connections();

    /**
     * Measures a server.
     *
     * @param seconds how long each of its parts takes, about
     */
    Sample measure(Target target, double seconds) throws BenchException;

    /** Those of the comparison, with the numbers that the documentation shows. */
    static List<Workload> compared() {
        return List.of(
                new Echo(64, 100, 1, 20_000),
                new Echo(512, 100, 1, 20_000),
                new Echo(16_384, 100, 1, 4_000),
                new Echo(64, 500, 1, 20_000),
                new Echo(512, 500, 1, 20_000),
                new Echo(16_384, 500, 1, 4_000),
                new Echo(64, 100, 16, 20_000),
                new Echo(512, 100, 16, 20_000),
                new Echo(16_384, 100, 16, 4_000),
                new Echo(64, 500, 16, 20_000),
                new Echo(512, 500, 16, 20_000),
                new Echo(16_384, 500, 16, 4_000),
                new FanOut(1_000, 128, 50),
                new InBinary(new FanOut(1_000, 128, 50)),
                new FanOut(10_000, 128, 5),
                new DeflateFanOut(1_000, 1_024, 50),
                new Burst(1_000, 128, 32, 64),
                new InBinary(new Burst(1_000, 128, 32, 64)),
                new Chat(320, 20, 2),
                new Channels(10_000, 10, 1_000, 128, 5_000),
                new Idle(18_000, 4_000, true, Idle.USUAL_HEARTBEAT),
                new Connects(5_000),
                new Storm(15_000, 1_000, 128, 50),
                new Stalled(1_000, 10, 4_096, 50));
    }
}
