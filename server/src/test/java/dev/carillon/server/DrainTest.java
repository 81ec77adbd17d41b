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
import java.util.function.ToLongFunction;
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

    /** No tenth of the window may see more than so many times its share. */
    private static final int SHARES_MAX = 3;

    @TempDir
    private Path folder = Path.of("");

    private final List<CrowdReader> crowd = new ArrayList<>();

    private ServerProcess start(int port, int windowSeconds) throws IOException {
        Files.writeString(
                folder.resolve("carillon.yaml"),
                "drain: {window: " + windowSeconds + "s, away: 5s}\nnetwork: {port: none}\n");
        return ServerProcess.carillon(folder, "serve", "--port", Integer.toString(port), "--config", "carillon.yaml");
    }

    @Test
    void aRestartWithAThousandReadersLosesNothingAndIsNoStampede() throws Exception {
        restartWith(1000, 10, 20);
    }

    @Tag("long")
    @Test
    void aRestartWithFiveThousandReadersLosesNothingAndIsNoStampede() throws Exception {
        restartWith(5000, 10, 250);
    }

    private void restartWith(int readers, int windowSeconds, int pauseMillis) throws Exception {
        Publishing publishing;
        URI at;
        try (ServerProcess server = start(0, windowSeconds)) {
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
            server.terminate();
            assertItSaysThatItEnds(at);
            assertThat(server.exitCode()).isEqualTo(143);
            assertThat(server.err()).contains("closed").doesNotContain("Exception", "\tat ");
        }
        try (ServerProcess server = start(at.getPort(), windowSeconds)) {
            server.ready();
            until("all are back", () -> crowd.stream().allMatch(reader -> reader.backNanos != 0));
            int last = publishing.end();
            until("all have seen the last", () -> crowd.stream().allMatch(reader -> reader.last == last));
            assertThat(crowd).extracting(reader -> reader.problem).containsOnlyNulls();
            System.out.println("DrainTest: " + readers + " readers, " + last + " publications, each seen once by each");
            assertSpread("due", windowSeconds, reader -> reader.dueNanos);
            assertSpread("back", windowSeconds, reader -> reader.backNanos);
        } finally {
            publishing.end();
            for (CrowdReader reader : crowd) {
                reader.stop();
            }
        }
    }

    private static void assertItSaysThatItEnds(URI at) throws Exception {
        try (Peer peer = new Peer(at)) {
            until("it is not ready", () -> {
                HttpResponse<String> ready = peer.get("/ready");
                return ready.statusCode() == 503 && ready.body().startsWith("not ready: ");
            });
            assertThat(peer.get("/healthz").statusCode()).isEqualTo(200);
            assertThat(peer.metric("carillon_draining")).isEqualTo(1);
        }
    }

    /** Prints how many of the moments lie in each tenth of the window behind the first of them, and looks at the most. */
    private void assertSpread(String what, int windowSeconds, ToLongFunction<CrowdReader> moment) {
        long first = crowd.stream().mapToLong(moment).min().orElseThrow();
        int[] parts = new int[PARTS + 1];
        for (CrowdReader reader : crowd) {
            long part = (moment.applyAsLong(reader) - first) * PARTS / TimeUnit.SECONDS.toNanos(windowSeconds);
            parts[(int) Math.min(part, PARTS)]++;
        }
        System.out.println("DrainTest: " + what + " in each tenth of " + windowSeconds + " s, and later: "
                + Arrays.toString(parts));
        for (int part : parts) {
            assertThat(part).as(what).isLessThanOrEqualTo(SHARES_MAX * crowd.size() / PARTS);
        }
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
