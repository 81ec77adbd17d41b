package dev.carillon.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ranges against a set of bits. */
class RangesTest {

    private static final int TICKS = 64;

    private final Random dice = new Random(seed());

    private static long seed() {
        long seed = Long.getLong("carillon.seed", System.nanoTime());
        System.out.println("RangesTest: -Dcarillon.seed=" + seed);
        return seed;
    }

    private Ranges some(BitSet bits) {
        Ranges.Collector collector = new Ranges.Collector(2);
        for (int count = dice.nextInt(8); count > 0; count--) {
            int from = dice.nextInt(TICKS);
            int to = from + 1 + dice.nextInt(8);
            collector.add(from, to);
            bits.set(from, to);
        }
        return collector.ranges();
    }

    private static void check(Ranges ranges, BitSet bits) {
        for (int from = 0; from < TICKS + 8; from++) {
            for (int to = from + 1; to < from + 5; to++) {
                assertThat(ranges.contain(from, to))
                        .isEqualTo(bits.get(from, to).cardinality() == to - from);
            }
            int next = ranges.firstEndingBehind(from);
            assertThat(next == ranges.count() || ranges.to(next) > from).isTrue();
            assertThat(next == 0 || ranges.to(next - 1) <= from).isTrue();
        }
        for (int index = 1; index < ranges.count(); index++) {
            assertThat(ranges.from(index)).isGreaterThan(ranges.to(index - 1));
        }
    }

    @Test
    void rangesAreTheSetOfTheirTicksHoweverTheyCame() {
        for (int round = 0; round < 2000; round++) {
            BitSet bits = new BitSet();
            BitSet more = new BitSet();
            Ranges ranges = some(bits);
            Ranges others = some(more);
            check(ranges, bits);
            BitSet missing = (BitSet) more.clone();
            missing.andNot(bits);
            assertThat(ranges.containAll(others)).isEqualTo(missing.isEmpty());
            bits.or(more);
            check(ranges.and(others), bits);
            assertThat(ranges.and(others)).isEqualTo(others.and(ranges));
        }
    }
}
