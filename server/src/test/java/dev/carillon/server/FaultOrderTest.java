package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.testkit.Direction;
import dev.carillon.testkit.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lane can be asked to suffer. */
final class FaultOrderTest {

    private static FaultOrder read(String json) throws FaultOrder.Refused {
        return FaultOrder.read(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyFaultIsReadWithWhatItIsWithoutADirection() throws Exception {
        Map<String, Fault> faults = Map.of(
                "none", new Fault.None(),
                "cut", new Fault.Cut(),
                "hang", new Fault.Hang(Direction.BOTH),
                "half-open", new Fault.HalfOpen(Direction.DOWN),
                "one-way", new Fault.OneWay(Direction.UP),
                "split", new Fault.Split(Direction.BOTH),
                "refuse", new Fault.Refuse());
        for (var each : faults.entrySet()) {
            assertThat(read("{\"fault\":\"" + each.getKey() + "\"}")).isEqualTo(new FaultOrder(each.getValue(), null));
        }
        assertThat(read("{\"fault\":\"delay\",\"millis\":200}"))
                .isEqualTo(new FaultOrder(new Fault.Delay(Direction.BOTH, Duration.ofMillis(200)), null));
        assertThat(read("{\"fault\":\"throttle\",\"bytesPerSecond\":1000}"))
                .isEqualTo(new FaultOrder(new Fault.Throttle(Direction.BOTH, 1000), null));
    }

    @Test
    void millisAreHowLongItLastsUnlessTheyAreADelay() throws Exception {
        assertThat(read("{\"fault\":\"cut\",\"millis\":3000}"))
                .isEqualTo(new FaultOrder(new Fault.Cut(), Duration.ofSeconds(3)));
        assertThat(read("{\"fault\":\"throttle\",\"bytesPerSecond\":9,\"direction\":\"down\",\"millis\":1}"))
                .isEqualTo(new FaultOrder(new Fault.Throttle(Direction.DOWN, 9), Duration.ofMillis(1)));
        assertThat(read("{\"fault\":\"hang\",\"direction\":null,\"millis\":null}"))
                .isEqualTo(new FaultOrder(new Fault.Hang(Direction.BOTH), null));
    }

    @Test
    void whatIsAnsweredReadsAsTheSameFault() throws Exception {
        for (Fault fault : new Fault[] {
            new Fault.None(),
            new Fault.Cut(),
            new Fault.Hang(Direction.UP),
            new Fault.HalfOpen(Direction.BOTH),
            new Fault.OneWay(Direction.DOWN),
            new Fault.Delay(Direction.DOWN, Duration.ofMillis(7)),
            new Fault.Throttle(Direction.UP, 8),
            new Fault.Split(Direction.UP),
            new Fault.Refuse()
        }) {
            assertThat(read("{" + FaultOrder.toJson(fault) + "}").fault()).isEqualTo(fault);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cut",
                "[]",
                "{",
                "{\"fault\":\"cut\"} x",
                "{}",
                "{\"fault\":\"explode\"}",
                "{\"fault\":[\"cut\"]}",
                "{\"fault\":\"cut\",\"fault\":\"none\"}",
                "{\"fault\":\"cut\",\"milis\":3}",
                "{\"fault\":\"cut\",\"millis\":0}",
                "{\"fault\":\"cut\",\"millis\":600001}",
                "{\"fault\":\"cut\",\"millis\":-5}",
                "{\"fault\":\"cut\",\"millis\":1.5}",
                "{\"fault\":\"hang\",\"direction\":\"sideways\"}",
                "{\"fault\":\"one-way\",\"direction\":\"both\"}",
                "{\"fault\":\"delay\"}",
                "{\"fault\":\"delay\",\"millis\":60001}",
                "{\"fault\":\"throttle\"}",
                "{\"fault\":\"throttle\",\"bytesPerSecond\":0}",
                "{\"fault\":\"throttle\",\"bytesPerSecond\":99999999999999999999}"
            })
    void anythingElseIsRefusedWithASentence(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(
                        FaultOrder.Refused.class,
                        refused -> assertThat(refused.sentence())
                                .hasSizeGreaterThan(10)
                                .doesNotContain("Exception", "null"));
    }
}
