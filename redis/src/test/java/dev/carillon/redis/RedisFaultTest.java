package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import io.lettuce.core.KillArgs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of a link and of what was acknowledged when Redis ends, stands still, or is another than before. */
class RedisFaultTest {

    private static final ChannelSettings SETTINGS = ChannelSettings.DEFAULT;
    private static final SharedLog.Range ALL = new SharedLog.Range.From(1);

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    /** Longer than a busy machine lets an answer wait, short enough for a test that waits for its end. */
    private static final RedisLimits BRIEF = RedisProcess.limits(Duration.ofSeconds(3));

    @Test
    void whatWasAcknowledgedSurvivesAKillOfRedis() throws Exception {
        try (RedisProcess process = RedisProcess.synced();
                Redis redis = Redis.open(process.settings("kill:", Durability.FSYNC))) {
            Asking ada = new Asking(redis);
            for (int i = 1; i <= 50; i++) {
                ada.append(SETTINGS, Integer.toString(i), "key-00000000000000" + i);
            }
            SharedLog.Read.Records kept = ada.read(SETTINGS, ALL);
            process.kill();
            assertThat(ada.append(SETTINGS, "51", null)).isEqualTo(new SharedLog.Appended.Failed());
            assertThat(ada.isThere()).isFalse();
            process.restart();
            assertThat(ada.isThere()).isFalse();
            ada.comeBack();
            assertThat(ada.read(SETTINGS, ALL)).isEqualTo(kept);
            assertThat(kept.records()).hasSize(50);
            assertThat(ada.append(SETTINGS, "50", "key-0000000000000050"))
                    .isEqualTo(new SharedLog.Appended.Duplicate(kept.state().head()));
            ada.log.follow(Asking.ROOM);
            ada.store(SETTINGS, "51");
            assertThat(ada.log.heard().join()).isTrue();
            assertThat(ada.pushed()).containsExactly("room 51 51");
        }
    }

    @Test
    void aRedisThatForgotEverythingBeginsAnotherEpoch() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory();
                Redis redis = Redis.open(process.settings("forgot:"))) {
            Asking ada = new Asking(redis);
            ada.store(SETTINGS, "1");
            process.kill();
            process.restart();
            RedisProcess.await(() -> !ada.isThere(), "the end is noticed");
            ada.comeBack();
            assertThat(ada.read(SETTINGS, ALL).records()).isEmpty();
            assertThat(ada.store(SETTINGS, "1").record().offset()).isEqualTo(1);
        }
    }

    @Test
    void aPausedRedisFailsTheLinkAndNothingIsOvertaken() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory();
                Redis redis = Redis.open(process.settings("pause:").with(BRIEF))) {
            Asking ada = new Asking(redis);
            ada.log.follow(Asking.ROOM);
            ada.store(SETTINGS, "1");
            assertThat(ada.log.heard().join()).isTrue();
            process.pause();
            try {
                assertThat(ada.append(SETTINGS, "2", null)).isEqualTo(new SharedLog.Appended.Failed());
                assertThat(ada.append(SETTINGS, "3", null)).isEqualTo(new SharedLog.Appended.Failed());
            } finally {
                process.goOn();
            }
            ada.comeBack();
            ada.store(SETTINGS, "4");
            List<String> kept = ada.read(SETTINGS, ALL).records().stream()
                    .map(LogRecord::data)
                    .map(Object::toString)
                    .toList();
            assertThat(kept).isIn(List.of("1", "4"), List.of("1", "2", "4"));
            assertThat(ada.lost()).isPositive();
            assertThat(ada.pushed()).startsWith("room 1 1");
        }
    }

    @Test
    void aFeedThatIsSilentFailsTheLink() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory();
                Redis redis = Redis.open(process.settings("silent:").with(BRIEF))) {
            Asking ada = new Asking(redis);
            assertThat(ada.isThere()).isTrue();
            process.pause();
            try {
                RedisProcess.await(() -> ada.lost() == 1, "the silence is noticed");
            } finally {
                process.goOn();
            }
            ada.comeBack();
        }
    }

    @Test
    void aFeedThatIsCutAloneFailsTheLink() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory();
                Redis redis = Redis.open(process.settings("cut:"))) {
            Asking ada = new Asking(redis);
            ada.log.follow(Asking.ROOM);
            ada.store(SETTINGS, "1");
            RedisProcess.await(() -> ada.pushed().equals(List.of("room 1 1")), "it is pushed");
            process.ask(connection -> connection.sync().clientKill(KillArgs.Builder.typePubsub()));
            RedisProcess.await(() -> ada.lost() == 1, "the cut is noticed");
            ada.comeBack();
            ada.log.follow(Asking.ROOM);
            ada.store(SETTINGS, "2");
            RedisProcess.await(() -> ada.pushed().equals(List.of("room 1 1", "room 2 2")), "it is pushed again");
        }
    }

    @Test
    void aRedisThatCanNotGiveADurabilityIsRefusedUnlessThatIsAccepted() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory()) {
            RedisSettings settings = process.settings("durable:", Durability.DISK);
            assertThatThrownBy(() -> Redis.open(settings))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessage("redis://127.0.0.1:" + process.port()
                            + " can't give durability disk: it writes no append-only file; set appendonly yes;"
                            + " or name disk in redis.accept");
            Redis.open(settings.accepting(Set.of(Durability.DISK))).close();
            Redis.open(process.settings("durable:", Durability.MEMORY)).close();
        }
    }

    @Test
    void anOlderRedisIsRefusedInOneLine() throws Exception {
        try (OlderRedis older = new OlderRedis()) {
            RedisSettings settings = RedisSettings.of("redis://127.0.0.1:" + older.port(), Set.of())
                    .with(RedisProcess.limits(Duration.ofSeconds(30)));
            assertThatThrownBy(() -> Redis.open(settings))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessage("redis://127.0.0.1:" + older.port() + " has version '6.2.14': it must be 7.0 or newer");
        }
    }

    @Test
    void aNodeRefusesWhatANewerOneHasWritten() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory()) {
            Redis.open(process.settings("format:")).close();
            byte[] newer = "2".getBytes(StandardCharsets.US_ASCII);
            process.ask(connection -> connection.sync().set(new Keys("format:").format(), newer));
            assertThatThrownBy(() -> Redis.open(process.settings("format:")))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageContaining("holds format '2' under 'format:', and this version reads 1");
        }
    }

    @Test
    void aRedisThatIsNotThereIsNamedWithoutItsPassword() throws Exception {
        int port;
        try (RedisProcess process = RedisProcess.inMemory()) {
            port = process.port();
        }
        RedisSettings settings = RedisSettings.of("redis://ada:secret@127.0.0.1:" + port, Set.of());
        assertThatThrownBy(() -> Redis.open(settings))
                .isInstanceOf(RedisRefusedException.class)
                .hasMessageStartingWith("redis://127.0.0.1:" + port + " can't be used: ")
                .hasMessageNotContaining("secret");
    }
}
