package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code carillon cluster} from outside: what it gives, and that nothing of it is left. */
@Tag("process")
final class ClusterTest {

    private static final int SIGTERM_EXIT = 143;
    private static final int NODES = 3;
    private static final Pattern PROCESS = Pattern.compile("(node-\\d|Redis) is process (\\d+) at");

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess start() throws IOException {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        return ServerProcess.startWith(
                System.getProperty("java.class.path"),
                List.of("-Djava.io.tmpdir=" + folder, "-XX:TieredStopAtLevel=1", "-Xmx192m"),
                folder,
                "cluster",
                "--nodes",
                Integer.toString(NODES),
                "--port",
                "0");
    }

    /** What it has started, as it says. */
    private static List<ProcessHandle> started(ServerProcess cluster) throws IOException {
        List<ProcessHandle> all = new ArrayList<>();
        Matcher said = PROCESS.matcher(cluster.err());
        while (said.find()) {
            ProcessHandle.of(Long.parseLong(said.group(2))).ifPresent(all::add);
        }
        return all;
    }

    private static void awaitEnd(List<ProcessHandle> all) throws InterruptedException {
        for (ProcessHandle one : all) {
            Peer.until("process " + one.pid() + " has ended", () -> !one.isAlive());
        }
    }

    private static Position publish(Peer peer, int number) throws InterruptedException {
        return peer.publishUntilAccepted("orders", "key-of-the-order-" + number, Integer.toString(number));
    }

    private static List<Integer> numbers(List<Publication> publications) {
        return publications.stream()
                .map(publication -> Integer.parseInt(publication.data().text()))
                .toList();
    }

    @Test
    void eachRequestReachesAnotherNodeAndNothingIsLostWhenOneIsKilled() throws Exception {
        try (ServerProcess cluster = start();
                Peer peer = new Peer(cluster.ready())) {
            Set<String> nodes = new HashSet<>();
            for (int i = 0; i < NODES; i++) {
                nodes.add(peer.node().orElseThrow());
            }
            assertThat(nodes).hasSize(NODES);
            List<Reader> readers = new ArrayList<>();
            for (Reader.Delivery delivery : Reader.Delivery.values()) {
                readers.add(Reader.follow(peer, delivery, "orders", Position.ORIGIN));
            }
            for (int i = 1; i <= 30; i++) {
                publish(peer, i);
            }
            List<ProcessHandle> processes = started(cluster);
            assertThat(processes).hasSize(NODES + 1);
            processes.getLast().destroyForcibly();
            awaitEnd(List.of(processes.getLast()));
            Position last = Position.ORIGIN;
            for (int i = 31; i <= 60; i++) {
                last = publish(peer, i);
            }
            for (Reader reader : readers) {
                assertThat(numbers(follow(peer, reader, last)))
                        .as("%s", reader)
                        .isEqualTo(IntStream.rangeClosed(1, 60).boxed().toList());
            }
            Peer.until("the killed node is there again", ServerProcess.PATIENCE, () -> {
                try {
                    return PROCESS.matcher(cluster.err()).results().count() == NODES + 2;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            cluster.terminate();
            assertThat(cluster.exitCode()).isEqualTo(SIGTERM_EXIT);
            awaitEnd(started(cluster));
            try (var left = Files.list(folder)) {
                assertThat(left.filter(Files::isDirectory)).isEmpty();
            }
        }
    }

    /** All that a reader is given up to a position, which comes back with its position if it was cut. */
    private static List<Publication> follow(Peer peer, Reader reader, Position last) {
        List<Publication> all = new ArrayList<>();
        Reader life = reader;
        while (true) {
            try (Reader current = life) {
                current.awaitPositionOrEnd(last);
                all.addAll(current.seen());
                assertThat(current.gaps()).isEmpty();
                if (current.position().equals(last)) {
                    return all;
                }
                life = current.again(peer);
            }
        }
    }

    @Test
    void aLongPollWhoseEveryRequestReachesAnotherNodeMissesNothing() throws Exception {
        try (ServerProcess cluster = start();
                Peer peer = new Peer(cluster.ready())) {
            List<Publication> seen = new ArrayList<>();
            Position position = Position.ORIGIN;
            for (int i = 1; i <= 60; i++) {
                publish(peer, i);
                while (i % 4 == 0 && seen.size() < i) {
                    ServerMessage.HistoryPage page = peer.page("orders", "limit=3&wait=10s&after=" + position);
                    assertThat(page.gap()).isNull();
                    seen.addAll(page.publications());
                    position = page.position();
                }
            }
            assertThat(numbers(seen))
                    .isEqualTo(IntStream.rangeClosed(1, 60).boxed().toList());
            signalReachesReadersOnAllNodes(peer);
            List<ProcessHandle> processes = started(cluster);
            assertThat(processes).hasSize(NODES + 1).allMatch(ProcessHandle::isAlive);
            cluster.kill();
            cluster.exitCode();
            awaitEnd(processes);
        }
    }

    /** Each connection is on another node, and each signal is sent to another. */
    private static void signalReachesReadersOnAllNodes(Peer peer) throws InterruptedException {
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            readers.add(Reader.follow(peer, Reader.Delivery.WEBSOCKET, "typing", Position.ORIGIN));
        }
        Peer.until("all are told a signal", () -> {
            HttpRequest signal = peer.request("/channels/typing/signals", "Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("1"))
                    .build();
            try {
                peer.http.send(signal, HttpResponse.BodyHandlers.discarding());
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
            return readers.stream().noneMatch(reader -> reader.signals().isEmpty());
        });
        readers.forEach(Reader::close);
    }

    @Test
    void withoutRedisServerThePackageIsNamedInOneLine() throws Exception {
        try (ServerProcess cluster = ServerProcess.startIn(Map.of("PATH", folder.toString()), folder, "cluster")) {
            assertThat(cluster.exitCode()).isEqualTo(Main.FAILED);
            assertThat(cluster.out()).isEmpty();
            assertThat(cluster.err().lines())
                    .containsExactly(
                            "carillon: redis-server is missing. To install: sudo apt-get install redis-server");
        }
    }

    @Test
    void noMoreThanNineNodes() throws Exception {
        try (ServerProcess cluster = ServerProcess.start(folder, "cluster", "--nodes", "10")) {
            assertThat(cluster.exitCode()).isEqualTo(Main.FAILED);
            assertThat(cluster.err().lines()).containsExactly("carillon: --nodes is 10; it must be from 1 to 9");
        }
    }
}
