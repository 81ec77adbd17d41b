package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the system was asked to do, and when, between a publish and its acknowledgement. */
@Tag("process")
final class SyncTest {

    private static final int PUBLICATIONS = 20;

    @TempDir
    private Path folder = Path.of("");

    /**
     * A publish that was acknowledged.
     *
     * @param marker stands in its data, and nowhere else
     * @param position stands in its acknowledgement, and nowhere else as text
     */
    private record Sent(String marker, String position, boolean isSynced) {}

    @Test
    void atFsyncTheWriteAheadLogIsSyncedBeforeTheAcknowledgementAndAtDiskItIsNot() throws Exception {
        boolean isThere = hasStrace();
        assertThat(isThere || !"true".equals(System.getenv("CI")))
                .as("strace is there")
                .isTrue();
        assumeTrue(isThere, "strace is missing: ./test installs it");
        Path config = Files.writeString(folder.resolve("carillon.yaml"), """
                channels:
                  - {pattern: "synced:*", durability: fsync}
                  - {pattern: "written:*", durability: disk}
                """);
        Path trace = folder.resolve("trace.txt");
        String data = folder.resolve("data").toString();
        List<Sent> sent;
        long pid;
        try (ServerProcess server = ServerProcess.carillonUnder(
                SystemCalls.writingTo(trace),
                Map.of(),
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                config.toString(),
                "--data",
                data)) {
            sent = publish(server);
            pid = server.pid();
            server.terminate();
            server.exitCode();
        }
        List<SystemCalls.Call> calls = SystemCalls.read(trace, pid);
        for (Sent one : sent) {
            assertThat(isSyncedBeforeItsAcknowledgement(calls, one, data))
                    .as("%s", one)
                    .isEqualTo(one.isSynced());
        }
    }

    private static boolean hasStrace() throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-V")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** One after another, in turn synced and not, by WebSocket and by POST. */
    private static List<Sent> publish(ServerProcess server) throws Exception {
        List<Sent> sent = new ArrayList<>();
        try (Peer peer = new Peer(server.ready());
                Live.Asked socket = Live.ask(peer, "/live")) {
            socket.next();
            for (int i = 0; i < 2 * PUBLICATIONS; i++) {
                boolean isSynced = i % 2 == 0;
                String channel = isSynced ? "synced:orders" : "written:orders";
                String marker = "marker-of-%04d".formatted(i);
                ServerMessage.Published published;
                if (i % 4 < 2) {
                    socket.live()
                            .send("{\"type\":\"publish\",\"channel\":\"" + channel + "\",\"data\":\"" + marker + "\"}");
                    published = (ServerMessage.Published) socket.next();
                } else {
                    published = peer.publish(channel, "key-for-the-order-" + i, "\"" + marker + "\"");
                }
                sent.add(new Sent(marker, published.position().toString(), isSynced));
            }
        }
        return sent;
    }

    /** Whether the file that got the record was synced after that and before the acknowledgement left. */
    private static boolean isSyncedBeforeItsAcknowledgement(List<SystemCalls.Call> calls, Sent sent, String folder) {
        SystemCalls.Call written = calls.stream()
                .filter(call -> call.isWrite() && call.file().matches("\\Q" + folder + "\\E/\\d+\\.log"))
                .filter(call -> call.text().contains(sent.marker()))
                .reduce((_, _) -> {
                    throw new AssertionError(sent + " was written twice");
                })
                .orElseThrow(() -> new AssertionError(sent + " was not written"));
        SystemCalls.Call acknowledged = calls.stream()
                .filter(call -> call.isToSocket() && call.text().contains(sent.position()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(sent + " was not acknowledged"));
        assertThat(written.end())
                .as("%s is written before it is acknowledged", sent)
                .isLessThan(acknowledged.begin());
        return calls.stream()
                .anyMatch(call -> call.isSync()
                        && call.file().equals(written.file())
                        && call.begin() > written.end()
                        && call.end() < acknowledged.begin());
    }
}
