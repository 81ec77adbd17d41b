package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real nodes on one real Redis. */
@Tag("process")
final class NodesTest {

    private static final int COUNT = 60;

    /** Links that no busy machine has fail. */
    private static final String PATIENT = ", callTime: 30s";

    /** Those that stay connected while Redis is away. */
    private static final Set<Reader.Delivery> LASTING = Set.of(
            Reader.Delivery.WEBSOCKET,
            Reader.Delivery.WEBSOCKET_BINARY,
            Reader.Delivery.EVENT_STREAM,
            Reader.Delivery.LIVE,
            Reader.Delivery.LIVE_STREAM);

    @TempDir
    private Path folder = Path.of("");

    private PrivateRedis redis;
    private final List<ServerProcess> nodes = new ArrayList<>();
    private final List<Peer> peers = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();

    @BeforeEach
    void startRedis() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")));
    }

    @AfterEach
    void endAll() {
        readers.forEach(Reader::close);
        peers.forEach(Peer::close);
        nodes.forEach(ServerProcess::close);
        if (redis != null) {
            redis.close();
        }
    }

    private ServerProcess start(String name, String more) throws IOException {
        Path file = folder.resolve(name + ".yaml");
        Files.writeString(
                file,
                "channels: [{pattern: \"**\", durability: disk}]\neventLoops: 2\nredis: {url: \"" + redis.url() + "\""
                        + ", connectTime: 1m" + more + "}\n");
        ServerProcess node = ServerProcess.start(
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                file.toString(),
                "--data",
                folder.resolve(name).toString());
        nodes.add(node);
        return node;
    }

    /** Two nodes that have begun. */
    private void startNodes() throws Exception {
        ServerProcess ada = start("ada", PATIENT);
        ServerProcess bob = start("bob", PATIENT);
        peers.add(new Peer(ada.ready()));
        peers.add(new Peer(bob.ready()));
    }

    private Peer ada() {
        return peers.get(0);
    }

    private Peer bob() {
        return peers.get(1);
    }

    private Reader follow(Peer node, Reader.Delivery delivery, Position after) {
        Reader reader = Reader.follow(node, delivery, "orders", after);
        readers.add(reader);
        return reader;
    }

    private static ServerMessage.Published publish(Peer node, int number) throws IOException, InterruptedException {
        return node.publish("orders", key(number), Integer.toString(number));
    }

    private static String key(int number) {
        return "key-of-the-order-" + number;
    }

    private static Position publishPersistently(Peer node, int number) throws InterruptedException {
        return node.publishUntilAccepted("orders", key(number), Integer.toString(number));
    }

    private static List<Integer> numbers(List<Publication> publications) {
        return publications.stream()
                .map(publication -> Integer.parseInt(publication.data().text()))
                .toList();
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    private static int status(Peer node, String path) {
        try {
            return node.get(path).statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsPublishedAtEitherNodeIsDeliveredByBothAndAPositionGoesOnAtTheOther() throws Exception {
        startNodes();
        List<Reader> first = Arrays.stream(Reader.Delivery.values())
                .map(delivery -> follow(bob(), delivery, Position.ORIGIN))
                .toList();
        Position last = Position.ORIGIN;
        for (int i = 1; i <= COUNT; i++) {
            last = publish(i % 3 == 0 ? bob() : ada(), i).position();
        }
        for (Reader reader : first) {
            reader.awaitPosition(last);
            assertThat(numbers(reader.seen())).as("%s", reader).isEqualTo(upTo(COUNT));
            assertThat(reader.gaps()).as("%s", reader).isEmpty();
        }
        assertThat(ada().history("orders")).isEqualTo(bob().history("orders"));
        ServerMessage.Published again = publish(ada(), COUNT);
        assertThat(again.duplicate()).isTrue(); // it was said to the other node before
        assertThat(again.position()).isEqualTo(last);
        Position middle = first.getFirst().seen().get(COUNT / 2 - 1).position();
        for (Reader.Delivery delivery : Reader.Delivery.values()) {
            Reader resumed = follow(ada(), delivery, middle);
            resumed.awaitPosition(last);
            assertThat(numbers(resumed.seen()))
                    .as("%s", resumed)
                    .isEqualTo(upTo(COUNT).subList(COUNT / 2, COUNT));
            assertThat(resumed.isRecovered()).as("%s", resumed).isTrue();
        }
    }

    @Test
    void aLongPollWhoseEveryRequestReachesAnotherNodeMissesNothing() throws Exception {
        startNodes();
        CompletableFuture<Void> published = new CompletableFuture<>();
        Thread publisher = Thread.startVirtualThread(() -> {
            try {
                for (int i = 1; i <= COUNT; i++) {
                    publish(peers.get(i / 2 % 2), i);
                }
                published.complete(null);
            } catch (IOException | InterruptedException | AssertionError e) {
                published.completeExceptionally(e);
            }
        });
        List<Publication> seen = new ArrayList<>();
        Position position = Position.ORIGIN;
        for (int asked = 0; seen.size() < COUNT; asked++) {
            ServerMessage.HistoryPage page = peers.get(asked % 2).page("orders", "wait=10s&after=" + position);
            assertThat(page.gap()).isNull();
            seen.addAll(page.publications());
            position = page.position();
        }
        published.get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        publisher.join();
        assertThat(numbers(seen)).isEqualTo(upTo(COUNT));
    }

    @Test
    void whileRedisIsAwayReadersStayAndPublishesAreRefusedAndThenNothingIsMissing() throws Exception {
        startNodes();
        List<Reader> staying = LASTING.stream()
                .sorted()
                .flatMap(delivery -> peers.stream().map(node -> follow(node, delivery, Position.ORIGIN)))
                .toList();
        for (int i = 1; i <= 10; i++) {
            publish(peers.get(i % 2), i);
        }
        redis.kill();
        for (Peer node : peers) {
            HttpResponse<String> answer = node.post("orders", key(11), "11");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(((ServerMessage.Refusal) Peer.message(answer.body())).code())
                    .isEqualTo(Code.BROKER_AWAY);
            assertThat(node.get("/ready").body()).isEqualTo("not ready: Redis is away\n");
            assertThat(status(node, "/healthz")).isEqualTo(200);
        }
        redis.restart();
        Position last = Position.ORIGIN;
        for (int i = 11; i <= 20; i++) {
            last = publishPersistently(peers.get(i % 2), i);
        }
        for (Reader reader : staying) {
            reader.awaitPosition(last);
            assertThat(numbers(reader.seen())).as("%s", reader).isEqualTo(upTo(20));
            assertThat(reader.gaps()).as("%s", reader).isEmpty();
        }
        for (Peer node : peers) {
            Peer.until("it is ready again", () -> status(node, "/ready") == 200);
        }
    }

    @Test
    void aRedisThatStandsStillIsToldInTheSeriesOfEachLink() throws Exception {
        peers.add(new Peer(start("ada", ", callTime: 3s").ready()));
        publishPersistently(ada(), 1);
        Peer.until("both links are up", () -> links(1));
        redis.pause();
        try {
            Peer.until("both links are down", () -> links(0));
            for (int link = 0; link < 2; link++) {
                assertThat(ada().metric("carillon_redis_proof_age_seconds{link=\"" + link + "\"}"))
                        .isGreaterThan(2);
            }
        } finally {
            redis.goOn();
        }
        Peer.until("both links are up again", () -> links(1));
        assertThat(ada().metric("carillon_redis_failures_total")).isPositive();
        publishPersistently(ada(), 2);
        assertThat(numbers(ada().history("orders"))).isEqualTo(upTo(2));
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        assertThat(ada().get("/metrics").body().lines())
                .filteredOn(line -> line.matches("carillon_redis_.*"))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(page).contains("`" + line.replaceAll("[{ ].*", "")));
    }

    private boolean links(double state) {
        try {
            return ada().metric("carillon_redis_up{link=\"0\"}") == state
                    && ada().metric("carillon_redis_up{link=\"1\"}") == state;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readersOfANodeThatIsKilledGoOnAtTheOther() throws Exception {
        startNodes();
        List<Reader> cut = LASTING.stream()
                .sorted()
                .map(delivery -> follow(ada(), delivery, Position.ORIGIN))
                .toList();
        for (int i = 1; i <= 10; i++) {
            publish(ada(), i);
        }
        for (Reader reader : cut) {
            Peer.until(reader + " has something", () -> !reader.seen().isEmpty());
        }
        nodes.getFirst().kill();
        nodes.getFirst().exitCode();
        Position last = Position.ORIGIN;
        for (int i = 11; i <= 20; i++) {
            last = publish(bob(), i).position();
        }
        for (Reader reader : cut) {
            reader.awaitEnd();
            List<Publication> all = new ArrayList<>(reader.seen());
            Reader again = reader.again(bob());
            readers.add(again);
            again.awaitPosition(last);
            all.addAll(again.seen());
            assertThat(numbers(all)).as("%s", reader).isEqualTo(upTo(20));
            assertThat(again.isRecovered()).as("%s", reader).isTrue();
        }
    }

    @Test
    void whatThisRedisCanNotGiveIsOneLineUnlessItIsAccepted() throws Exception {
        Path file = Files.writeString(
                folder.resolve("fsync.yaml"),
                "channels: [{pattern: \"**\", durability: fsync}]\nredis: {url: \"" + redis.url()
                        + "\", connectTime: 1m}\n");
        try (ServerProcess node = ServerProcess.start(folder, "serve", "--port", "0", "--config", file.toString())) {
            assertThat(node.exitCode()).isEqualTo(Main.FAILED);
            assertThat(node.err().lines())
                    .containsExactly("carillon: " + redis.url()
                            + " can't give durability fsync: set appendfsync always and no-appendfsync-on-rewrite no; or"
                            + " name fsync in redis.accept");
        }
        Files.writeString(
                file,
                "channels: [{pattern: \"**\", durability: fsync}]\nredis: {url: \"" + redis.url()
                        + "\", accept: [fsync], connectTime: 1m}\n");
        try (ServerProcess node = ServerProcess.start(folder, "serve", "--port", "0", "--config", file.toString());
                Peer peer = new Peer(node.ready())) {
            publish(peer, 1);
        }
    }

    @Test
    void aRedisThatIsNotThereIsOneLineWithoutItsPassword() throws Exception {
        redis.kill();
        Path file = Files.writeString(
                folder.resolve("away.yaml"), "redis: {url: \"" + redis.url().replace("//", "//ada:secret@") + "\"}\n");
        try (ServerProcess node = ServerProcess.start(folder, "serve", "--port", "0", "--config", file.toString())) {
            assertThat(node.exitCode()).isEqualTo(Main.FAILED);
            assertThat(node.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("carillon: " + redis.url() + " can't be used: ")
                    .doesNotContain("secret");
        }
    }

    @Test
    void withoutTheJarOfRedisTheServerSaysSoOrDoesWithoutIt() throws Exception {
        String classPath = ServerProcess.classPathWithout(File.separator + "redis" + File.separator + "target");
        Path file = Files.writeString(
                folder.resolve("redis.yaml"), "redis: {url: \"" + redis.url() + "\", connectTime: 1m}\n");
        try (ServerProcess node =
                ServerProcess.startWith(classPath, folder, "serve", "--port", "0", "--config", file.toString())) {
            assertThat(node.exitCode()).isEqualTo(Main.FAILED);
            assertThat(node.err().lines())
                    .containsExactly("carillon: Redis needs the jar carillon-redis, which is not on the class path:"
                            + " add it, or leave redis out");
        }
        try (ServerProcess node = ServerProcess.startWith(classPath, folder, "serve", "--port", "0");
                Peer peer = new Peer(node.ready())) {
            publish(peer, 1);
        }
    }
}
