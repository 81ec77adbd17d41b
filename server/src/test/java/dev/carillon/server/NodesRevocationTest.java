package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is revoked at one node is shut out at all of them. */
@Tag("process")
final class NodesRevocationTest {

    private static final String ADMIN = "admin-0123456789abcdef";
    private static final String CONFIGURATION = """
            tokens:
              keys: [{id: k1, algorithm: HS256, secret: %s}]
              roles: [reader]
            roles: [{name: reader, grants: [{channels: "**", may: [subscribe]}]}]
            admin: {secret: %s}
            listen: {hosts: [127.0.0.1], port: 0}
            redis: {url: "%s", connectTime: 1m, callTime: 30s}
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

    /** Made before anybody is revoked: a user's later tokens are good again. */
    private final Map<String, String> tokens = Map.of("ada", token("ada"), "bob", token("bob"));

    private static String token(String user) {
        return Jwt.hs256(Jwt.claims(user, 600, "\"jti\":\"of-" + user + "\""));
    }

    private static int revoke(Peer node, String body) throws IOException, InterruptedException {
        HttpRequest request = node.request("/admin/revocations", "Authorization", "Bearer " + ADMIN)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return node.http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private int read(Peer node, String user) {
        try {
            return node.get("/channels/orders", "Authorization", "Bearer " + tokens.get(user))
                    .statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoIsRevokedAtOneNodeIsShutOutAtAllOfThemAndAtOneThatStartsLater() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        try (PrivateRedis redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")))) {
            Path file = Files.writeString(
                    folder.resolve("node.yaml"), CONFIGURATION.formatted(Jwt.SECRET, ADMIN, redis.url()));
            try (ServerProcess first = start(file, "first");
                    ServerProcess second = start(file, "second");
                    Peer one = new Peer(first.ready());
                    Peer other = new Peer(second.ready());
                    Live reading = Live.connect(other, "/channels/orders?token=" + tokens.get("ada"), _ -> {})) {
                assertThat(read(other, "ada")).isEqualTo(200);
                assertThat(revoke(one, "{\"user\":\"ada\"}")).isEqualTo(204);
                assertThat(reading.ended.get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(Code.REVOKED.number());
                assertThat(read(one, "ada")).isEqualTo(403);
                assertThat(read(other, "ada")).isEqualTo(403);
                redis.kill();
                assertThat(revoke(other, "{\"token\":\"of-bob\"}")).isEqualTo(503);
                assertThat(read(other, "bob")).isEqualTo(403);
                redis.restart();
                Peer.until("the other node has heard of it", () -> read(one, "bob") == 403);
                first.kill();
                first.exitCode();
                try (ServerProcess late = start(file, "late");
                        Peer third = new Peer(late.ready())) {
                    assertThat(read(third, "ada")).isEqualTo(403);
                    assertThat(read(third, "bob")).isEqualTo(403);
                }
            }
        }
    }
}
