package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Entering a circle. */
final class FenceTest {

    private final Fence fence = new Fence(Town.MIDDLE, 40, 60, 2000);

    private boolean at(long t, double east) {
        return fence.isInside(new Fix(t, 0, Place.ofMetres(east, 0), 5, Double.NaN, Double.NaN));
    }

    @Test
    void oneFixInsideIsNobody() {
        assertThat(at(0, 10)).isFalse();
        assertThat(at(5000, 100)).isFalse();
        assertThat(at(10_000, 10)).isFalse();
    }

    @Test
    void whoStaysIsInside() {
        assertThat(at(0, 100)).isFalse();
        assertThat(at(1000, 30)).isFalse();
        assertThat(at(2000, 30)).isFalse();
        assertThat(at(3000, 30)).isTrue();
    }

    @Test
    void whoIsInsideLeavesOnlyBeyondTheOuterCircle() {
        at(0, 10);
        assertThat(at(2000, 10)).isTrue();
        assertThat(at(3000, 55)).isTrue();
        assertThat(at(4000, 61)).isFalse();
    }

    @Test
    void aFixThatIsWorseThanTheCircleIsWideChangesNothing() {
        at(0, 10);
        assertThat(fence.isInside(new Fix(2000, 0, Town.MIDDLE, 41, 0, 0))).isFalse();
        assertThat(at(2500, 10)).isTrue();
    }
}
