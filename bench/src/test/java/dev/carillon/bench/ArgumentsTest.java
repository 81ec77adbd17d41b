package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ArgumentsTest {

    private static Arguments of(String... words) throws BenchException {
        return new Arguments(List.of(words), Set.of("--rate", "--url", "--subscribe"));
    }

    @Test
    void numbersTextsAndFlagsAreTold() throws BenchException {
        Arguments given = of("--rate", "50", "--subscribe", "--url", "ws://localhost:1/x");
        assertThat(given.number("--rate", 1)).isEqualTo(50);
        assertThat(given.has("--subscribe")).isTrue();
        assertThat(given.text("--url")).isEqualTo("ws://localhost:1/x");
    }

    @Test
    void whatIsNotGivenIsTheDefault() throws BenchException {
        assertThat(of().number("--rate", 7)).isEqualTo(7);
        assertThat(of().text("--url")).isNull();
    }

    @Test
    void unknownNamesAndThingsThatAreNoNumbersAreRefused() {
        assertThatThrownBy(() -> of("--speed", "1"))
                .hasMessageContaining("--speed")
                .hasMessageContaining("--rate");
        assertThatThrownBy(() -> of("--rate", "fast")).hasMessageContaining("fast");
        assertThatThrownBy(() -> of("--rate", "-1")).isInstanceOf(BenchException.class);
        assertThatThrownBy(() -> of("--rate")).isInstanceOf(BenchException.class);
        assertThatThrownBy(() -> of("--url")).isInstanceOf(BenchException.class);
    }
}
