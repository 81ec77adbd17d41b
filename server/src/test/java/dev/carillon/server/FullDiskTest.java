package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.engine.Durability;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A full disk refuses publishes to durable channels, and does nothing else to anybody. */
@Tag("process")
final class FullDiskTest {

    private static final int DISK_MEBIBYTES = 32;
    private static final int FILE_BYTES_MAX = 8192;
    private static final int STORAGE_FULL = 507;
    private static final int CREATED = 201;
    private static final String ORDERS = "orders:1";
    private static final String CURSORS = "cursors:1";

    /** So many of a burst are stored before the room is taken. */
    private static final int BEFORE_FULL = 20;

    /** Publishes of a burst that wait for their answers. */
    private static final int IN_FLIGHT = 60;

    /** So many publications fill what RocksDB had set aside, and more. */
    private static final int PUBLICATIONS_MAX = 3000;

    private static final String PADDING = "x".repeat(20_000);

    @TempDir
    private Path folder = Path.of("");

    private final List<Position> acknowledged = new CopyOnWriteArrayList<>();

    /** How room is taken and given. */
    private interface Room {
        void take(ServerProcess server) throws Exception;

        void give(ServerProcess server) throws Exception;
    }

    private ServerProcess start(@Nullable SmallDisk disk, Durability durability) throws IOException {
        Path config = Files.writeString(
                folder.resolve("carillon.yaml"), """
                channels:
                  - {pattern: "orders:*", durability: %s}
                  - {pattern: "cursors:*", durability: memory}
                store: {writeBufferBytes: 1MiB, retryAfter: 20ms}
                """.formatted(durability.name().toLowerCase(Locale.ROOT)));
        Path data = disk == null ? folder.resolve("data") : disk.inside("data");
        return ServerProcess.carillonUnder(
                disk == null ? List.of() : disk.entering(),
                Map.of(),
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                config.toString(),
                "--data",
                data.toString());
    }

    private SmallDisk smallDisk() throws IOException {
        SmallDisk disk = SmallDisk.mount(Files.createDirectory(folder.resolve("small")), DISK_MEBIBYTES, "");
        assumeTrue(disk != null, "this system lets nobody mount a tmpfs");
        return disk;
    }

    private static Room of(SmallDisk disk) {
        return new Room() {
            @Override
            public void take(ServerProcess server) throws IOException {
                disk.fill();
            }

            @Override
            public void give(ServerProcess server) throws IOException {
                disk.free();
            }
        };
    }

    private static Room ofFiles() {
        return new Room() {
            @Override
            public void take(ServerProcess server) throws Exception {
                limitFiles(server, FILE_BYTES_MAX + ":");
            }

            @Override
            public void give(ServerProcess server) throws Exception {
                if (server.isRunning()) {
                    limitFiles(server, "unlimited:");
                }
            }
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void aFullDeviceRefusesPublishesUntilThereIsRoomAndLosesNothing(Durability durability) throws Exception {
        try (SmallDisk disk = smallDisk()) {
            goesOnAndRecovers(disk, durability, of(disk));
        }
    }

    @Test
    void aLimitOnTheSizeOfFilesIsLikeAFullDevice() throws Exception {
        goesOnAndRecovers(null, Durability.DISK, ofFiles());
    }

    @Test
    void aBurstIsRefusedFromItsMiddleOnAndReadersMissNothingOfIt() throws Exception {
        try (SmallDisk disk = smallDisk()) {
            burstGoesOn(disk, of(disk));
        }
    }

    @Test
    void aBurstIsRefusedFromItsMiddleOnByALimitOnTheSizeOfFilesToo() throws Exception {
        burstGoesOn(null, ofFiles());
    }

    /** One server all along: what was refused comes again, by the same keys, and it recovers by itself. */
    private void burstGoesOn(@Nullable SmallDisk disk, Room room) throws Exception {
        try (ServerProcess server = start(disk, Durability.DISK);
                Peer peer = new Peer(server.ready())) {
            List<Reader> readers = Reader.followAll(peer, ORDERS, Position.ORIGIN);
            int end = burst(server, peer, room);
            int refused = acknowledged.size() + 1;
            assertThat(refused).as("the first of the burst that was refused").isBetween(BEFORE_FULL, end - 1);
            assertThat(peer.metric("carillon_store_writable")).isZero();
            assertOthersGoOn(peer);
            room.give(server);
            for (int n = refused; n < end; n++) {
                publishAgain(peer, n);
            }
            assertThat(peer.metric("carillon_store_writable")).isEqualTo(1);
            assertKept(peer);
            for (Reader reader : readers) {
                reader.awaitPosition(acknowledged.getLast());
                assertThat(reader.seen())
                        .as("%s", reader)
                        .extracting(publication -> publication.data().text())
                        .isEqualTo(IntStream.range(1, end)
                                .mapToObj(FullDiskTest::data)
                                .toList());
                assertThat(reader.isRecovered()).as("%s", reader).isTrue();
                reader.close();
            }
            assertThat(server.isRunning()).isTrue();
        }
    }

    /** Publishes over a WebSocket without waiting for answers until one is refused; gives the number after the last sent. */
    private int burst(ServerProcess server, Peer peer, Room room) throws Exception {
        Semaphore answered = new Semaphore(IN_FLIGHT);
        Queue<ServerMessage> wrong = new ConcurrentLinkedQueue<>();
        AtomicBoolean isRefused = new AtomicBoolean();
        Set<Code> codes = Set.of(Code.STORAGE_FULL, Code.EARLIER_PUBLISH_REFUSED);
        int n = 1;
        try (Live live = Live.connect(peer, "/live", message -> {
            switch (message) {
                case ServerMessage.Hello _ -> {}
                case ServerMessage.Published published
                when !isRefused.get() -> {
                    acknowledged.add(published.position());
                    answered.release();
                }
                case ServerMessage.Refusal refusal
                when codes.contains(refusal.code()) -> {
                    isRefused.set(true);
                    answered.release();
                }
                default -> wrong.add(message);
            }
        })) {
            for (; n < PUBLICATIONS_MAX && !isRefused.get(); n++) {
                if (n == BEFORE_FULL + IN_FLIGHT) {
                    room.take(server);
                }
                assertThat(answered.tryAcquire(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("an answer; %s", wrong)
                        .isTrue();
                live.say(new ClientMessage.Publish(
                        new RequestId(Integer.toString(n)), new ChannelName(ORDERS), Data.json(data(n)), key(n), null));
            }
            assertThat(answered.tryAcquire(IN_FLIGHT, Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("all answers; %s", wrong)
                    .isTrue();
        }
        assertThat(wrong).isEmpty();
        assertThat(isRefused).isTrue();
        return n;
    }

    private static void limitFiles(ServerProcess server, String limit) throws Exception {
        Process prlimit = new ProcessBuilder("prlimit", "--pid", Long.toString(server.pid()), "--fsize=" + limit)
                .inheritIO()
                .start();
        assertThat(prlimit.waitFor()).isZero();
    }

    private void goesOnAndRecovers(@Nullable SmallDisk disk, Durability durability, Room room) throws Exception {
        List<Integer> refused = new ArrayList<>();
        try (ServerProcess server = start(disk, durability);
                Peer peer = new Peer(server.ready())) {
            for (int n = 1; n <= 20; n++) {
                publish(peer, n);
            }
            room.take(server);
            refused.add(publishUntilRefused(peer));
            assertThat(peer.metric("carillon_store_writable")).isZero();
            assertOthersGoOn(peer);
            assertWebSocketIsRefusedAndHeldBack(peer);
            room.give(server);
            refused.forEach(n -> publishAgain(peer, n));
            assertThat(peer.metric("carillon_store_writable")).isEqualTo(1);
            publish(peer, acknowledged.size() + 1);
            assertKept(peer);

            room.take(server);
            refused.clear();
            refused.add(publishUntilRefused(peer));
            server.kill();
            server.exitCode();
            room.give(server);
        }
        try (ServerProcess server = start(disk, durability);
                Peer peer = new Peer(server.ready())) {
            List<Publication> kept = peer.history(ORDERS);
            assertThat(kept).extracting(Publication::position).startsWith(acknowledged.toArray(Position[]::new));
            // What was refused may be found, since the process ended before it could take it back; but once.
            refused.forEach(n -> publishAgain(peer, n));
            publish(peer, acknowledged.size() + 1);
            assertKept(peer);
        }
    }

    private static String data(int n) {
        return "{\"n\":" + n + ",\"pad\":\"" + PADDING + "\"}";
    }

    private static String key(int n) {
        return "key-of-the-order-" + n;
    }

    private void publish(Peer peer, int n) throws Exception {
        acknowledged.add(peer.publish(ORDERS, key(n), data(n)).position());
    }

    /** Gives the number that was refused. */
    private int publishUntilRefused(Peer peer) throws Exception {
        for (int n = acknowledged.size() + 1; n <= PUBLICATIONS_MAX; n++) {
            HttpResponse<String> answer = peer.post(ORDERS, key(n), data(n));
            if (answer.statusCode() != CREATED) {
                assertThat(answer.statusCode()).isEqualTo(STORAGE_FULL);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                ServerMessage.Refusal refusal = (ServerMessage.Refusal) Peer.message(answer.body());
                assertThat(refusal.code()).isEqualTo(Code.STORAGE_FULL);
                assertThat(refusal.code().number()).isEqualTo(4001);
                assertThat(refusal.retryMillis()).isPositive();
                assertThat(refusal.message()).isEqualTo(Code.STORAGE_FULL.text());
                return n;
            }
            acknowledged.add(((ServerMessage.Published) Peer.message(answer.body())).position());
        }
        throw new AssertionError("the disk is full, and all was stored");
    }

    private void publishAgain(Peer peer, int n) {
        try {
            Peer.until("number " + n + " is stored", () -> {
                try {
                    HttpResponse<String> answer = peer.post(ORDERS, key(n), data(n));
                    if (answer.statusCode() == STORAGE_FULL) {
                        return false;
                    }
                    ServerMessage.Published published = (ServerMessage.Published) Peer.message(answer.body());
                    acknowledged.add(published.position());
                    return true;
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Reading the same channel by all deliveries, and publishing where no disk is needed. */
    private void assertOthersGoOn(Peer peer) throws Exception {
        assertThat(peer.get("/healthz").statusCode()).isEqualTo(200);
        Position middle = acknowledged.get(acknowledged.size() / 2 - 1);
        for (Reader reader : Reader.followAll(peer, ORDERS, middle)) {
            reader.awaitPosition(acknowledged.getLast());
            assertThat(reader.isRecovered()).as("%s", reader).isTrue();
            assertThat(reader.seen())
                    .as("%s", reader)
                    .extracting(Publication::position)
                    .isEqualTo(acknowledged.subList(acknowledged.size() / 2, acknowledged.size()));
            reader.close();
        }
        List<Publication> before = peer.history(CURSORS);
        List<Reader> others = Reader.followAll(
                peer,
                CURSORS,
                before.isEmpty() ? Position.ORIGIN : before.getLast().position());
        ServerMessage.Published moved = peer.publish(CURSORS, "key-of-a-cursor-" + before.size(), "{\"x\":1}");
        for (Reader reader : others) {
            reader.awaitPosition(moved.position());
            reader.close();
        }
    }

    /** On one connection the later ones wait for the first refused, whose sender may give it up. */
    private static void assertWebSocketIsRefusedAndHeldBack(Peer peer) throws Exception {
        try (Live.Asked socket = Live.ask(peer, "/live")) {
            socket.next();
            for (int i = 1; i <= 2; i++) {
                socket.live()
                        .send("{\"type\":\"publish\",\"id\":" + i + ",\"channel\":\"" + ORDERS
                                + "\",\"idempotencyKey\":\"key-by-websocket-" + i + "\",\"data\":\"" + PADDING + "\"}");
            }
            ServerMessage.Refusal first = (ServerMessage.Refusal) socket.next();
            assertThat(first.code()).isEqualTo(Code.STORAGE_FULL);
            assertThat(first.retryMillis()).isPositive();
            ServerMessage.Refusal second = (ServerMessage.Refusal) socket.next();
            assertThat(second.code()).isIn(Code.STORAGE_FULL, Code.EARLIER_PUBLISH_REFUSED);
            socket.live()
                    .send("{\"type\":\"publish\",\"id\":3,\"channel\":\"" + ORDERS
                            + "\",\"idempotencyKey\":\"key-by-websocket-3\",\"data\":1}");
            assertThat(((ServerMessage.Refusal) socket.next()).code()).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        }
    }

    private void assertKept(Peer peer) throws Exception {
        assertThat(peer.history(ORDERS)).extracting(Publication::position).isEqualTo(acknowledged);
        assertThat(peer.history(ORDERS))
                .extracting(publication -> publication.data().text())
                .doesNotHaveDuplicates()
                .allMatch(text -> text.endsWith(PADDING + "\"}"));
    }

    @Test
    void aStartOnAFullDeviceIsOneLine() throws Exception {
        try (SmallDisk disk = smallDisk()) {
            disk.fill();
            try (ServerProcess server = start(disk, Durability.DISK)) {
                assertThat(server.exitCode()).isEqualTo(1);
                assertThat(server.out()).isEmpty();
                assertThat(server.err().lines())
                        .singleElement()
                        .asString()
                        .startsWith("carillon: no space is left")
                        .contains(disk.inside("data").toString());
            }
            disk.free();
            try (ServerProcess server = start(disk, Durability.DISK);
                    Peer peer = new Peer(server.ready())) {
                publish(peer, 1);
            }
        }
    }
}
