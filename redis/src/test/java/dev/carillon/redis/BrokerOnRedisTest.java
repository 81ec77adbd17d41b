package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Brokers of two nodes on one Redis that ends in the middle. */
class BrokerOnRedisTest {

    private static final int COUNT = 300;

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    @Test
    void twoNodesHearAllOfItOnceAndInOrderAcrossAKillOfRedis() throws Exception {
        try (RedisProcess process = RedisProcess.synced();
                Redis ofAda = Redis.open(process.settings("broker:", Durability.FSYNC));
                Redis ofBob = Redis.open(process.settings("broker:", Durability.FSYNC));
                Member ada = new Member(ofAda);
                Member bob = new Member(ofBob)) {
            ada.attach();
            bob.attach();
            CompletableFuture<Void> done = ada.publish(1, COUNT);
            RedisProcess.await(() -> bob.told().size() >= COUNT / 3, "a third is published");
            process.kill();
            RedisProcess.await(() -> ada.staleTimes() > 0 && bob.staleTimes() > 0, "both nodes know");
            process.restart();
            done.orTimeout(60, TimeUnit.SECONDS).join();
            List<String> all =
                    IntStream.rangeClosed(1, COUNT).mapToObj(Integer::toString).toList();
            RedisProcess.await(() -> bob.told().size() >= COUNT, "all has come to the other node");
            assertThat(ada.told()).isEqualTo(all);
            assertThat(bob.told()).isEqualTo(all);
        }
    }
}
