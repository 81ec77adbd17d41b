package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is read of INFO and CONFIG, and who is refused. */
class ServerFactsTest {

    private static final Map<String, String> SYNCED =
            Map.of("appendfsync", "always", "no-appendfsync-on-rewrite", "no");

    private static String info(String version, String... lines) {
        return "# Server\r\nredis_version:" + version + "\r\nredis_mode:standalone\r\nrun_id:abc\r\nrole:master\r\n"
                + String.join("\r\n", lines);
    }

    private static @Nullable String refusal(
            String info, Map<String, String> configuration, Set<Durability> needed, Set<Durability> accepted) {
        return ServerFacts.of(info, configuration).refusal(needed, accepted);
    }

    private static @Nullable String refusal(String info) {
        return refusal(info, SYNCED, Set.of(), Set.of());
    }

    @Test
    void anOldOneIsRefused() {
        assertThat(refusal(info("6.2.14"))).isEqualTo("has version '6.2.14': it must be 7.0 or newer");
        assertThat(refusal(info(""))).isEqualTo("has version '': it must be 7.0 or newer");
        assertThat(refusal(info("seven"))).startsWith("has version");
        assertThat(refusal(info("99999999999.1"))).startsWith("has version");
        assertThat(refusal("")).startsWith("has version");
        assertThat(refusal(info("7.0.15"))).isNull();
        assertThat(refusal(info("10"))).isNull();
    }

    private static @Nullable String misplaced(Place place, String... lines) {
        return ServerFacts.of(info("7.0.15", lines), SYNCED).misplaced(place);
    }

    @Test
    void whatIsNotWhatItIsConfiguredAsIsRefusedWithWhereItBelongs() {
        List<Address> some = List.of(new Address("h", 1));
        Place alone = new Place.Alone(some.getFirst());
        Place watched = new Place.Watched(some, "town", null, null);
        Place spread = new Place.Spread(some);
        for (Place place : List.of(alone, watched, spread)) {
            assertThat(misplaced(place, "redis_mode:sentinel")).isEqualTo("is a sentinel: name it in redis.sentinels");
            String cluster = place == spread ? "redis_mode:cluster" : "redis_mode:standalone";
            assertThat(misplaced(place, cluster)).isNull();
            assertThat(misplaced(place, cluster, "role:slave")).startsWith("is a replica");
        }
        assertThat(misplaced(alone, "redis_mode:cluster")).contains("name it in redis.cluster");
        assertThat(misplaced(watched, "redis_mode:cluster")).contains("name it in redis.cluster");
        assertThat(misplaced(spread)).contains("name it in redis.url");
    }

    @Test
    void aClassIsGivenOnlyByWhatIsSetForIt() {
        Set<Durability> disk = EnumSet.of(Durability.DISK);
        Set<Durability> fsync = EnumSet.of(Durability.FSYNC);
        String aof = info("7.2.0", "aof_enabled:1");
        assertThat(refusal(info("7.2.0"), SYNCED, disk, Set.of())).contains("durability disk", "appendonly yes");
        assertThat(refusal(info("7.2.0"), SYNCED, fsync, Set.of())).contains("durability fsync", "appendonly yes");
        assertThat(refusal(aof, Map.of(), disk, Set.of())).isNull();
        assertThat(refusal(aof, SYNCED, fsync, Set.of())).isNull();
        assertThat(refusal(aof, Map.of(), fsync, Set.of())).contains("allow CONFIG GET");
        assertThat(refusal(aof, Map.of("appendfsync", "everysec"), fsync, Set.of()))
                .contains("appendfsync always");
        assertThat(refusal(aof, Map.of("appendfsync", "always", "no-appendfsync-on-rewrite", "yes"), fsync, Set.of()))
                .contains("no-appendfsync-on-rewrite no");
        assertThat(refusal(aof, Map.of(), fsync, fsync)).isNull();
        assertThat(refusal(aof, Map.of(), fsync, disk)).isNotNull();
        assertThat(refusal(info("7.2.0"), Map.of(), EnumSet.of(Durability.MEMORY), Set.of()))
                .isNull();
    }

    @Test
    void oneThatThrowsKeysAwayGivesNoClassButMemory() {
        String evicting = info("7.2.0", "aof_enabled:1", "maxmemory:1000", "maxmemory_policy:volatile-lru");
        assertThat(refusal(evicting, SYNCED, EnumSet.of(Durability.DISK), Set.of()))
                .contains("volatile-lru", "noeviction");
        assertThat(refusal(evicting, SYNCED, EnumSet.of(Durability.MEMORY), Set.of()))
                .isNull();
        String unbounded = info("7.2.0", "aof_enabled:1", "maxmemory:0", "maxmemory_policy:volatile-lru");
        assertThat(refusal(unbounded, SYNCED, EnumSet.of(Durability.DISK), Set.of()))
                .isNull();
    }
}
