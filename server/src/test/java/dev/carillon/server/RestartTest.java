package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server knows after it was stopped, and how it stops. */
@Tag("process")
final class RestartTest {

    /** What many clients would be given to move away in; few take a small part of it, on whatever machine. */
    private static final Duration WINDOW = Duration.ofMinutes(10);

    private static final String KEY = "key-of-the-order-";

    enum End {
        SIGTERM(143),
        SIGKILL(137);

        private final int exitCode;

        End(int exitCode) {
            this.exitCode = exitCode;
        }

        void of(ServerProcess server) throws InterruptedException {
            if (this == SIGTERM) {
                server.terminate();
            } else {
                server.kill();
            }
            assertThat(server.exitCode()).isEqualTo(exitCode);
        }
    }

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void configure() throws IOException {
        Files.writeString(folder.resolve("carillon.yaml"), """
                channels:
                  - {pattern: "orders:*", durability: disk}
                  - {pattern: "cursors:*", durability: memory}
                drain: {window: %ds}
                """.formatted(WINDOW.toSeconds()));
    }

    private ServerProcess start() throws IOException {
        return ServerProcess.carillon(folder, "serve", "--port", "0", "--config", "carillon.yaml");
    }

    private static String data(int n) {
        return "{\"n\":" + n + "}";
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void keysEpochAndOffsetsOutliveTheProcess(End end) throws Exception {
        Position first;
        Position second;
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            first = peer.publish("orders:1", KEY + 1, data(1)).position();
            second = peer.publish("orders:1", KEY + 2, data(2)).position();
            end.of(server);
        }
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            ServerMessage.Published again = peer.publish("orders:1", KEY + 1, data(1));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.position()).isEqualTo(first);
            assertThat(peer.post("orders:1", KEY + 2, data(3)).body()).contains("idempotency_conflict");
            ServerMessage.Published third = peer.publish("orders:1", KEY + 3, data(3));
            assertThat(third.duplicate()).isFalse();
            assertThat(third.position().epoch()).isEqualTo(first.epoch());
            assertThat(third.position().offset()).isEqualTo(3);
            assertThat(peer.history("orders:1"))
                    .extracting(Publication::position)
                    .containsExactly(first, second, third.position());
        }
    }

    @Test
    void inMemoryANewEpochBeginsAndWhoComesBackIsTold() throws Exception {
        Position before;
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            before = peer.publish("cursors:1", KEY + 1, data(1)).position();
            End.SIGTERM.of(server);
        }
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            ServerMessage.Published published = peer.publish("cursors:1", KEY + 1, data(2));
            assertThat(published.duplicate()).isFalse();
            assertThat(published.position().epoch()).isNotEqualTo(before.epoch());
            for (Reader reader : Reader.followAll(peer, "cursors:1", before)) {
                try (reader) {
                    assertToldOfTheEpoch(reader, before);
                    reader.awaitPosition(published.position());
                    assertThat(reader.seen())
                            .extracting(publication -> publication.data().text())
                            .containsExactly(data(2));
                }
            }
        }
    }

    /** Before anything is published again, there is no new epoch yet, and the old one is over all the same. */
    @Test
    void inMemoryAnOldPositionIsAGapEvenBeforeTheFirstNewPublication() throws Exception {
        Position before;
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            before = peer.publish("cursors:1", KEY + 1, data(1)).position();
            End.SIGKILL.of(server);
        }
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            List<Reader> readers = Reader.followAll(peer, "cursors:1", before);
            readers.forEach(reader -> assertToldOfTheEpoch(reader, before));
            ServerMessage.Published published = peer.publish("cursors:1", KEY + 2, data(2));
            for (Reader reader : readers) {
                reader.awaitPosition(published.position());
                assertThat(reader.seen())
                        .as("%s", reader)
                        .extracting(publication -> publication.data().text())
                        .containsExactly(data(2));
                reader.close();
            }
        }
    }

    private static void assertToldOfTheEpoch(Reader reader, Position before) {
        Gap gap = reader.awaitGap();
        assertThat(gap.cause()).as("%s", reader).isEqualTo(Gap.Cause.EPOCH);
        assertThat(gap.after()).as("%s", reader).isEqualTo(before.toString());
        assertThat(reader.isRecovered()).as("%s", reader).isFalse();
    }

    @Test
    void sigtermTakesLeaveEndsSoonAndLosesNothing() throws Exception {
        Position last;
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            List<Reader> readers = Reader.followAll(peer, "orders:1", Position.ORIGIN);
            last = peer.publish("orders:1", KEY + 1, data(1)).position();
            for (Reader reader : readers) {
                reader.awaitPosition(last);
            }
            long begin = System.nanoTime();
            End.SIGTERM.of(server);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
            System.out.println("RestartTest: SIGTERM took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)
                    + " ms with a reader on each delivery");
            assertThat(seconds).isLessThan(WINDOW.toSeconds());
            for (Reader reader : readers) {
                Code farewell = reader.awaitEnd();
                switch (reader.delivery()) {
                    case WEBSOCKET, WEBSOCKET_BINARY, EVENT_STREAM, LIVE, LIVE_STREAM ->
                        assertThat(farewell).as("%s", reader).isEqualTo(Code.MOVING);
                    // It asks at once for the next, of a node that is about to end or has ended.
                    case LONG_POLL, LIVE_POLL ->
                        assertThat(farewell).as("%s", reader).isIn(Code.MOVING, null);
                    case POLL -> assertThat(farewell).as("%s", reader).isNull();
                }
                reader.close();
            }
            assertThat(server.err()).contains("closed").doesNotContain("Exception", "\tat ");
        }
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            for (Reader reader : Reader.followAll(peer, "orders:1", last)) {
                assertThat(reader.isRecovered()).as("%s", reader).isTrue();
                reader.close();
            }
        }
    }
}
