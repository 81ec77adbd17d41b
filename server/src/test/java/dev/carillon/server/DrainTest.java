package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real server with very many readers on every delivery is told to end while publications go on, and is started again on the
 * same folder and port: what the numbers in the publications say of it, and when the readers come back.
 */
@Tag("process")
final class DrainTest {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String CHANNEL = "orders";
    private static final int PUBLISHED_BEFORE = 20;
    private static final int PARTS = 10;

    /** What chance, and whole clients in whole waves, may make of an even spread: one part of so many of the clients. */
    private static final int SLACK_PARTS = 20;

    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    @TempDir
    private Path folder = Path.of("");

    private final List<CrowdReader> crowd = new ArrayList<>();

    private ServerProcess start(int port, String drain) throws IOException {
        Files.writeString(folder.resolve("carillon.yaml"), "drain: {" + drain + "}\nnetwork: {port: none}\n");
        return ServerProcess.carillon(folder, "serve", "--port", Integer.toString(port), "--config", "carillon.yaml");
    }

    @Test
    void aRestartWithAThousandReadersLosesNothingAndIsNoStampede() throws Exception {
        restartWith(1000, 5, 3, 50);
    }

    @Tag("long")
    @Test
    void aRestartWithFiveThousandReadersLosesNothingAndIsNoStampede() throws Exception {
        restartWith(5000, 10, 5, 250);
    }

    /** Both would last for ten minutes if they waited. */
    @Test
    void aNodeWithoutClientsEndsAtOnceAndOneThatIsToldTwiceWaitsForNobody() throws Exception {
        try (ServerProcess server = start(0, "window: 10m")) {
            server.ready();
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(143);
        }
        try (ServerProcess server = start(0, "notice: 10m");
                Peer peer = new Peer(server.ready())) {
            server.terminate();
            awaitNotReady(peer);
            assertThat(peer.publish(CHANNEL, "key-of-what-is-published-meanwhile", "1")
                            .duplicate())
                    .isFalse();
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(143);
            assertThat(server.err()).contains("closed").doesNotContain("Exception", "\tat ");
        }
    }

    private void restartWith(int readers, int windowSeconds, int awaySeconds, int pauseMillis) throws Exception {
        String drain = "window: " + windowSeconds + "s, away: " + awaySeconds + "s";
        Publishing publishing;
        URI at;
        long told;
        List<Progress> progress;
        try (ServerProcess server = start(0, drain)) {
            at = server.ready();
            for (int i = 0; i < readers; i++) {
                CrowdReader.Delivery delivery = i % 5 == 0
                        ? CrowdReader.Delivery.LONG_POLL
                        : i % 5 == 1 ? CrowdReader.Delivery.EVENT_STREAM : CrowdReader.Delivery.WEBSOCKET;
                crowd.add(new CrowdReader(at.getPort(), CHANNEL, delivery));
            }
            publishing = new Publishing(at, pauseMillis);
            publishing.begin();
            crowd.forEach(CrowdReader::start);
            until("all are served", () -> crowd.stream().allMatch(reader -> reader.served > 0));
            int before = publishing.acknowledged;
            until("some are published", () -> publishing.acknowledged >= before + PUBLISHED_BEFORE);
            told = System.nanoTime();
            server.terminate();
            progress = watch(at, server);
            assertThat(server.exitCode()).isEqualTo(143);
            assertThat(server.err()).contains("closed").doesNotContain("Exception", "\tat ");
        }
        crowd.forEach(CrowdReader::onFirstGone);
        try (ServerProcess server = start(at.getPort(), drain)) {
            server.ready();
            until("all are back", () -> crowd.stream().allMatch(reader -> reader.backNanos != 0));
            int last = publishing.end();
            until("all have seen the last", () -> crowd.stream().allMatch(reader -> reader.last == last));
            assertThat(crowd).extracting(reader -> reader.problem).containsOnlyNulls();
            System.out.println("DrainTest: " + readers + " readers, " + last + " publications, each seen once by each");
            assertSpread(told + TimeUnit.SECONDS.toNanos(windowSeconds + awaySeconds), windowSeconds);
            assertMovedEvenly(progress, windowSeconds);
        } finally {
            publishing.end();
            for (CrowdReader reader : crowd) {
                reader.stop();
            }
        }
    }

    // ---- while the node takes leave

    /** How many waves have gone out, and how many clients were yet to be moved then. */
    private record Progress(int waves, int staying) {}

    private static void awaitNotReady(Peer peer) throws Exception {
        until("it is not ready", () -> {
            HttpResponse<String> ready = peer.get("/ready");
            return ready.statusCode() == 503 && ready.body().startsWith("not ready: ");
        });
    }

    /** Watches the server until it listens no more: that it says what it does, and how it comes along. */
    private static List<Progress> watch(URI at, ServerProcess server) throws Exception {
        List<Progress> seen = new ArrayList<>();
        try (Peer peer = new Peer(at)) {
            awaitNotReady(peer);
            assertThat(peer.get("/healthz").statusCode()).isEqualTo(200);
            assertThat(peer.metric("carillon_draining")).isEqualTo(1);
            while (server.isRunning()) {
                String metrics = peer.get("/metrics").body();
                seen.add(new Progress(
                        value(metrics, "carillon_drain_waves_total"), value(metrics, "carillon_drain_staying")));
                LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            }
        } catch (IOException e) {
            // It listens no more.
        }
        return seen;
    }

    private static int value(String metrics, String series) {
        String line = metrics.lines()
                .filter(each -> each.startsWith(series + " "))
                .findFirst()
                .orElseThrow();
        return (int) Double.parseDouble(line.substring(series.length() + 1));
    }

    /**
     * By the server's own figures, and so however slow the machine: no wave has moved more than its share. Nor less, but that
     * who was told in the middle of an answer ends after it, which a slow machine makes some.
     */
    private void assertMovedEvenly(List<Progress> progress, int windowSeconds) {
        int waves = windowSeconds * 10;
        int slack = crowd.size() / SLACK_PARTS + 2 * crowd.size() / waves;
        int between = 0;
        int behind = 0;
        for (Progress seen : progress) {
            if (seen.waves > 0 && seen.waves < waves) {
                between++;
                int share = crowd.size() * (waves - seen.waves) / waves;
                assertThat(seen.staying).as("%s", seen).isGreaterThanOrEqualTo(share - slack);
                behind += seen.staying > share + slack ? 1 : 0;
            }
        }
        assertThat(between).as("looks between the first and the last wave").isPositive();
        assertThat(behind).as("of %s looks, at more than the share", between).isLessThanOrEqualTo(between / 2);
    }

    // ---- when they come back

    /**
     * A slow machine only makes them later. So it is asked whether anybody is to come before the announced window begins, or
     * more in any first part of it than an even spread has there.
     *
     * @param begin when the window begins at the earliest, counted from before the server was told to end
     */
    private void assertSpread(long begin, int windowSeconds) {
        long window = TimeUnit.SECONDS.toNanos(windowSeconds);
        for (CrowdReader reader : crowd) {
            boolean hasWords = reader.delivery() != CrowdReader.Delivery.LONG_POLL;
            assertThat(reader.dueNanos != 0 || !hasWords).as("was told").isTrue();
            assertThat(reader.dueNanos == 0 || reader.backNanos - reader.dueNanos >= 0)
                    .as("came when it was told, or later")
                    .isTrue();
        }
        List<Long> due = crowd.stream()
                .filter(reader -> reader.dueNanos != 0)
                .map(reader -> reader.dueNanos - begin)
                .sorted()
                .toList();
        print("due", due, window);
        print(
                "back",
                crowd.stream().map(reader -> reader.backNanos - begin).sorted().toList(),
                window);
        // They are told whole milliseconds.
        assertThat(due.getFirst()).isGreaterThan(-TimeUnit.MILLISECONDS.toNanos(1));
        for (int part = 1; part <= PARTS; part++) {
            long end = window * part / PARTS;
            long early = due.stream().filter(each -> each < end).count();
            assertThat(early)
                    .as("due in the first %s tenths", part)
                    .isLessThanOrEqualTo(crowd.size() * part / PARTS + crowd.size() / SLACK_PARTS);
        }
    }

    private static void print(String what, List<Long> moments, long window) {
        int[] parts = new int[PARTS + 1];
        for (long moment : moments) {
            parts[Math.clamp(moment * PARTS / window, 0, PARTS)]++;
        }
        System.out.println("DrainTest: " + what + " in each tenth of the announced "
                + TimeUnit.NANOSECONDS.toSeconds(window) + " s, and later: " + Arrays.toString(parts));
    }

    private interface Claim {
        boolean holds() throws Exception;
    }

    private static void until(String what, Claim claim) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!claim.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("it did not come true in " + PATIENCE.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    /** Publishes 1, 2, 3 … each until it is acknowledged, with the same key however often. */
    private static final class Publishing {
        private final Peer peer;
        private final int pauseMillis;
        private final Thread thread;
        private volatile boolean isOver;
        private volatile @Nullable String problem;
        volatile int acknowledged;

        Publishing(URI at, int pauseMillis) {
            this.peer = new Peer(at);
            this.pauseMillis = pauseMillis;
            this.thread = Thread.ofPlatform().daemon().unstarted(this::run);
        }

        void begin() {
            thread.start();
        }

        private void run() {
            while (!isOver) {
                int number = acknowledged + 1;
                if (isAcknowledged(number)) {
                    acknowledged = number;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
            }
        }

        private boolean isAcknowledged(int number) {
            try {
                HttpResponse<String> answer =
                        peer.post(CHANNEL, "key-of-the-number-" + number, Integer.toString(number));
                int status = answer.statusCode();
                if (status != 200 && status != 201 && status != 503) {
                    problem = answer.body();
                }
                return status == 200 || status == 201;
            } catch (IOException e) {
                return false; // nobody is there, or it is not known: once more
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** Ends it; returns the last number that was acknowledged. */
        int end() throws InterruptedException {
            isOver = true;
            thread.join();
            peer.close();
            assertThat(Objects.requireNonNullElse(problem, "")).isEmpty();
            return acknowledged;
        }
    }
}
