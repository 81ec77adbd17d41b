package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import dev.carillon.testkit.Direction;
import dev.carillon.testkit.Fault;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real nodes on one real Redis, to which one of them has a link that carries far less than is published. */
@Tag("process")
final class SlowLinkTest {

    private static final boolean IS_LONG = Boolean.parseBoolean(System.getenv("CARILLON_LONG"));
    private static final int PUBLICATIONS = IS_LONG ? 3000 : 300;
    private static final int DATA_BYTES = 16_000;

    /** Far less than comes, and enough to answer that it is there. */
    private static final long BYTES_PER_SECOND = 20_000;

    /** For the two of them, with what the JVM takes outside of its heap. */
    private static final long GROWTH_BYTES_MAX = 64 << 20;

    private static final List<Reader.Delivery> DELIVERIES = List.of(
            Reader.Delivery.WEBSOCKET,
            Reader.Delivery.WEBSOCKET_BINARY,
            Reader.Delivery.EVENT_STREAM,
            Reader.Delivery.LIVE,
            Reader.Delivery.LIVE_STREAM);

    @TempDir
    private Path folder = Path.of("");

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void endAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }

    private ServerProcess start(String name, String redisUrl) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".yaml"), """
                listen: {hosts: [127.0.0.1], port: 0}
                eventLoops: 2
                heartbeat: 2s
                redis: {url: "%s", connectTime: 1m, callTime: 3s}
                network: {port: none}
                """.formatted(redisUrl));
        return opened(ServerProcess.startWith(
                System.getProperty("java.class.path"),
                List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"),
                folder,
                "serve",
                "--config",
                file.toString(),
                "--data",
                folder.resolve(name).toString()));
    }

    /** A reader that keeps of each publication its number only. */
    private record Numbers(Reader reader, List<Integer> seen) {

        static Numbers follow(Peer node, Reader.Delivery delivery) {
            List<Integer> seen = new CopyOnWriteArrayList<>();
            Reader reader = Reader.follow(
                    node,
                    delivery,
                    "orders",
                    Position.ORIGIN,
                    publication ->
                            seen.add(Integer.parseInt(publication.data().text().replaceAll("\\D", ""))));
            return new Numbers(reader, seen);
        }

        void assertWhole(Position last) {
            reader.awaitPosition(last);
            assertThat(seen)
                    .as("%s", reader)
                    .isEqualTo(IntStream.rangeClosed(1, PUBLICATIONS).boxed().toList());
            assertThat(reader.gaps()).as("%s", reader).isEmpty();
        }
    }

    private List<Numbers> follow(Peer node) {
        List<Numbers> all = DELIVERIES.stream()
                .map(delivery -> Numbers.follow(node, delivery))
                .toList();
        all.forEach(each -> open.add(each.reader()));
        return all;
    }

    @Test
    void aSlowLinkToRedisIsFeltByItsOwnReadersOnlyAndTheyAreGivenEverythingLater() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        PrivateRedis redis = opened(PrivateRedis.start(Files.createDirectory(folder.resolve("redis"))));
        SlowRoad road = opened(SlowRoad.to(redis));
        ServerProcess fast = start("fast", redis.url());
        ServerProcess slow = start("slow", road.url());
        Peer fastPeer = opened(new Peer(fast.ready()));
        Peer slowPeer = opened(new Peer(slow.ready()));
        List<Numbers> felt = follow(slowPeer);
        List<Numbers> unharmed = follow(fastPeer);
        Beats beats = opened(Beats.listen(slowPeer));
        long before = slow.residentBytes();

        road.suffer(new Fault.Throttle(Direction.BOTH, BYTES_PER_SECOND));
        Position last = Position.ORIGIN;
        for (int i = 1; i <= PUBLICATIONS; i++) {
            String data = "{\"n\":" + i + ",\"pad\":\"" + "x".repeat(DATA_BYTES) + "\"}";
            last = fastPeer.publish("orders", "key-of-the-order-" + i, data).position();
        }
        for (Numbers each : unharmed) {
            each.assertWhole(last);
        }
        assertThat(fastPeer.metric("carillon_redis_failures_total")).isZero();
        assertThat(fastPeer.metric("carillon_shared_links_lost_total")).isZero();
        Position head = last;
        assertThat(felt)
                .as("are not there yet")
                .noneMatch(each -> each.reader().position().equals(head));

        int heard = beats.count();
        assertThat(slowPeer.get("/healthz").statusCode()).isEqualTo(200);
        Peer.until("heartbeats go on", () -> beats.count() >= heard + 2);
        assertThat(slowPeer.get("/metrics").statusCode()).isEqualTo(200);
        assertThat(slow.residentBytes() - before).as("growth of memory").isLessThan(GROWTH_BYTES_MAX);

        road.suffer(new Fault.None());
        for (Numbers each : felt) {
            each.assertWhole(last);
        }
        assertThat(slowPeer.metric("carillon_gaps_total")).isZero();
        assertThat(slowPeer.metric("carillon_failures_total")).isZero();
        assertThat(slow.isRunning()).isTrue();
    }

    /** An event stream of a channel in which nothing happens. */
    private record Beats(Stream<String> lines, AtomicInteger heard) implements AutoCloseable {

        static Beats listen(Peer peer) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(peer.server.resolve("/channels/quiet"))
                    .header("Accept", "text/event-stream")
                    .build();
            Stream<String> lines =
                    peer.http.send(request, HttpResponse.BodyHandlers.ofLines()).body();
            AtomicInteger heard = new AtomicInteger();
            Thread.startVirtualThread(() -> {
                try {
                    lines.filter(line -> line.equals("event: heartbeat")).forEach(_ -> heard.incrementAndGet());
                } catch (RuntimeException e) {
                    // Its peer was closed.
                }
            });
            return new Beats(lines, heard);
        }

        int count() {
            return heard.get();
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
