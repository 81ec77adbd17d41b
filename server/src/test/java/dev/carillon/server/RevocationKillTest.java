package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was revoked stays so, whatever becomes of the process. */
@Tag("process")
final class RevocationKillTest {

    private static final int REVOKED = 30;

    @TempDir
    private Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private ServerProcess start() throws Exception {
        Files.writeString(folder.resolve("carillon.yaml"), """
                tokens:
                  keys: [{id: k1, algorithm: HS256, secret: %s}]
                  roles: [reader]
                roles: [{name: reader, grants: [{channels: "**", may: [subscribe]}]}]
                admin: {secret: admin-0123456789abcdef}
                """.formatted(Jwt.SECRET));
        return ServerProcess.start(folder, "serve", "--port", "0", "--config", "carillon.yaml");
    }

    private int send(HttpRequest.Builder request, String bearer) throws Exception {
        HttpRequest asked = request.header("Authorization", "Bearer " + bearer).build();
        return http.send(asked, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private int read(URI at, int user) throws Exception {
        String token = Jwt.hs256(Jwt.claims("user" + user, 600, "\"jti\":\"t" + user + "\""));
        return send(HttpRequest.newBuilder(at.resolve("/channels/orders")), token);
    }

    /** Killed again and again while it revokes: what was answered with 204 is revoked from then on, and nothing else. */
    @Test
    void whatWasRevokedStaysSoAfterKill() throws Exception {
        int revoked = 0;
        while (revoked < REVOKED) {
            try (ServerProcess server = start()) {
                URI at = server.ready();
                for (int i = 0; i < REVOKED / 3; i++) {
                    HttpRequest.Builder request = HttpRequest.newBuilder(at.resolve("/admin/revocations"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"token\":\"t" + revoked + "\"}"));
                    assertThat(send(request, "admin-0123456789abcdef")).isEqualTo(204);
                    revoked++;
                }
                server.kill();
            }
        }
        try (ServerProcess server = start()) {
            URI at = server.ready();
            for (int user = 0; user < REVOKED; user++) {
                assertThat(read(at, user)).as("user %d", user).isEqualTo(403);
            }
            assertThat(read(at, REVOKED)).isEqualTo(200);
            server.terminate();
            server.exitCode();
            assertThat(server.err()).doesNotContain("Exception", "ERROR");
        }
    }
}
