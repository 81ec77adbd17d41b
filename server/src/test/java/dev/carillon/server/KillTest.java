package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code kill -9} at random moments, while four publishers fill four channels, by WebSocket in both forms and by POST, and
 * sixteen readers follow them on all deliveries. What is asked after each is in {@link KillScene}.
 */
@Tag("process")
final class KillTest {

    private static final boolean IS_LONG = Boolean.parseBoolean(System.getenv("CARILLON_LONG"));

    /** At each durability. */
    private static final int ROUNDS = IS_LONG ? 100 : 5;

    /** After so many, other channels. */
    private static final int ROUNDS_OF_A_SCENE = 5;

    private static final int SIGKILL_EXIT = 137;

    /** A kill comes within so long after the last acknowledgement that was waited for. */
    private static final int DELAY_NANOS_MAX = 3_000_000;

    /** One start of so many is killed itself. */
    private static final int STARTS = 4;

    private static final long START_NANOS = 1_500_000_000;

    @TempDir
    private Path folder = Path.of("");

    private final Random random = new Random(Seed.of(KillTest.class));

    private ServerProcess start(Durability durability) throws IOException {
        Path file = folder.resolve("carillon.yaml");
        // A small buffer, so that sorted files are written in the middle of it too.
        Files.writeString(file, """
                channels:
                  - {pattern: "**", durability: %1$s}
                  - {pattern: "brief:**", durability: %1$s, history: {count: %2$d}}
                store: {writeBufferBytes: 1MiB}
                """.formatted(durability.name().toLowerCase(Locale.ROOT), KillScene.BRIEF_COUNT));
        return ServerProcess.carillon(
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                file.toString(),
                "--data",
                folder.resolve("data").toString());
    }

    /** A start after a kill, which may be killed itself at any moment of it. */
    private ServerProcess startAgain(Durability durability) throws Exception {
        while (random.nextInt(STARTS) == 0) {
            try (ServerProcess unlucky = start(durability)) {
                LockSupport.parkNanos(random.nextLong(START_NANOS));
                unlucky.kill();
                unlucky.exitCode();
            }
        }
        return start(durability);
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void whatWasAcknowledgedIsThereOnceInOrderWithItsPosition(Durability durability) throws Exception {
        List<KillScene> scenes = new ArrayList<>();
        ServerProcess server = start(durability);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                if (round % ROUNDS_OF_A_SCENE == 0) {
                    scenes.forEach(KillScene::close);
                    try (Peer peer = new Peer(server.ready())) {
                        scenes.add(new KillScene(random, "scene" + round, peer));
                    }
                }
                KillScene scene = scenes.getLast();
                int killAt = 1 + random.nextInt(KillScene.ordersOfARound() * 9 / 10);
                publishUntilKilled(server, scene, killAt);
                server.close();
                server = startAgain(durability);
                try (Peer peer = new Peer(server.ready())) {
                    KillScene.Tally tally = scene.judge(peer);
                    System.out.println("KillTest: " + durability + " round " + (round + 1) + ", killed at " + killAt
                            + ", " + tally);
                }
            }
            try (Peer peer = new Peer(server.ready())) {
                for (KillScene scene : scenes) {
                    scene.assertStillThere(peer);
                }
            }
            System.out.println("KillTest: " + durability + ", " + ROUNDS
                    + " rounds: 0 lost, 0 reordered, 0 repeated, 0 false gaps");
        } finally {
            server.close();
            scenes.forEach(KillScene::close);
        }
    }

    private void publishUntilKilled(ServerProcess server, KillScene scene, int killAt) throws Exception {
        int delayNanos = random.nextInt(DELAY_NANOS_MAX);
        CompletableFuture<Void> due = new CompletableFuture<>();
        try (Peer peer = new Peer(server.ready());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> authors = scene.publish(peer, threads, killAt, due);
            due.get(Peer.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
            LockSupport.parkNanos(delayNanos);
            server.kill();
            KillScene.awaitAll(authors);
        }
        assertThat(server.exitCode()).isEqualTo(SIGKILL_EXIT);
    }
}
