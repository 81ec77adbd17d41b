package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.MemoryLog;
import dev.carillon.gateway.GatewayCounters;
import dev.carillon.websocket.SendRings;
import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static final int COLLECTIONS_MAX = 100;

    /** Counters once stood still after the first garbage collection: the library let go of what they read. */
    @Test
    void countersGoOnAfterAGarbageCollection() {
        try (Metrics metrics = metrics()) {
            AtomicLong value = new AtomicLong(1);
            metrics.counter("test.things", "Things", Tags.empty(), value::get);
            metrics.gauge("test.level", "Level", Tags.empty(), value::get);
            collectGarbage();
            value.set(7);
            assertThat(metrics.scrape()).contains("carillon_test_things_total 7.0", "carillon_test_level 7.0");
        }
    }

    private static Metrics metrics() {
        return new Metrics(
                Configuration.DEFAULT,
                new EngineCounters(),
                new GatewayCounters(),
                () -> 0,
                new Storage(new MemoryLog(), null));
    }

    /** All but those of the log, which this server doesn't keep. */
    @Test
    void everyLimitOfTheConfigurationIsASeries() {
        try (Metrics metrics = metrics()) {
            String scraped = metrics.scrape();
            assertThat(
                            ConfigurationFileTest.wholeFile().defaults().keySet().stream()
                                    .filter(
                                            key -> key.matches(
                                                    "(limits|perSession|perAddress|drain|documents|admission)\\..*|tokens\\.(bytes|cached|waiting|revocations|lifetimeMax|skew)|(authenticate|refresh|ready)Time")))
                    .hasSizeGreaterThan(20)
                    .allSatisfy(key -> assertThat(scraped)
                            .contains("carillon_limit{name=\"" + key.replace("limits.", "") + "\"} "));
        }
    }

    @Test
    void signalsAndPresenceAreCounted() {
        try (Metrics metrics = metrics()) {
            assertThat(metrics.scrape())
                    .contains("carillon_signals_total 0.0")
                    .contains("carillon_signals_delivered_total 0.0")
                    .contains("carillon_signals_dropped_total 0.0")
                    .contains("carillon_presence_users 0.0")
                    .contains("carillon_presence_joins_total 0.0")
                    .contains("carillon_shared_links_lost_total 0.0")
                    .contains("carillon_shared_channels_stale 0.0")
                    .contains("carillon_presence_leaves_total 0.0")
                    .contains("carillon_refusals_total{code=\"presence_full\"} 0.0");
        }
    }

    @Test
    void everySeriesIsOnThePage() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        Configuration inMemory = Configuration.builder().data(null).build();
        try (Metrics metrics = metrics();
                Door door = Door.open(inMemory, new SystemClock(), _ -> {})) {
            door.bind(metrics);
            metrics.bindRings(SendRings.off());
            assertThat(metrics.scrape().lines().filter(line -> line.startsWith("carillon_")))
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(page).contains(line.replaceAll("[{ ].*", "")));
            assertThat(metrics.scrape()
                            .lines()
                            .filter(line -> line.startsWith("carillon_gateway_refusals_total"))
                            .map(line -> line.replaceAll(".*why=\"([a-z0-9_]+)\".*", "$1")))
                    .isNotEmpty()
                    .allSatisfy(why -> assertThat(page).contains("`" + why + "`"));
        }
    }

    private static void collectGarbage() {
        WeakReference<Object> gone = new WeakReference<>(new Object());
        for (int i = 0; i < COLLECTIONS_MAX && gone.get() != null; i++) {
            System.gc();
        }
        assertThat(gone.get()).isNull();
    }
}
