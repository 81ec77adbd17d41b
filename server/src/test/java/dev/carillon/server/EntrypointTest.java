package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/entrypoint.sh}, as an image starts it, with the configuration of {@code deploy/compose} on a real Redis. */
@Tag("process")
final class EntrypointTest {

    @TempDir
    private Path folder = Path.of("");

    @Test
    void bothPartsOfTheConfigurationBecomeOneAndASignalReachesTheServer() throws Exception {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
        try (PrivateRedis redis = PrivateRedis.start(Files.createDirectory(folder.resolve("redis")))) {
            write(
                    "config/plain/carillon.yaml",
                    Manifest.content("compose/plain.yaml")
                            .replace("[0.0.0.0], port: 8080", "[127.0.0.1], port: 0")
                            .replace("/var/lib/carillon", folder.resolve("data").toString()));
            write(
                    "config/secret/carillon.yaml",
                    Manifest.content("compose/secret.example.yaml")
                            .replace(
                                    "redis://:change-me-0123456789@redis:6379\"", redis.url() + "\", connectTime: 1m"));
            write("home/.build/classpath", System.getProperty("java.class.path"));
            try (ServerProcess server = start();
                    Peer peer = new Peer(server.ready())) {
                assertThat(peer.get("/ready").statusCode()).isEqualTo(200);
                assertThat(peer.get("/healthz", "X-Forwarded-For", "192.0.2.1").statusCode())
                        .isEqualTo(200);
                assertThat(published(peer, "change-me-0123456789")).isEqualTo(201);
                assertThat(published(peer, "another-0123456789")).isEqualTo(401);
                server.terminate();
                assertThat(server.exitCode()).isEqualTo(143);
            }
        }
    }

    private ServerProcess start() throws IOException {
        Files.createDirectory(folder.resolve("run"));
        Map<String, String> environment = Map.of(
                "CARILLON_HOME",
                folder.resolve("home").toString(),
                "CARILLON_CONFIG",
                folder.resolve("config").toString(),
                "CARILLON_RUN",
                folder.resolve("run").toString(),
                "CARILLON_JAVA_OPTS",
                "-Xmx128m -XX:TieredStopAtLevel=1",
                "PATH",
                Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
        String script =
                Manifest.FOLDER.resolve("entrypoint.sh").toAbsolutePath().toString();
        return ServerProcess.program(List.of(script), environment, folder);
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static int published(Peer peer, String secret) throws Exception {
        HttpResponse<String> answer = peer.http.send(
                peer.request(
                                "/channels/public:news",
                                "Content-Type",
                                "application/json",
                                "Authorization",
                                "Bearer " + secret)
                        .POST(HttpRequest.BodyPublishers.ofString("1"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode();
    }
}
