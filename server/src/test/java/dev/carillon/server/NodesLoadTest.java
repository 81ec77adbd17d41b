package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.testkit.Direction;
import dev.carillon.testkit.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes on one Redis behind the real nginx, each request at the next node, very many readers on every delivery, and all
 * the trouble that nodes, Redis and what is between them can have. The judge are numbers in the publications and the
 * publishers' own logs: as Redis keeps all that it acknowledges here, any gap is a false one.
 */
@Tag("process")
final class NodesLoadTest {

    private static final boolean IS_LONG = Boolean.parseBoolean(System.getenv("CARILLON_LONG"));
    private static final int NODES = 3;
    private static final int READERS = IS_LONG ? 3000 : 150;
    private static final int CHANNELS = IS_LONG ? 20 : 5;
    private static final int PAUSE_MILLIS = IS_LONG ? 1000 : 100;
    private static final Duration TIME = IS_LONG ? Duration.ofMinutes(10) : Duration.ZERO;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String SECRET = "backend-0123456789";
    private static final int SIGTERM_EXIT = 143;

    /** Between two troubles each publisher has so many acknowledged. */
    private static final int BETWEEN = 3;

    /** A node, and what is between it and Redis. */
    private static final class Node implements AutoCloseable {
        final SlowRoad road;
        final int port;
        final Path configuration;
        final Path data;
        ServerProcess process;

        Node(SlowRoad road, int port, Path configuration, Path data, ServerProcess process) {
            this.road = road;
            this.port = port;
            this.configuration = configuration;
            this.data = data;
            this.process = process;
        }

        @Override
        public void close() {
            process.close();
            road.close();
        }
    }

    private enum Trouble {
        NODE_KILLED,
        REDIS_KILLED,
        LINKS_CUT,
        LINKS_STILL,
        ROLLING_DEPLOY
    }

    @TempDir
    private Path folder = Path.of("");

    private final Random random = new Random(Seed.of(NodesLoadTest.class));
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<CrowdReader> crowd = new ArrayList<>();
    private final List<CrowdAuthor> authors = new ArrayList<>();
    private final Map<Trouble, Integer> met = new TreeMap<>();
    private PrivateRedis redis;

    @AfterEach
    void endAll() throws Exception {
        for (CrowdReader reader : crowd) {
            reader.stop();
        }
        for (CrowdAuthor author : authors) {
            author.end();
        }
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        nodes.forEach(Node::close);
        if (redis != null) {
            redis.close();
        }
    }

    @Test
    void whateverHappensToNodesAndRedisEachReaderIsGivenEachPublicationOnceInOrder() throws Exception {
        URI front = startAll();
        begin(front);
        until("all are served", () -> crowd.stream().allMatch(reader -> reader.served > 0));
        long end = System.nanoTime() + TIME.toNanos();
        do {
            for (Trouble trouble : Trouble.values()) {
                goOn();
                make(trouble);
                met.merge(trouble, 1, Integer::sum);
            }
        } while (System.nanoTime() - end < 0);
        goOn();
        judge();
    }

    // ---- who is there

    private URI startAll() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")));
        for (int i = 1; i <= NODES; i++) {
            SlowRoad road = SlowRoad.to(redis);
            Path configuration =
                    Files.writeString(folder.resolve("node-" + i + ".yaml"), """
                    listen: {hosts: [127.0.0.1]}
                    eventLoops: 2
                    redis: {url: "%s", connectTime: 1m}
                    proxies: [127.0.0.1]
                    drain: {notice: 0s, window: 1s, away: 0s}
                    keys: [{name: backend, secret: %s, grants: [{channels: "**", may: [subscribe, publish]}]}]
                    grants: [{channels: "**", may: [subscribe]}]
                    """.formatted(road.url(), SECRET));
            int port = RealBalancer.unclaimedPort();
            Path data = folder.resolve("data-" + i);
            nodes.add(new Node(road, port, configuration, data, start(port, configuration, data)));
        }
        for (Node node : nodes) {
            node.process.ready();
        }
        RealBalancer.Running nginx = RealBalancer.NGINX.start(
                folder, nodes.stream().map(node -> node.port).toList());
        open.add(nginx);
        return nginx.at();
    }

    private ServerProcess start(int port, Path configuration, Path data) throws IOException {
        return ServerProcess.carillon(
                folder,
                "serve",
                "--port",
                Integer.toString(port),
                "--config",
                configuration.toString(),
                "--data",
                data.toString());
    }

    private void begin(URI front) {
        CrowdReader.Delivery[] deliveries = CrowdReader.Delivery.values();
        for (int i = 0; i < READERS; i++) {
            String channel = "orders:" + i % CHANNELS;
            crowd.add(new CrowdReader(front.getPort(), channel, deliveries[i / CHANNELS % deliveries.length]));
        }
        for (int i = 0; i < CHANNELS; i++) {
            authors.add(new CrowdAuthor(front, "orders:" + i, PAUSE_MILLIS, "Authorization", "Bearer " + SECRET));
        }
        crowd.forEach(CrowdReader::start);
        authors.forEach(CrowdAuthor::begin);
    }

    /** Returns once each publisher has had some more acknowledged. */
    private void goOn() throws Exception {
        List<Integer> before = authors.stream().map(CrowdAuthor::acknowledged).toList();
        until("publishing goes on", () -> {
            for (int i = 0; i < authors.size(); i++) {
                if (authors.get(i).acknowledged() < before.get(i) + BETWEEN) {
                    return false;
                }
            }
            return true;
        });
    }

    // ---- what happens to them

    private void make(Trouble trouble) throws Exception {
        Node node = nodes.get(random.nextInt(NODES));
        switch (trouble) {
            case NODE_KILLED -> {
                node.process.kill();
                node.process.exitCode();
                goOn();
                startAgain(node);
            }
            case REDIS_KILLED -> {
                int before = retries();
                redis.kill();
                until("that is noticed", () -> retries() > before);
                redis.restart();
            }
            case LINKS_CUT -> {
                node.road.suffer(new Fault.Cut());
                until("that is noticed", () -> !isReady(node));
                node.road.suffer(new Fault.None());
                awaitReady(node);
            }
            case LINKS_STILL -> {
                node.road.suffer(new Fault.Hang(Direction.BOTH));
                until("that is noticed", () -> !isReady(node));
                node.road.suffer(new Fault.None());
                awaitReady(node);
            }
            case ROLLING_DEPLOY -> {
                // Each takes as long as a start does.
                for (Node each : IS_LONG ? nodes : List.of(node)) {
                    each.process.terminate();
                    assertThat(each.process.exitCode()).isEqualTo(SIGTERM_EXIT);
                    assertThat(each.process.err()).contains("closed").doesNotContain("\tat ");
                    startAgain(each);
                }
            }
        }
    }

    private int retries() {
        return authors.stream().mapToInt(CrowdAuthor::retries).sum();
    }

    private void startAgain(Node node) throws Exception {
        node.process.close();
        node.process = start(node.port, node.configuration, node.data);
        node.process.ready();
        awaitReady(node);
    }

    private static void awaitReady(Node node) throws Exception {
        until("the node is ready", () -> isReady(node));
    }

    private static boolean isReady(Node node) throws Exception {
        try (Peer peer = new Peer(URI.create("http://127.0.0.1:" + node.port))) {
            return peer.get("/ready").statusCode() == 200;
        }
    }

    // ---- what comes of it

    private void judge() throws Exception {
        Map<String, Integer> last = new TreeMap<>();
        for (CrowdAuthor author : authors) {
            last.put(author.channel(), author.end());
        }
        until(
                "all have seen the last",
                () -> crowd.stream()
                        .allMatch(reader ->
                                reader.last == last.getOrDefault(reader.channel(), -1) || reader.problem != null));
        assertThat(crowd.stream()
                        .map(reader -> reader.problem)
                        .filter(Objects::nonNull)
                        .toList())
                .isEmpty();
        for (Node node : nodes) {
            try (Peer peer = new Peer(node.process.ready())) {
                for (CrowdAuthor author : authors) {
                    author.assertKept(peer);
                }
                assertThat(peer.metric("carillon_failures_total")).isZero();
            }
        }
        int published = last.values().stream().mapToInt(Integer::intValue).sum();
        int delivered = crowd.stream().mapToInt(reader -> reader.last).sum();
        System.out.println("NodesLoadTest: " + READERS + " readers, " + published + " publications, " + retries()
                + " publishes sent again, " + delivered + " deliveries, told stale "
                + crowd.stream().filter(reader -> reader.stale).count() + ", " + met
                + ": 0 lost, 0 reordered, 0 twice, 0 false gaps");
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
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
