package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static final Duration MILLI = Duration.ofMillis(1);

    @Test
    void everyBoundOfAChannelIsInItsRange() {
        int most = ChannelSettings.HISTORY_COUNT_LIMIT;
        isRefused("history count 0 ", builder -> builder.historyCountMax(0));
        isRefused("history count " + (most + 1), builder -> builder.historyCountMax(most + 1));
        isTaken(builder -> builder.historyCountMax(1));
        isTaken(builder -> builder.historyCountMax(most));
        isRefused("history bytes 0 ", builder -> builder.historyBytesMax(0));
        isTaken(builder -> builder.historyBytesMax(1));
        isRefused("history age 0 ", builder -> builder.historyAgeMax(Duration.ZERO));
        isTaken(builder -> builder.historyAgeMax(MILLI));
        isRefused("idempotency count 0 ", builder -> builder.idempotencyCountMax(0));
        isRefused("idempotency count " + (most + 1), builder -> builder.idempotencyCountMax(most + 1));
        isTaken(builder -> builder.idempotencyCountMax(1));
        isTaken(builder -> builder.idempotencyCountMax(most));
        isRefused("idempotency age 0 ", builder -> builder.idempotencyAgeMax(Duration.ZERO));
        isTaken(builder -> builder.idempotencyAgeMax(MILLI));
        isRefused("forget after -1 ", builder -> builder.forgetAfter(Duration.ofMillis(-1)));
        isTaken(builder -> builder.forgetAfter(Duration.ZERO));
    }

    @Test
    void everyBoundOfAMapIsInItsRange() {
        int keys = MapSettings.KEYS_LIMIT;
        int bytes = MapSettings.BYTES_LIMIT;
        Duration hour = Duration.ofHours(1);
        isRefusedAsMap("map keys 0 ", 0, 1, 1, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map keys " + (keys + 1), keys + 1, 1, 1, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map bytes 0 ", 1, 0, 1, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map bytes " + (bytes + 1), 1, bytes + 1, 1, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map tracked 0 ", 1, 1, 0, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map tracked " + (keys + 1), 1, 1, keys + 1, Duration.ZERO, Duration.ZERO);
        isRefusedAsMap("map time to live -1 ", 1, 1, 1, Duration.ofMillis(-1), Duration.ZERO);
        isRefusedAsMap("map interval -1 ", 1, 1, 1, Duration.ZERO, Duration.ofMillis(-1));
        isRefusedAsMap("map interval 3600001 ", 1, 1, 1, Duration.ZERO, hour.plus(MILLI));
        assertThatCode(() -> new MapSettings(1, 1, 1, Duration.ZERO, Duration.ZERO))
                .doesNotThrowAnyException();
        assertThatCode(() -> new MapSettings(keys, bytes, keys, hour, hour)).doesNotThrowAnyException();
    }

    @Test
    void aReaderMayTrackSoMuch() {
        MapSettings two = new MapSettings(10, 1000, 2, Duration.ZERO, Duration.ZERO);
        assertThat(two.refusalOf(null)).isNull();
        assertThat(two.refusalOf(new Tracking(true, Set.of("a", "b")))).isNull();
        assertThat(two.refusalOf(new Tracking(true, Set.of("a", "b", "c"))))
                .isEqualTo("a reader of this channel may track 2 keys or tags, not 3");
    }

    @Test
    void aValueIsOverOnceItsTimeIs() {
        MapSettings brief = new MapSettings(10, 1000, 2, Duration.ofMillis(100), Duration.ZERO);
        assertThat(brief.isOver(50, 149)).isFalse();
        assertThat(brief.isOver(50, 150)).isTrue();
        assertThat(MapSettings.DEFAULT.isOver(0, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void whatIsBuiltIsAsItWasSaid() {
        MapSettings map = new MapSettings(1, 2, 3, MILLI, MILLI);
        ChannelSettings built = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .durability(Durability.FSYNC)
                .historyCountMax(1)
                .historyBytesMax(2)
                .historyAgeMax(Duration.ofMillis(3))
                .idempotencyCountMax(4)
                .idempotencyAgeMax(Duration.ofMillis(5))
                .forgetAfter(Duration.ofMillis(6))
                .tellsAt(false)
                .map(map)
                .build();
        assertThat(built)
                .isEqualTo(new ChannelSettings(
                        ChannelKind.MAP,
                        Durability.FSYNC,
                        1,
                        2,
                        Duration.ofMillis(3),
                        4,
                        Duration.ofMillis(5),
                        Duration.ofMillis(6),
                        false,
                        map));
        assertThat(built.toBuilder().build()).isEqualTo(built);
        assertThat(ChannelSettings.DEFAULT.tellsAt()).isTrue();
        assertThat(ChannelSettings.DEFAULT.withoutAt().tellsAt()).isFalse();
        assertThat(ChannelSettings.DEFAULT.with(Durability.MEMORY).durability()).isEqualTo(Durability.MEMORY);
        assertThat(ChannelSettings.DEFAULT.with(ChannelKind.SIGNAL).kind()).isEqualTo(ChannelKind.SIGNAL);
    }

    @Test
    void aRateIsInItsRange() {
        assertThatThrownBy(() -> new Rate(0, 1)).hasMessage("0 a second and 1 at once are not both from 1 to 1000000");
        assertThatThrownBy(() -> new Rate(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(Rate.MAX + 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1, Rate.MAX + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Rate(Rate.MAX, Rate.MAX).intervalNanos()).isEqualTo(1000);
        assertThat(new Rate(1, 1).intervalNanos()).isEqualTo(1_000_000_000);
    }

    private static void isRefused(String why, Consumer<ChannelSettings.Builder> change) {
        ChannelSettings.Builder builder = ChannelSettings.DEFAULT.toBuilder();
        change.accept(builder);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(why);
    }

    private static void isTaken(Consumer<ChannelSettings.Builder> change) {
        ChannelSettings.Builder builder = ChannelSettings.DEFAULT.toBuilder();
        change.accept(builder);
        assertThatCode(builder::build).doesNotThrowAnyException();
    }

    private static void isRefusedAsMap(
            String why, int keys, int bytes, int tracked, Duration timeToLive, Duration interval) {
        assertThatThrownBy(() -> new MapSettings(keys, bytes, tracked, timeToLive, interval))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(why);
    }
}
