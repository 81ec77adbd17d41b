package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Frames of every kind in any order, true and broken: they end what they concern, and nothing else. */
class Http2FramesTest extends Http2Fixture {

    private static final int PEERS = 60;
    private static final int FRAMES_MAX = 60;

    private static final String[] PATHS = {
        "/",
        "/live",
        "/chat",
        "/channels/orders",
        "/channels/orders?wait=1s",
        "/channels/orders/presence",
        "/healthz",
        "*",
        "nowhere"
    };

    /** Said with each failure; {@code -Dcarillon.seed=N} gives it again. */
    private final long seed = Long.getLong("carillon.seed", System.nanoTime());

    @Test
    void whateverComesTheServerGoesOnAndNothingIsLeft() throws Exception {
        try (TestServer beating = new TestServer(settings(Duration.ofMillis(500), Duration.ofSeconds(2)))) {
            for (int round = 0; round < PEERS; round++) {
                SplittableRandom random = new SplittableRandom(seed + round);
                try (Http2Peer peer = new Http2Peer(beating, random.nextInt(3) == 0 ? 100 : 65_535)) {
                    int frames = random.nextInt(FRAMES_MAX);
                    for (int i = 0; i < frames; i++) {
                        say(peer, random);
                    }
                } catch (IOException e) {
                    assertThat(e).as("it may have been closed by then").isNotNull();
                }
            }
            String hint = "-Dcarillon.seed=" + seed;
            Await.until(() -> beating.counters.connections() == 0);
            Await.until(() -> beating.engineCounters.sessions() == 0);
            assertThat(beating.counters.http2Streams()).as(hint).isZero();
            assertThat(beating.counters.http2Connections()).as(hint).isZero();
            assertThat(beating.counters.failures()).as(hint).isZero();
            for (Traffic.Transport transport : Traffic.Transport.values()) {
                assertThat(beating.counters.open(transport))
                        .as("%s, %s", transport, hint)
                        .isZero();
            }
            try (Http2Peer peer = new Http2Peer(beating)) {
                peer.get(1, "/");
                assertThat(peer.answer(1)).as(hint).endsWith("hello");
            }
        }
    }

    private static void say(Http2Peer peer, SplittableRandom random) throws IOException {
        int stream = random.nextInt(12) == 0 ? random.nextInt(20) : 2 * random.nextInt(10) + 1;
        String path = PATHS[random.nextInt(PATHS.length)];
        switch (random.nextInt(10)) {
            case 0 -> peer.get(stream, path);
            case 1 -> peer.get(stream, path, "accept", "text/event-stream");
            case 2 -> peer.connect(stream, path);
            case 3 -> peer.headers(stream, random.nextInt(2), post());
            case 4 -> peer.data(stream, random.nextInt(2), Http2Peer.frame(random.nextInt(16), "{\"type\":\"ping\"}"));
            case 5 -> peer.sendNumber(Http2Peer.WINDOW_UPDATE, stream, random.nextInt(5) * random.nextInt(1000));
            case 6 -> peer.sendNumber(Http2Peer.RST_STREAM, stream, random.nextInt(15));
            case 7 -> peer.send(Http2Peer.PING, random.nextInt(2), 0, new byte[8]);
            case 8 -> peer.data(stream, random.nextInt(2), "{\"n\":1}".repeat(random.nextInt(1000)));
            default -> {
                byte[] payload = new byte[random.nextInt(40)];
                random.nextBytes(payload);
                int type = random.nextInt(8) == 0 ? random.nextInt(12) : Http2Peer.DATA;
                peer.send(type, random.nextInt(256), stream, payload);
            }
        }
    }
}
