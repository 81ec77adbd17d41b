package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WorkloadTest {

    /** What Carillon permits a session unless it is told otherwise: `limits.subscriptions`. */
    private static final int SUBSCRIPTIONS_MAX = 128;

    /** What one process may have open where the limit is 20,000. */
    private static final int CONNECTIONS_MAX = 19_000;

    @Test
    void everyChannelHasItsReadersAndNoConnectionHasTooMany() {
        Channels workload = new Channels(10_000, 10, 1_000, 128, 5_000);
        List<List<String>> readings = workload.readings();
        Map<String, Set<Integer>> readers = new HashMap<>();
        for (int i = 0; i < readings.size(); i++) {
            assertThat(readings.get(i)).hasSizeBetween(1, SUBSCRIPTIONS_MAX).doesNotHaveDuplicates();
            for (String channel : readings.get(i)) {
                readers.computeIfAbsent(channel, name -> new HashSet<>()).add(i);
            }
        }
        assertThat(readers).hasSize(10_000);
        assertThat(readers.values()).allMatch(connections -> connections.size() == 10);
    }

    @Test
    void whatIsComparedHasNamesOfItsOwnAndFitsIntoOneProcess() {
        assertThat(Workload.compared()).extracting(Workload::name).doesNotHaveDuplicates();
        assertThat(Workload.compared()).allMatch(workload -> workload.connections() <= CONNECTIONS_MAX);
        assertThat(Workload.compared())
                .allMatch(workload -> !workload.description().isBlank());
    }

    @Test
    void residentMemoryIsTheProcessesOwnPages() throws BenchException {
        String status = "VmRSS:\t  9000 kB\nRssAnon:\t  5000 kB\nRssFile:\t  3000 kB\nRssShmem:\t  1000 kB\n";
        assertThat(ResidentMemory.parse(status)).isEqualTo(6000 * 1024.0);
    }

    @Test
    void theSlopeIsWhatOneMoreConnectionTakes() {
        Table table = new Table("connections", "MiB");
        table.add(2_000, 12);
        table.add(10_000, 20);
        table.add(18_000, 28);
        assertThat(table.slope("MiB")).isEqualTo(0.001);
        assertThat(table.last("MiB")).isEqualTo(28);
    }
}
