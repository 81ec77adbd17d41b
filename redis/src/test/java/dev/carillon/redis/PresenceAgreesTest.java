package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.PresenceMemory;
import dev.carillon.engine.SharedPresence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Redis answers any calls about presence as the executable specification does, and pushes the same changes. */
class PresenceAgreesTest {

    private static final int ROUNDS = 20;
    private static final int CALLS = 150;
    private static final long VERSION = 1_000_000_000_000_000L;

    /** More than are ever listed: which ones go first is not said. */
    private static final int ALL = 64;

    private int checks;

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    /** What is asked. */
    Deployment deployment() {
        return Deployments.alone();
    }

    int rounds() {
        return ROUNDS;
    }

    @Test
    void anyCallsAreAnsweredAsTheSpecificationSays() throws Exception {
        SplittableRandom random = new SplittableRandom(Seed.of(PresenceAgreesTest.class));
        for (int round = 0; round < rounds(); round++) {
            try (Redis redis = Redis.open(deployment().settings("here-" + round + ":"))) {
                play(random, new Asking(redis));
            }
        }
    }

    private void play(SplittableRandom random, Asking ada) {
        List<SharedPresence.Change> pushed = new ArrayList<>();
        List<SharedPresence.Change> expected = new ArrayList<>();
        PresenceMemory memory = new PresenceMemory(System::currentTimeMillis, (_, change) -> expected.add(change));
        SharedPresence presence = ada.log.presence();
        presence.begin((_, change) -> {
            synchronized (pushed) {
                pushed.add(change);
            }
        });
        presence.follow(Asking.ROOM);
        put(presence, memory, new SharedPresence.Listing(1, "first", 1)); // which makes the channel known
        for (int i = 0; i < CALLS; i++) {
            switch (random.nextInt(10)) {
                case 0 -> bury(random, presence, memory);
                case 1, 2 -> read(random, presence, memory);
                default ->
                    put(
                            presence,
                            memory,
                            new SharedPresence.Listing(
                                    random.nextInt(1, 4), "user " + random.nextInt(8), random.nextInt(-1, 3)));
            }
        }
        assertThat(ada.log.heard().join()).isTrue();
        synchronized (pushed) {
            // Who is taken away first is not said.
            assertThat(pushed).hasSameSizeAs(expected);
            assertThat(pushed.getLast().after()).isEqualTo(expected.getLast().after());
        }
    }

    private SharedPresence.Seed seed() {
        return new SharedPresence.Seed(checks += ALL, VERSION);
    }

    private void put(SharedPresence presence, PresenceMemory memory, SharedPresence.Listing listing) {
        SharedPresence.Seed seed = seed();
        SharedPresence.Put said = Asking.ask(answer -> presence.put(Asking.ROOM, listing, seed, answer));
        assertThat(said).isEqualTo(new SharedPresence.Put.Done(memory.put(Asking.ROOM, listing, seed)));
    }

    private void bury(SplittableRandom random, SharedPresence presence, PresenceMemory memory) {
        SharedPresence.Seed seed = seed();
        long lease = random.nextInt(1, 4);
        SharedPresence.Buried said = Asking.ask(answer -> presence.bury(Asking.ROOM, lease, ALL, seed, answer));
        assertThat(said).isEqualTo(new SharedPresence.Buried.Done(memory.bury(Asking.ROOM, lease, ALL, seed)));
    }

    private void read(SplittableRandom random, SharedPresence presence, PresenceMemory memory) {
        long min = random.nextBoolean() ? 0 : VERSION + random.nextInt(200);
        int check = ++checks;
        SharedPresence.Read said = Asking.ask(answer -> presence.read(Asking.ROOM, min, min + 3, check, answer));
        assertThat(sorted(said)).isEqualTo(sorted(memory.read(Asking.ROOM, min, min + 3, check)));
    }

    /** The leases that list a user have no order. */
    private static SharedPresence.Read sorted(SharedPresence.Read said) {
        if (said instanceof SharedPresence.Read.Members(SharedPresence.Stand stand, List<SharedPresence.Member> all)) {
            return new SharedPresence.Read.Members(
                    stand,
                    all.stream()
                            .sorted(Comparator.comparingLong(SharedPresence.Member::arrival)
                                    .thenComparingLong(
                                            member -> member.listing().lease()))
                            .toList());
        }
        return said;
    }
}
