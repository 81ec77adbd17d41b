package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {

    @Test
    void sizesAreReadAndWrittenAlike() {
        for (String text : new String[] {"0", "1", "1023", "1KiB", "64KiB", "1MiB", "3GiB"}) {
            Long bytes = Quantity.bytes(text);
            assertThat(bytes).isNotNull();
            assertThat(Quantity.ofBytes(bytes)).isEqualTo(text);
        }
        assertThat(Quantity.bytes("1025")).isEqualTo(1025);
        assertThat(Quantity.bytes("5B")).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1 KiB", "1KB", "1k", "KiB", "0x10", "1.5MiB", "999999999999999999GiB", "١"})
    void whatIsNoSizeIsNone(String text) {
        assertThat(Quantity.bytes(text)).isNull();
    }

    @Test
    void timesAreReadAndWrittenAlike() {
        for (String text : new String[] {"0s", "250ms", "25s", "15m", "24h", "7d", "1h", "90s"}) {
            Duration time = Quantity.time(text);
            assertThat(time).isNotNull();
            assertThat(Quantity.ofTime(time)).isEqualTo(text);
        }
        assertThat(Quantity.time("7d")).isEqualTo(Duration.ofDays(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "25", "-1s", "1 s", "1w", "s", "1.5h", "99999999999d"})
    void whatIsNoTimeIsNone(String text) {
        assertThat(Quantity.time(text)).isNull();
    }
}
