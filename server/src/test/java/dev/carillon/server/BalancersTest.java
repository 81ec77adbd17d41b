package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three nodes on one Redis behind the real programs, with the files of {@code deploy} but for their ports. */
@Tag("process")
final class BalancersTest {

    private static final int NODES = 3;
    private static final int FRONT_PORT = 8080;
    private static final String SECRET = "backend-0123456789";

    /** Outside development mode, which takes nothing that was forwarded. */
    private static final String CONFIGURATION = """
            listen: {hosts: [127.0.0.1], port: 0}
            eventLoops: 2
            redis: {url: "%s", connectTime: 1m, callTime: 30s}
            proxies: [127.0.0.1]
            drain: {notice: 0s, window: 0s, away: 0s}
            keys: [{name: backend, secret: %s, grants: [{channels: "**", may: [subscribe, publish]}]}]
            grants: [{channels: "**", may: [subscribe]}]
            """;

    enum Balancer {
        NGINX("nginx", "nginx.conf"),
        HAPROXY("haproxy", "haproxy.cfg");

        private final String program;
        private final String file;

        Balancer(String program, String file) {
            this.program = program;
            this.file = file;
        }

        private List<String> command(Path program, Path configuration, Path folder) {
            return switch (this) {
                case NGINX ->
                    List.of(
                            program.toString(),
                            "-p",
                            folder.toString(),
                            "-c",
                            configuration.toString(),
                            "-e",
                            folder.resolve("nginx-error.log").toString(),
                            "-g",
                            "daemon off; pid " + folder.resolve("nginx.pid") + ";");
                case HAPROXY -> List.of(program.toString(), "-db", "-f", configuration.toString());
            };
        }
    }

    @TempDir
    private Path folder = Path.of("");

    private PrivateRedis redis;
    private final List<ServerProcess> nodes = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void startNodes() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")));
        Path file = Files.writeString(folder.resolve("node.yaml"), CONFIGURATION.formatted(redis.url(), SECRET));
        for (int i = 1; i <= NODES; i++) {
            nodes.add(ServerProcess.start(
                    folder,
                    "serve",
                    "--config",
                    file.toString(),
                    "--data",
                    folder.resolve("data-" + i).toString()));
        }
        for (ServerProcess node : nodes) {
            node.ready();
        }
    }

    @AfterEach
    void endAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        nodes.forEach(ServerProcess::close);
        if (redis != null) {
            redis.close();
        }
    }

    /** Starts the real program with the file that is shipped, and waits until it listens. */
    private Peer start(Balancer balancer) throws Exception {
        Path program = find(balancer.program);
        Assumptions.assumeTrue(
                program != null,
                balancer.program + " is missing. To install: sudo apt-get install " + balancer.program);
        String text = Files.readString(Path.of("..", "deploy", balancer.file));
        for (int i = 0; i < NODES; i++) {
            String shipped = "127.0.0.1:" + (FRONT_PORT + 1 + i);
            assertThat(text).containsOnlyOnce(shipped);
            text = text.replace(shipped, "127.0.0.1:" + nodes.get(i).ready().getPort());
        }
        int port = unclaimedPort();
        text = text.replace("127.0.0.1:" + FRONT_PORT, "127.0.0.1:" + port)
                .replace("http {\n", "http {\naccess_log off;\n" + temporaryFolders());
        Path configuration = Files.writeString(folder.resolve(balancer.file), text);
        Program running = Program.start(
                folder, folder.resolve(balancer.program + ".log"), balancer.command(program, configuration, folder));
        open.add(running);
        Peer.until(balancer.program + " listens", () -> {
            assertThat(running.isRunning()).as(balancer.program).isTrue();
            return listens(port);
        });
        Peer peer = new Peer(URI.create("http://127.0.0.1:" + port));
        open.add(peer);
        Peer.until("all nodes are in turn", () -> nodesReached(peer).size() == NODES);
        return peer;
    }

    /** Where nginx may write, whoever runs this. */
    private String temporaryFolders() {
        StringBuilder lines = new StringBuilder();
        for (String what : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            lines.append(what)
                    .append("_temp_path ")
                    .append(folder.resolve(what))
                    .append(";\n");
        }
        return lines.toString();
    }

    private static @Nullable Path find(String program) {
        for (String folder : (System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin").split(":", -1)) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    /** Below those that a system gives away by itself, so that nobody is given it before the program has it. */
    private static int unclaimedPort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // somebody has it
            }
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Those that answer as many requests in a row as there are nodes, all on one connection. */
    private static Set<String> nodesReached(Peer peer) {
        Set<String> reached = new HashSet<>();
        try {
            for (int i = 0; i < NODES; i++) {
                if (peer.get("/healthz").statusCode() == 200) {
                    peer.node().ifPresent(reached::add);
                }
            }
            return reached;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Publishes until it is accepted, with the same key: a node that was just killed may have the request. */
    private static Position publish(Peer peer, String channel, int number) throws Exception {
        List<Position> accepted = new ArrayList<>();
        HttpRequest request = peer.request(
                        "/channels/" + channel,
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        "key-of-the-order-" + number,
                        "Authorization",
                        "Bearer " + SECRET)
                .POST(HttpRequest.BodyPublishers.ofString(Integer.toString(number)))
                .build();
        Peer.until("order " + number + " is accepted", () -> {
            try {
                HttpResponse<String> answer = peer.http.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() < 300
                        && Peer.message(answer.body()) instanceof ServerMessage.Published published) {
                    accepted.add(published.position());
                } else {
                    assertThat(answer.statusCode()).as(answer.body()).isGreaterThanOrEqualTo(500);
                }
                return !accepted.isEmpty();
            } catch (IOException e) {
                return false; // cut: it is said again
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return accepted.getFirst();
    }

    private static List<Integer> numbers(List<Publication> publications) {
        return publications.stream()
                .map(publication -> Integer.parseInt(publication.data().text()))
                .toList();
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    @ParameterizedTest
    @EnumSource
    void allDeliveriesGoThroughInTurnAndNothingIsLostWhenANodeIsKilled(Balancer balancer) throws Exception {
        Peer peer = start(balancer);
        pollInTurn(peer);
        List<Reader> readers = new ArrayList<>();
        for (Reader.Delivery delivery : Reader.Delivery.values()) {
            Reader reader = Reader.follow(peer, delivery, "orders", Position.ORIGIN);
            open.add(reader);
            readers.add(reader);
        }
        Position half = Position.ORIGIN;
        for (int i = 1; i <= 30; i++) {
            half = publish(peer, "orders", i);
        }
        for (Reader reader : readers) {
            reader.awaitPosition(half); // while its stream goes on: nothing is held back
        }
        nodes.getFirst().kill();
        nodes.getFirst().exitCode();
        Position last = Position.ORIGIN;
        for (int i = 31; i <= 60; i++) {
            last = publish(peer, "orders", i);
        }
        for (Reader reader : readers) {
            assertThat(numbers(follow(peer, reader, last))).as("%s", reader).isEqualTo(upTo(60));
        }
    }

    /** All that a reader is given up to a position, which comes back with its position each time that it is cut. */
    private List<Publication> follow(Peer peer, Reader first, Position last) {
        List<Publication> all = new ArrayList<>();
        Reader reader = first;
        while (true) {
            reader.awaitPositionOrEnd(last);
            all.addAll(reader.seen());
            assertThat(reader.gaps()).isEmpty();
            if (reader.position().equals(last)) {
                return all;
            }
            reader = reader.again(peer);
            open.add(reader);
        }
    }

    private static void pollInTurn(Peer peer) throws Exception {
        List<Publication> seen = new ArrayList<>();
        Position position = Position.ORIGIN;
        for (int i = 1; i <= 30; i++) {
            publish(peer, "polled", i);
            while (i % 3 == 0 && seen.size() < i) {
                ServerMessage.HistoryPage page = peer.page("polled", "limit=2&wait=10s&after=" + position);
                assertThat(page.gap()).isNull();
                seen.addAll(page.publications());
                position = page.position();
            }
        }
        assertThat(numbers(seen)).isEqualTo(upTo(30));
    }
}
