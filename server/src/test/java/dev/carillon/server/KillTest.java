package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code kill -9} in the middle of 1,000 publishes. Publications with an even number go over a WebSocket, others by POST. */
@Tag("process")
final class KillTest {

    private static final int PUBLICATIONS = 1000;
    private static final int ROUNDS = 3;
    private static final int SIGKILL_EXIT = 137;
    private static final int PADDING_MAX = 3000;

    /** Publishes that wait for their answers over the WebSocket. */
    private static final int IN_FLIGHT = 250;

    @TempDir
    private Path folder = Path.of("");

    private final Random random = new Random(Seed.of(KillTest.class));
    private final Map<String, List<Publication>> earlier = new LinkedHashMap<>();

    /** What is published: the n-th of a channel. */
    private record Order(String channel, int n, String data) {
        String key() {
            return String.format(Locale.ROOT, "%s-order-%08d", channel, n);
        }

        boolean isForWebSocket() {
            return n % 2 == 0;
        }

        String command() {
            return "{\"type\":\"publish\",\"id\":" + n + ",\"channel\":\"" + channel + "\",\"idempotencyKey\":\""
                    + key() + "\",\"data\":" + data + "}";
        }
    }

    private List<Order> orders(String channel) {
        return IntStream.rangeClosed(1, PUBLICATIONS)
                .mapToObj(n -> new Order(
                        channel, n, "{\"n\":" + n + ",\"pad\":\"" + "x".repeat(random.nextInt(PADDING_MAX)) + "\"}"))
                .toList();
    }

    private static int numberOf(Publication publication) {
        return Integer.parseInt(publication.data().text().replaceAll("\\{\"n\":(\\d+),.*", "$1"));
    }

    private ServerProcess start(Durability durability) throws IOException {
        Path file = folder.resolve("carillon.yaml");
        // A small buffer, so that sorted files are written in the middle of it too.
        Files.writeString(file, """
                channels: [{pattern: "**", durability: %s}]
                store: {writeBufferBytes: 1MiB}
                """.formatted(durability.name().toLowerCase(Locale.ROOT)));
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

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void whatWasAcknowledgedIsThereOnceInOrderWithItsPosition(Durability durability) throws Exception {
        ServerProcess server = start(durability);
        try {
            for (int round = 1; round <= ROUNDS; round++) {
                String channel = "round:" + round;
                List<Order> orders = orders(channel);
                Map<Integer, Position> acknowledged = new ConcurrentHashMap<>();
                int killAt = 1 + random.nextInt(PUBLICATIONS * 9 / 10);
                List<Reader> readers;
                try (Peer peer = new Peer(server.ready())) {
                    readers = Reader.followAll(peer, channel, Position.ORIGIN);
                    publishUntilKilled(server, peer, orders, killAt, acknowledged);
                }
                readers.forEach(Reader::awaitEnd);
                server.close();
                server = start(durability);
                try (Peer peer = new Peer(server.ready())) {
                    System.out.println("KillTest: " + durability + " round " + round + ", killed at " + killAt + ", "
                            + acknowledged.size() + " acknowledged, kept "
                            + peer.history(channel).size());
                    assertNothingLost(peer, orders, acknowledged, readers);
                }
                readers.forEach(Reader::close);
            }
        } finally {
            server.close();
        }
    }

    private static void publishUntilKilled(
            ServerProcess server, Peer peer, List<Order> orders, int killAt, Map<Integer, Position> acknowledged)
            throws Exception {
        IntConsumer onAcknowledged = count -> {
            if (count == killAt) {
                server.kill();
            }
        };
        publish(peer, orders, Order::isForWebSocket, (order, published) -> {
            assertThat(published.duplicate()).isFalse();
            acknowledged.put(order.n(), published.position());
            onAcknowledged.accept(acknowledged.size());
        });
        assertThat(server.exitCode()).isEqualTo(SIGKILL_EXIT);
        assertThat(acknowledged.size()).isBetween(killAt, PUBLICATIONS - 1);
    }

    private interface Acknowledged {
        void of(Order order, ServerMessage.Published published);
    }

    private interface ByWebSocket {
        boolean is(Order order);
    }

    /** Publishes in order, on two connections at once, until all is acknowledged or the connections break. */
    private static void publish(Peer peer, List<Order> orders, ByWebSocket choice, Acknowledged acknowledged)
            throws Exception {
        Object oneByOne = new Object();
        Acknowledged guarded = (order, published) -> {
            synchronized (oneByOne) {
                acknowledged.of(order, published);
            }
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> both = List.of(
                    threads.submit(() -> {
                        byWebSocket(peer, orders.stream().filter(choice::is).toList(), guarded);
                        return null;
                    }),
                    threads.submit(() -> {
                        byPost(
                                peer,
                                orders.stream()
                                        .filter(order -> !choice.is(order))
                                        .toList(),
                                guarded);
                        return null;
                    }));
            for (Future<?> one : both) {
                one.get(Peer.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
            }
        }
    }

    private static void byPost(Peer peer, List<Order> orders, Acknowledged acknowledged) throws InterruptedException {
        for (Order order : orders) {
            try {
                acknowledged.of(order, peer.publish(order.channel(), order.key(), order.data()));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void byWebSocket(Peer peer, List<Order> orders, Acknowledged acknowledged)
            throws InterruptedException {
        Map<String, Order> byId = new ConcurrentHashMap<>();
        Semaphore room = new Semaphore(IN_FLIGHT);
        List<Throwable> wrong = new ArrayList<>();
        Live live = Live.connect(peer, "/live", message -> {
            if (message instanceof ServerMessage.Published published) {
                Order order = byId.remove(Objects.requireNonNull(published.id()).json());
                try {
                    acknowledged.of(Objects.requireNonNull(order), published);
                } catch (RuntimeException | Error e) {
                    wrong.add(e);
                }
                room.release();
            } else if (!(message instanceof ServerMessage.Hello)) {
                wrong.add(new AssertionError(message.toString()));
            }
        });
        live.ended.thenRun(() -> room.release(PUBLICATIONS));
        try (live) {
            for (Order order : orders) {
                byId.put(Integer.toString(order.n()), order);
                assertThat(room.tryAcquire(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                if (!live.send(order.command())) {
                    break;
                }
            }
            assertThat(room.tryAcquire(IN_FLIGHT, Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
        assertThat(wrong).isEmpty();
    }

    private void assertNothingLost(
            Peer peer, List<Order> orders, Map<Integer, Position> acknowledged, List<Reader> readers) throws Exception {
        String channel = orders.getFirst().channel();
        List<Publication> kept = peer.history(channel);
        assertKept(orders, acknowledged, kept);
        for (Reader reader : readers) {
            List<Publication> seen = reader.seen();
            assertThat(seen).as("what the %s saw before", reader).hasSizeLessThanOrEqualTo(kept.size());
            assertThat(seen).as("what the %s saw before", reader).isEqualTo(kept.subList(0, seen.size()));
        }
        List<Reader> returned =
                readers.stream().map(reader -> reader.again(peer)).toList();
        retryAll(peer, orders, kept);
        List<Publication> whole = peer.history(channel);
        assertThat(whole.subList(0, kept.size())).isEqualTo(kept);
        assertThat(whole).extracting(KillTest::numberOf).doesNotHaveDuplicates().hasSize(PUBLICATIONS);
        for (int i = 0; i < readers.size(); i++) {
            returned.get(i).awaitPosition(whole.getLast().position());
            List<Publication> both = new ArrayList<>(readers.get(i).seen());
            both.addAll(returned.get(i).seen());
            assertThat(both)
                    .as("what the %s saw before and after", readers.get(i))
                    .isEqualTo(whole);
            assertThat(returned.get(i).isRecovered()).as("%s", readers.get(i)).isTrue();
            returned.get(i).close();
        }
        assertPositionsHold(peer, whole, acknowledged);
        for (Map.Entry<String, List<Publication>> before : earlier.entrySet()) {
            assertThat(peer.history(before.getKey())).as(before.getKey()).isEqualTo(before.getValue());
        }
        earlier.put(channel, whole);
    }

    /** Each acknowledged one is there once and at its place, and what is there is the beginning of what each sent. */
    private static void assertKept(List<Order> orders, Map<Integer, Position> acknowledged, List<Publication> kept) {
        Map<Integer, Position> positions = new LinkedHashMap<>();
        for (int i = 0; i < kept.size(); i++) {
            Publication publication = kept.get(i);
            int n = numberOf(publication);
            assertThat(publication.offset()).isEqualTo(i + 1);
            assertThat(publication.position().epoch())
                    .isEqualTo(kept.getFirst().position().epoch());
            assertThat(publication.data().text()).isEqualTo(orders.get(n - 1).data());
            assertThat(publication.idempotencyKey()).isEqualTo(orders.get(n - 1).key());
            assertThat(positions.put(n, publication.position()))
                    .as("number %d is there twice", n)
                    .isNull();
        }
        assertThat(positions).containsAllEntriesOf(acknowledged);
        for (IntPredicate publisher : List.<IntPredicate>of(n -> n % 2 == 0, n -> n % 2 != 0)) {
            List<Integer> sent = IntStream.rangeClosed(1, PUBLICATIONS)
                    .filter(publisher)
                    .boxed()
                    .toList();
            List<Integer> stored =
                    positions.keySet().stream().filter(n -> publisher.test(n)).toList();
            assertThat(stored).isEqualTo(sent.subList(0, stored.size()));
        }
    }

    /** Each by the other transport than before. */
    private static void retryAll(Peer peer, List<Order> orders, List<Publication> kept) throws Exception {
        Map<Integer, Position> positions = new LinkedHashMap<>();
        kept.forEach(publication -> positions.put(numberOf(publication), publication.position()));
        Map<Integer, ServerMessage.Published> answers = new ConcurrentHashMap<>();
        publish(
                peer,
                orders,
                order -> !order.isForWebSocket(),
                (order, published) -> answers.put(order.n(), published));
        assertThat(answers).hasSize(PUBLICATIONS);
        answers.forEach((n, answer) -> {
            assertThat(answer.duplicate()).as("duplicate of %d", n).isEqualTo(positions.containsKey(n));
            if (answer.duplicate()) {
                assertThat(answer.position()).as("position of %d", n).isEqualTo(positions.get(n));
            }
        });
    }

    /** From each position that was acknowledged before the kill, the next publication follows. */
    private static void assertPositionsHold(Peer peer, List<Publication> whole, Map<Integer, Position> acknowledged)
            throws Exception {
        String channel = whole.getFirst().channel().value();
        try (Live.Asked asked = Live.ask(peer, "/live")) {
            assertThat(asked.next()).isInstanceOf(ServerMessage.Hello.class);
            for (Position position : acknowledged.values()) {
                asked.live()
                        .send("{\"type\":\"history\",\"channel\":\"" + channel + "\",\"after\":\"" + position
                                + "\",\"limit\":1}");
            }
            for (Position position : acknowledged.values()) {
                ServerMessage.HistoryPage page = (ServerMessage.HistoryPage) asked.next();
                assertThat(page.gap()).isNull();
                int next = (int) position.offset();
                assertThat(page.publications()).isEqualTo(next < whole.size() ? List.of(whole.get(next)) : List.of());
            }
        }
    }
}
