package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every workload, small, against a real server: what it says must be so, however slow the machine is at the moment. */
@Tag("process")
final class LoadTest {

    private static final Path HOME = Path.of(System.getProperty("carillon.home", ".."));
    private static final double SECONDS = 0.3;

    private static @Nullable ServerProcess echo;
    private static @Nullable ServerProcess serve;

    @BeforeAll
    static void start() throws BenchException {
        echo = ServerProcess.start(HOME, Peer.CARILLON, true);
        serve = ServerProcess.start(HOME, Peer.CARILLON, new Idle(2_200, 100, true, 0), List.of());
    }

    @AfterAll
    static void stop() {
        for (ServerProcess server : Arrays.asList(echo, serve)) {
            if (server != null) {
                server.close();
            }
        }
    }

    private static Sample measure(Workload workload) throws BenchException {
        ServerProcess server = Objects.requireNonNull(workload.isEcho() ? echo : serve);
        return workload.measure(server.target(), SECONDS);
    }

    @Test
    void everyEchoComesBack() throws BenchException {
        Sample sample = measure(new Echo(64, 20, 4, 400));
        assertThat(sample.get(Metric.MISSING)).isZero();
        assertThat(sample.get(Metric.MESSAGE_BYTES)).isEqualTo(66);
        assertThat(sample.get(Metric.RATE)).isPositive();
        assertThat(sample.get(Metric.P50)).isPositive();
        assertThat(sample.get(Metric.CPU)).isNotNull();
    }

    @Test
    void anEchoLongerThanWhatOneReadTakesComesBackWhole() throws BenchException {
        assertThat(measure(new Echo(300_000, 5, 2, 20)).get(Metric.MISSING)).isZero();
    }

    @Test
    void everyReaderIsSentEveryPublication() throws BenchException {
        Sample sample = measure(new FanOut(100, 128, 50));
        assertThat(sample.get(Metric.MISSING)).isZero();
        assertThat(sample.get(Metric.MESSAGE_BYTES)).isGreaterThan(130);
    }

    @Test
    void theReadersOfABurstAreSentSeveralPublicationsInOneWrite() throws BenchException {
        Sample sample = measure(new Burst(50, 128, 32, 320));
        assertThat(sample.get(Metric.MISSING)).isZero();
        assertThat(sample.get(Metric.PER_SEND)).isGreaterThan(2);
    }

    @Test
    void everybodyHearsEverybody() throws BenchException {
        assertThat(measure(new Chat(20, 20, 5)).get(Metric.MISSING)).isZero();
    }

    @Test
    void whatIsDeflatedReachesEveryReaderAndIsSmaller() throws BenchException {
        Workload workload = new DeflateFanOut(20, 1_024, 50);
        try (ServerProcess server = ServerProcess.start(HOME, Peer.CARILLON, workload, List.of())) {
            Sample sample = workload.measure(server.target(), SECONDS);
            assertThat(sample.get(Metric.MISSING)).isZero();
            assertThat(sample.get(Metric.MESSAGE_BYTES)).isBetween(100.0, 900.0);
        }
    }

    @Test
    void aServerThatDoesNotDeflateIsNotMeasuredAsIfItDid() {
        assertThatThrownBy(() -> measure(new DeflateFanOut(1, 1_024, 50))).hasMessageContaining("permessage-deflate");
    }

    @Test
    void manyChannelsReachTheirReaders() throws BenchException {
        assertThat(measure(new Channels(200, 10, 20, 128, 100)).get(Metric.MISSING))
                .isZero();
    }

    @Test
    void idleConnectionsHaveASlope() throws BenchException {
        Sample sample = measure(new Idle(2_200, 100, true, 0));
        assertThat(sample.get(Metric.LIVE_BYTES)).isBetween(100.0, 50_000.0);
        assertThat(sample.get(Metric.HEARTBEAT_BUSY)).isNotNull();
    }

    @Test
    void connectionsAreCounted() throws BenchException {
        Sample sample = measure(new Connects(50));
        assertThat(sample.get(Metric.CONNECTS)).isPositive();
        assertThat(sample.get(Metric.CONNECT_CPU)).isPositive();
    }

    @Test
    void thoseWhoWereDroppedComeBackWithWhatTheyMissed() throws BenchException {
        Sample sample = measure(new Storm(300, 20, 128, 50));
        assertThat(sample.get(Metric.BACK)).isPositive();
        assertThat(sample.get(Metric.MISSING)).isZero();
    }

    @Test
    void whoStallsKeepsNothingFromTheOthers() throws BenchException {
        Sample sample = measure(new Stalled(50, 2, 4_096, 50));
        assertThat(sample.get(Metric.MISSING)).isZero();
        assertThat(sample.get(Metric.P99_RATIO)).isPositive();
    }
}
