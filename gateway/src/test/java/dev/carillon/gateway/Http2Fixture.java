package dev.carillon.gateway;

import dev.carillon.engine.Decisions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Servers that speak HTTP/2. */
class Http2Fixture {

    @TempDir
    private Path folder = Path.of("");

    private @Nullable Path file;
    private @Nullable TestServer normal;

    @BeforeEach
    void start() throws IOException {
        file = Files.writeString(folder.resolve("server.pem"), SelfSigned.pem(Instant.now(), Duration.ofDays(90)));
        normal =
                new TestServer(settings(GatewaySettings.DEFAULT.heartbeat(), GatewaySettings.DEFAULT.requestTimeMax()));
    }

    @AfterEach
    void stop() {
        server().close();
    }

    /** One as it is normally set. */
    TestServer server() {
        if (normal == null) {
            throw new IllegalStateException("not started");
        }
        return normal;
    }

    GatewaySettings settings(Duration heartbeat, Duration requestTime) {
        return over(TestServer.settings(heartbeat, GatewaySettings.Access.DEVELOPMENT, requestTime, 1000));
    }

    GatewaySettings over(GatewaySettings base) {
        return with(base, Http2Limits.DEFAULT);
    }

    GatewaySettings with(GatewaySettings base, @Nullable Http2Limits limits) {
        if (file == null) {
            throw new IllegalStateException("not started");
        }
        return TestServer.overTls(base, file, limits);
    }

    TestServer limited(Http2Limits limits) throws IOException {
        return new TestServer(with(plain(), limits));
    }

    TestServer asking(Decisions decisions) throws IOException {
        return new TestServer(over(plain()), decisions);
    }

    static GatewaySettings plain() {
        return TestServer.settings(
                Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1000);
    }

    /** The head of a POST to {@code /channels/orders}. */
    static String[] post(String... more) {
        String[] head = {
            ":method",
            "POST",
            ":scheme",
            "https",
            ":authority",
            "localhost",
            ":path",
            "/channels/orders",
            "content-type",
            "application/json"
        };
        return Http2Peer.joined(head, more);
    }
}
