package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps, signals and redactions of two real nodes on one real Redis. */
@Tag("process")
final class NodesKindsTest {

    private static final String CONFIGURATION = """
            channels:
              - {pattern: "map:*", kind: map, durability: disk, history: {count: 20}}
              - {pattern: "pointers", kind: signal, durability: memory}
              - {pattern: "**", durability: disk}
            eventLoops: 2
            redis: {url: "%s", connectTime: 1m, callTime: 30s}
            """;

    /** Those that are given signals. */
    private static final Set<Reader.Delivery> TOLD_SIGNALS = Set.of(
            Reader.Delivery.WEBSOCKET,
            Reader.Delivery.WEBSOCKET_BINARY,
            Reader.Delivery.EVENT_STREAM,
            Reader.Delivery.LIVE,
            Reader.Delivery.LIVE_STREAM,
            Reader.Delivery.LIVE_POLL);

    /** Those that stay connected while Redis is away, and are told what is redacted. */
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
    private final Map<String, String> model = new TreeMap<>();
    private Position last = Position.ORIGIN;
    private int published;

    @BeforeEach
    void startNodes() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")));
        Path file = Files.writeString(folder.resolve("node.yaml"), CONFIGURATION.formatted(redis.url()));
        for (String name : List.of("ada", "bob")) {
            nodes.add(ServerProcess.start(
                    folder,
                    "serve",
                    "--port",
                    "0",
                    "--config",
                    file.toString(),
                    "--data",
                    folder.resolve(name).toString()));
        }
        for (ServerProcess node : nodes) {
            peers.add(new Peer(node.ready()));
        }
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

    private Peer ada() {
        return peers.get(0);
    }

    private Peer bob() {
        return peers.get(1);
    }

    private Reader follow(Peer node, Reader.Delivery delivery, String channel) {
        Reader reader = Reader.follow(node, delivery, channel, Position.ORIGIN);
        readers.add(reader);
        return reader;
    }

    private List<Reader> followAll(Peer node, Set<Reader.Delivery> deliveries, String channel) {
        return deliveries.stream()
                .sorted()
                .map(delivery -> follow(node, delivery, channel))
                .toList();
    }

    private void change(Peer node, String key, String data) throws InterruptedException {
        published++;
        String what = data.isEmpty() ? "&removed=true" : "";
        last = node.publishUntilAccepted("map:fleet?key=" + key + what, "key-of-the-change-" + published, data);
        if (data.isEmpty()) {
            model.remove(key);
        } else {
            model.put(key, data);
        }
    }

    /** By turns at the nodes; some keys go. */
    private void changeMany(Peer one, Peer other) throws InterruptedException {
        for (int i = 0; i < 30; i++) {
            change(i % 2 == 0 ? one : other, "k" + i % 7, i % 5 == 4 ? "" : Integer.toString(published));
        }
    }

    private static Map<String, String> values(List<Publication> publications) {
        Map<String, String> values = new TreeMap<>();
        for (Publication publication : publications) {
            Change change = publication.change();
            assertThat(change).isNotNull();
            if (change.isRemoved()) {
                values.remove(change.key());
            } else {
                values.put(change.key(), publication.data().text());
            }
        }
        return values;
    }

    private void checkAll(List<Reader> all) {
        for (Reader reader : all) {
            reader.awaitPosition(last);
            assertThat(values(reader.seen())).as("%s", reader).isEqualTo(model);
        }
    }

    @Test
    void readersOfAMapHaveTheNewestValuesWhereverTheyChangeAndWhoeverIsKilled() throws Exception {
        change(ada(), "old", "1");
        List<Reader> all = new ArrayList<>(followAll(bob(), Set.of(Reader.Delivery.values()), "map:fleet"));
        changeMany(ada(), bob());
        checkAll(all);
        assertThat(ada().page("map:fleet", "").publications())
                .isEqualTo(bob().page("map:fleet", "").publications());
        all.forEach(Reader::close);

        List<Reader> lasting = followAll(ada(), LASTING, "map:fleet");
        lasting.forEach(reader -> reader.awaitPosition(last));
        redis.kill();
        redis.restart();
        changeMany(bob(), ada());
        checkAll(lasting);
        nodes.getFirst().kill();
        nodes.getFirst().exitCode();
        changeMany(bob(), bob());
        for (Reader reader : lasting) {
            reader.awaitEnd();
            List<Publication> seen = new ArrayList<>(reader.seen());
            Reader again = reader.again(bob());
            readers.add(again);
            again.awaitPosition(last);
            if (again.resets() > 0) {
                seen.clear();
            }
            seen.addAll(again.seen());
            assertThat(values(seen)).as("%s", reader).isEqualTo(model);
        }
        assertThat(model).containsEntry("old", "1");
    }

    @Test
    void signalsAndRedactionsReachTheReadersOfTheOtherNode() throws Exception {
        List<Reader> pointed = followAll(bob(), TOLD_SIGNALS, "pointers");
        Peer.until("all are told a signal", () -> {
            signal(ada());
            return pointed.stream().noneMatch(reader -> reader.signals().isEmpty());
        });
        Position first =
                ada().publish("orders", "key-of-the-order-1", "{\"secret\":1}").position();
        List<Reader> lasting = followAll(bob(), LASTING, "orders");
        last = ada().publish("orders", "key-of-the-order-2", "2").position();
        lasting.forEach(reader -> reader.awaitPosition(last));
        HttpRequest redaction =
                ada().request("/channels/orders/publications/" + first).DELETE().build();
        assertThat(ada().http
                        .send(redaction, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(204);
        for (Reader reader : lasting) {
            Peer.until(reader + " is told", () -> reader.redactions().equals(List.of(first)));
        }
        assertThat(bob().get("/channels/orders?after=0").body())
                .contains("\"redacted\":true")
                .doesNotContain("secret", "\"gap\"");
    }

    private static void signal(Peer node) {
        try {
            HttpRequest signal = node.request("/channels/pointers/signals", "Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("[1,2]"))
                    .build();
            assertThat(node.http
                            .send(signal, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(204);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
