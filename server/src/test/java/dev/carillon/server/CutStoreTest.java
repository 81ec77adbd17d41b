package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log that has lost its end: an older copy of the data folder is put in its place, as after a restored backup. Who stands
 * within what was lost is told, also once other publications have taken those offsets; nobody else is. On every delivery.
 */
@Tag("process")
final class CutStoreTest {

    private static final String ORDERS = "orders:1";
    private static final String BRIEF = "brief:1";

    /** What the channel {@link #BRIEF} keeps. */
    private static final int BRIEF_COUNT = 5;

    /** What the copy has. */
    private static final int COPIED = 10;

    /** The newest offset that is lost. */
    private static final int LOST = 18;

    /** The newest that is written again. */
    private static final int AGAIN = 16;

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess start() throws IOException {
        Path file = Files.writeString(folder.resolve("carillon.yaml"), """
                channels:
                  - {pattern: "orders:*", durability: disk}
                  - {pattern: "brief:*", durability: disk, history: {count: %d}}
                """.formatted(BRIEF_COUNT));
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

    /** In one life of the server; the positions of what is published, at their offsets. */
    private List<Position> publish(String channel, Peer peer, int first, int last, String life) throws Exception {
        List<Position> positions = new ArrayList<>();
        for (int n = first; n <= last; n++) {
            String data = "{\"n\":" + n + ",\"life\":\"" + life + "\"}";
            ServerMessage.Published published = peer.publish(channel, "key-of-the-" + life + "-life-" + n, data);
            assertThat(published.position().offset()).isEqualTo(n);
            positions.add(published.position());
        }
        return positions;
    }

    private interface Life {
        void with(Peer peer) throws Exception;
    }

    private void live(Life life) throws Exception {
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            life.with(peer);
            server.terminate();
            server.exitCode();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            all.forEach(path -> {
                try {
                    Files.copy(path, to.resolve(from.relativize(path)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Fills the lists with the positions of what was copied and of what was lost, and puts the copy in place. */
    private void loseTheEnd(String channel, List<Position> copied, List<Position> lost) throws Exception {
        live(peer -> copied.addAll(publish(channel, peer, 1, COPIED, "first")));
        copy(folder.resolve("data"), folder.resolve("copy"));
        live(peer -> lost.addAll(publish(channel, peer, COPIED + 1, LOST, "lost")));
        delete(folder.resolve("data"));
        copy(folder.resolve("copy"), folder.resolve("data"));
    }

    /** Presents a position on every delivery; everything after it is there, or, with a cause, everything from the oldest on. */
    private static void assertAnswer(Peer peer, String channel, Position presented, Gap.@Nullable Cause cause)
            throws Exception {
        List<Publication> retained = peer.retained(channel);
        List<Publication> owed = cause != null
                ? retained
                : retained.stream()
                        .filter(publication -> publication.offset() > presented.offset())
                        .toList();
        for (Reader reader : Reader.followAll(peer, channel, presented)) {
            try (reader) {
                if (cause == null) {
                    if (!owed.isEmpty()) {
                        reader.awaitPosition(owed.getLast().position());
                    }
                    assertThat(reader.gaps())
                            .as("%s after %s", reader, presented)
                            .isEmpty();
                    assertThat(reader.isRecovered()).as("%s", reader).isTrue();
                } else {
                    Gap gap = reader.awaitGap();
                    assertThat(gap.cause()).as("%s after %s", reader, presented).isEqualTo(cause);
                    assertThat(gap.after()).as("%s", reader).isEqualTo(presented.toString());
                    assertThat(gap.next().offset())
                            .as("%s", reader)
                            .isEqualTo(retained.getFirst().offset() - 1);
                    reader.awaitPosition(retained.getLast().position());
                    assertThat(reader.gaps()).as("%s", reader).hasSize(1);
                    assertThat(reader.isRecovered()).as("%s", reader).isFalse();
                }
                assertThat(reader.seen()).as("%s after %s", reader, presented).isEqualTo(owed);
            }
        }
    }

    @Test
    void aLostEndIsToldAsAGapToWhoStandsInItAndToNobodyElse() throws Exception {
        List<Position> copied = new ArrayList<>();
        List<Position> lost = new ArrayList<>();
        loseTheEnd(ORDERS, copied, lost);
        live(peer -> {
            Position firstLost = lost.getFirst();
            Position lastLost = lost.getLast();
            assertAnswer(peer, ORDERS, firstLost, Gap.Cause.AHEAD);
            assertAnswer(peer, ORDERS, lastLost, Gap.Cause.AHEAD);
            assertAnswer(peer, ORDERS, copied.getLast(), null);
            assertAnswer(peer, ORDERS, copied.getFirst(), null);

            List<Position> again = publish(ORDERS, peer, COPIED + 1, AGAIN, "second");
            assertThat(again.getFirst().epoch()).isEqualTo(firstLost.epoch());
            assertAnswer(peer, ORDERS, firstLost, Gap.Cause.REWRITTEN);
            // The head's own offset, with the check of what was lost.
            assertAnswer(peer, ORDERS, lost.get(AGAIN - COPIED - 1), Gap.Cause.REWRITTEN);
            assertAnswer(peer, ORDERS, lastLost, Gap.Cause.AHEAD);
            // Where the two part: the last that both have.
            assertAnswer(peer, ORDERS, copied.getLast(), null);
            assertAnswer(peer, ORDERS, copied.getFirst(), null);
            assertAnswer(peer, ORDERS, again.getFirst(), null);
            assertAnswer(peer, ORDERS, again.getLast(), null);
            assertAnswer(peer, ORDERS, Position.ORIGIN, null);
        });
    }

    @Test
    void thePositionBeforeTheOldestIsNoGapUnlessItIsOneOfALostEnd() throws Exception {
        List<Position> copied = new ArrayList<>();
        List<Position> lost = new ArrayList<>();
        loseTheEnd(BRIEF, copied, lost);
        live(peer -> {
            int beforeOldest = COPIED - BRIEF_COUNT;
            assertAnswer(peer, BRIEF, copied.get(beforeOldest - 1), null);
            assertAnswer(peer, BRIEF, copied.get(beforeOldest - 2), Gap.Cause.TRIMMED);
            assertAnswer(peer, BRIEF, Position.ORIGIN, Gap.Cause.TRIMMED);

            // Now the oldest is one behind the first that was lost and written again.
            List<Position> again = publish(BRIEF, peer, COPIED + 1, AGAIN, "second");
            int first = AGAIN - BRIEF_COUNT - COPIED;
            assertThat(first).isEqualTo(1);
            assertAnswer(peer, BRIEF, again.getFirst(), null);
            assertAnswer(peer, BRIEF, lost.getFirst(), Gap.Cause.REWRITTEN);
            assertAnswer(peer, BRIEF, lost.get(1), Gap.Cause.REWRITTEN);
            assertAnswer(peer, BRIEF, copied.getLast(), Gap.Cause.TRIMMED);
        });
    }
}
