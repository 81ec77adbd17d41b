package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Broker;
import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What readers are told when sentinels have a replica take over. */
class WatchedFaultTest {

    /** Short enough for a test in which a master that is no more must be noticed. */
    private static final RedisLimits BRIEF = RedisProcess.limits(Duration.ofSeconds(5));

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    private static List<String> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(Integer::toString).toList();
    }

    private static void publish(Member by, int first, int last) {
        by.publish(first, last).orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Test
    void aReplicaThatHasEverythingTakesOverFromAKilledMasterWithoutAGap() throws Exception {
        try (WatchedRedis watched = WatchedRedis.start(1, WatchedRedis.SENTINELS);
                Redis ofAda = Redis.open(watched.settings("killed:").with(BRIEF));
                Redis ofBob = Redis.open(watched.settings("killed:").with(BRIEF));
                Member ada = new Member(ofAda);
                Member bob = new Member(ofBob)) {
            ada.attach();
            bob.attach();
            publish(ada, 1, 50);
            watched.awaitReplicas();
            watched.master.kill();
            publish(ada, 51, 100);
            RedisProcess.await(() -> bob.told().size() >= 100, "all has come to the other node");
            assertThat(ada.told()).isEqualTo(numbers(1, 100));
            assertThat(bob.told()).isEqualTo(numbers(1, 100));
        }
    }

    @Test
    void aReplicaThatLagsTakesOverAndWhatWasLostIsTold() throws Exception {
        try (WatchedRedis watched = WatchedRedis.start(1, WatchedRedis.SENTINELS);
                Redis ofAda = Redis.open(watched.settings("lags:").with(BRIEF));
                Redis ofBob = Redis.open(watched.settings("lags:").with(BRIEF));
                Member ada = new Member(ofAda);
                Member bob = new Member(ofBob)) {
            ada.attach();
            bob.attach();
            publish(ada, 1, 10);
            RedisProcess.await(() -> bob.told().size() == 10, "all has come to the other node");
            Position whole = bob.position();
            watched.awaitReplicas();
            watched.cutReplicas();
            publish(ada, 11, 15);
            RedisProcess.await(() -> bob.told().size() == 15, "all has come to the other node");
            Position lost = bob.position();
            watched.master.kill();
            publish(ada, 101, 110); // whose offsets were those of 11 to 15
            for (Member one : List.of(ada, bob)) {
                RedisProcess.await(() -> one.told().size() > 15, "what was lost is told");
                List<String> told = one.told();
                assertThat(told.subList(0, 15)).isEqualTo(numbers(1, 15));
                assertThat(told.get(15)).startsWith("replaced by ");
                assertThat(numbers(101, 110))
                        .endsWith(told.subList(16, told.size()).toArray(String[]::new));
                assertThat(textsOf(one.readAfter(whole))).isEqualTo(numbers(101, 110));
                assertThat(gap(one.readAfter(lost))).isNotNull();
                assertThat(gap(one.readAfter(whole))).isNull();
            }
        }
    }

    private static List<String> textsOf(Broker.Page page) {
        return ((Broker.Page.Publications) page)
                .publications().stream()
                        .map(publication -> publication.data().text())
                        .toList();
    }

    private static @Nullable Object gap(Broker.Page page) {
        return page instanceof Broker.Page.Publications found ? found.gap() : page;
    }

    /** A sentinel has a master demoted that is still there: links leave it, whatever it says itself. */
    @Test
    void linksFollowAnOrderlyFailover() throws Exception {
        try (WatchedRedis watched = WatchedRedis.start(1, 1);
                Redis ofAda = Redis.open(watched.settings("orderly:").with(BRIEF));
                Member ada = new Member(ofAda)) {
            ada.attach();
            publish(ada, 1, 10);
            watched.awaitReplicas();
            watched.failOver();
            watched.awaitPromotion();
            publish(ada, 11, 20);
            RedisProcess.await(() -> ada.told().size() >= 20, "all is told");
            assertThat(ada.told()).isEqualTo(numbers(1, 20));
        }
    }

    /** It may be cut off from the others, and still take writes that nobody else will see. */
    @Test
    void linksLeaveAMasterThatTheSentinelsNoLongerName() throws Exception {
        try (WatchedRedis watched = WatchedRedis.start(0, 1);
                RedisProcess other = RedisProcess.inMemory();
                Redis ofAda = Redis.open(watched.settings("left:").with(BRIEF));
                Member ada = new Member(ofAda)) {
            ada.attach();
            publish(ada, 1, 3);
            watched.nameInstead(other);
            RedisProcess.await(() -> ada.told().size() > 3, "the other master is asked");
            assertThat(ada.told().get(3)).startsWith("replaced by ");
            publish(ada, 4, 4);
            RedisProcess.await(() -> ada.told().getLast().equals("4"), "and has what was published since");
            byte[] head = new Keys("left:").head(Asking.ROOM);
            assertThat(other.<Long>ask(connection -> connection.sync().exists(head)))
                    .isEqualTo(1);
        }
    }
}
