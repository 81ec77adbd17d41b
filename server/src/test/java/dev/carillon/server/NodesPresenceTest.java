package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is present, over two real nodes on one real Redis. */
@Tag("process")
final class NodesPresenceTest {

    private static final String CONFIGURATION = """
            listen: {hosts: [127.0.0.1], port: 0}
            eventLoops: 2
            redis: {url: "%s", connectTime: 1m, callTime: 30s, leaseTime: 5s, leaseRenewal: 500ms}
            keys:
              - {name: ada, secret: ada-0123456789-ada, grants: [{channels: "**", may: [subscribe, presence]}]}
              - {name: bob, secret: bob-0123456789-bob, grants: [{channels: "**", may: [subscribe, presence]}]}
            """;

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess start(Path file, String name) throws IOException {
        return ServerProcess.start(
                folder,
                "serve",
                "--config",
                file.toString(),
                "--data",
                folder.resolve(name).toString());
    }

    private static Live attend(Peer node, String user, List<ServerMessage> told) {
        return Live.connect(node, "/channels/orders?presence=true&token=" + secret(user), told::add);
    }

    private static String secret(String user) {
        return user + "-0123456789-" + user;
    }

    /** Whether this node says that just these are here. */
    private static boolean here(Peer node, String... users) {
        try {
            HttpResponse<String> answer =
                    node.get("/channels/orders/presence", "Authorization", "Bearer " + secret("bob"));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return List.of(users)
                    .equals(List.of("ada", "bob").stream()
                            .filter(user -> answer.body().contains("\"user\":\"" + user + "\""))
                            .toList());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static long count(List<ServerMessage> told, String text) {
        return told.stream()
                .filter(message -> message.toString().contains(text))
                .count();
    }

    @Test
    void allNodesTellOneListAndThoseOfADeadNodeLeaveIt() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        try (PrivateRedis redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")))) {
            Path file = Files.writeString(folder.resolve("node.yaml"), CONFIGURATION.formatted(redis.url()));
            try (ServerProcess first = start(file, "first");
                    ServerProcess second = start(file, "second");
                    Peer one = new Peer(first.ready());
                    Peer other = new Peer(second.ready())) {
                List<ServerMessage> toldToBob = new CopyOnWriteArrayList<>();
                try (Live bob = attend(other, "bob", toldToBob);
                        Live _ = attend(one, "ada", new CopyOnWriteArrayList<>())) {
                    Peer.until("the node of ada tells both", () -> here(one, "ada", "bob"));
                    Peer.until("the node of bob tells both", () -> here(other, "ada", "bob"));
                    Peer.until("bob is told that ada has come", () -> count(toldToBob, "ada") > 0);
                    first.kill();
                    first.exitCode();
                    Peer.until("ada has left", () -> here(other, "bob"));
                    Peer.until(
                            "bob is told that ada has left",
                            () -> toldToBob.stream()
                                    .anyMatch(message -> message instanceof ServerMessage.Leave leave
                                            && leave.toString().contains("ada")));
                    assertThat(bob.ended).isNotDone();
                }
            }
        }
    }
}
