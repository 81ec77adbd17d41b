package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When clients are moved and come back, on virtual time. */
class WavesTest {

    private static final long MILLI = 1_000_000;
    private static final int TENTHS = 10;

    private static Drain drain(int windowMillis, int awayMillis) {
        return new Drain(Duration.ZERO, Duration.ofMillis(windowMillis), Duration.ofMillis(awayMillis));
    }

    /** When each of so many comes back, in milliseconds from the beginning, each wave so many milliseconds late. */
    private static long[] returns(Waves waves, int clients, int lateMillis) {
        Random random = new Random(7);
        long[] at = new long[clients];
        int staying = clients;
        for (int wave = 0; wave < waves.count(); wave++) {
            int share = waves.share(staying, wave);
            long now = waves.dueNanos(wave) + lateMillis * MILLI;
            for (int i = 0; i < share; i++) {
                double part = (i + random.nextDouble()) / share;
                at[--staying] = (now - waves.beganNanos()) / MILLI + waves.waitMillis(wave, part, now);
            }
        }
        assertThat(staying).isZero();
        return at;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 700, 3000})
    void whoIsMovedComesBackEvenlyOverTheWindowHoweverLateTheWavesGo(int lateMillis) {
        int clients = 5000;
        Waves waves = Waves.of(clients, drain(5000, 2000), 123 * MILLI);
        int[] tenths = new int[TENTHS];
        for (long at : returns(waves, clients, lateMillis)) {
            assertThat(at).isBetween(7000L, 12_000L);
            tenths[(int) Math.min(TENTHS - 1, (at - 7000) * TENTHS / 5000)]++;
        }
        for (int count : tenths) {
            assertThat(count).isBetween(clients / TENTHS / 2, clients / TENTHS * 2);
        }
    }

    @Test
    void whereOthersTakeOverAtOnceNobodyWaitsLongerThanUntilTheNextWave() {
        Waves waves = Waves.of(5000, drain(5000, 0), 0);
        for (int wave = 0; wave < waves.count(); wave++) {
            assertThat(waves.waitMillis(wave, 0.99, waves.dueNanos(wave))).isLessThan(Waves.EVERY.toMillis());
        }
    }

    @Test
    void fewClientsDontTakeTheWholeWindow() {
        assertThat(Waves.of(3, drain(5000, 2000), 0).windowNanos()).isEqualTo(Waves.EVERY.toNanos());
        assertThat(Waves.of(0, drain(5000, 2000), 0).count()).isEqualTo(1);
        assertThat(Waves.of(Integer.MAX_VALUE, drain(5000, 2000), 0).windowNanos())
                .isEqualTo(5000 * MILLI);
    }

    @Test
    void withoutAWindowAllAreMovedAtOnce() {
        Waves waves = Waves.of(5000, drain(0, 0), 0);
        assertThat(waves.count()).isEqualTo(1);
        assertThat(waves.share(5000, 0)).isEqualTo(5000);
    }

    @Test
    void aWaitIsNeverNegative() {
        Waves waves = Waves.of(100, drain(1000, 0), 0);
        assertThat(waves.waitMillis(0, 0, 99_000 * MILLI)).isZero();
        assertThat(waves.waitMillis(0.5, 99_000 * MILLI)).isZero();
        assertThat(waves.share(1, 999)).isEqualTo(1);
    }
}
