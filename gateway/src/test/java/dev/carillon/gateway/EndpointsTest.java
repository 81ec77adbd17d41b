package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Addresses beside channels and pages, which others answer. */
class EndpointsTest {

    private final Probe probe = new Probe();
    private TestServer server;

    /** Notes what it was asked, and answers as the path says. */
    private static final class Probe implements Endpoints {
        final AtomicReference<Request> asked = new AtomicReference<>();
        final AtomicReference<Thread> on = new AtomicReference<>();

        @Override
        public boolean owns(String path) {
            return path.startsWith("/things");
        }

        @Override
        public Reply answer(Request request) {
            asked.set(request);
            on.set(Thread.currentThread());
            return switch (request.path()) {
                case "/things/broken" -> throw new IllegalStateException("the secret reason");
                case "/things/deep" -> throw new StackOverflowError("the secret depth");
                case "/things/torn" -> new Reply(200, "text/plain", new byte[0], Map.of("X-Torn", "a\r\nb: c"));
                case "/things/gone" -> Reply.empty();
                default -> new Reply(201, "text/plain", request.body(), Map.of("X-Thing", "made"));
            };
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(
                TestServer.settings(
                        GatewaySettings.DEFAULT.heartbeat(),
                        GatewaySettings.Access.DEVELOPMENT,
                        GatewaySettings.DEFAULT.requestTimeMax(),
                        100),
                new AllComers(),
                Endpoints.of(List.of(probe)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String ask(String method, String path, String headers, String body) throws IOException {
        return server.raw(method + " " + path + " HTTP/1.1\nHost: localhost\nConnection: close\n" + headers
                + "Content-Length: " + body.length() + "\n\n" + body);
    }

    @Test
    void aRequestComesWholeToAVirtualThreadAndItsReplyGoesBackWhole() throws Exception {
        String answer = ask("PUT", "/things/a%20b?x=1&x=2&y=%26", "Authorization: Bearer t0ken\nX-Case: 7\n", "body");
        Endpoints.Request asked = probe.asked.get();
        assertThat(asked.method()).isEqualTo("PUT");
        assertThat(asked.path()).isEqualTo("/things/a b");
        assertThat(asked.query()).isEqualTo(Map.of("x", "2", "y", "&"));
        assertThat(asked.headers().first("x-CASE")).isEqualTo("7");
        assertThat(asked.headers().first("X-None")).isNull();
        assertThat(asked.token()).isEqualTo("t0ken");
        assertThat(new String(asked.body(), StandardCharsets.UTF_8)).isEqualTo("body");
        assertThat(probe.on.get().isVirtual()).isTrue();
        assertThat(answer)
                .startsWith("HTTP/1.1 201 ")
                .containsIgnoringCase("x-thing: made\r\n")
                .containsIgnoringCase("cache-control: no-store\r\n")
                .containsIgnoringCase("x-content-type-options: nosniff\r\n")
                .endsWith("\r\n\r\nbody");
    }

    @Test
    void whatFailsIsToldWithoutItsText() throws Exception {
        for (String path : List.of("/things/broken", "/things/deep", "/things/torn")) {
            assertThat(ask("POST", path, "", ""))
                    .startsWith("HTTP/1.1 500 ")
                    .contains("\"name\":\"internal\"")
                    .doesNotContain("secret")
                    .doesNotContainIgnoringCase("x-torn");
        }
        assertThat(server.counters.failures()).isEqualTo(3);
    }

    @Test
    void anEmptyReplyHasNeitherTypeNorLength() throws Exception {
        assertThat(ask("DELETE", "/things/gone", "", ""))
                .startsWith("HTTP/1.1 204 ")
                .doesNotContainIgnoringCase("\ncontent-type")
                .doesNotContainIgnoringCase("\ncontent-length");
    }

    @Test
    void theDoorIsBeforeThem() throws Exception {
        assertThat(ask("POST", "/things", "Origin: http://evil.test\n", "")).startsWith("HTTP/1.1 403 ");
        assertThat(server.raw("POST /things HTTP/1.1\nHost: rebound.test\nContent-Length: 0\nConnection: close\n\n"))
                .startsWith("HTTP/1.1 421 ");
        assertThat(ask("POST", "/things", "", "a".repeat(70_000))).startsWith("HTTP/1.1 413 ");
        assertThat(probe.asked.get()).isNull();
    }

    @Test
    void aPageOfAnotherLoopbackPortMayDeleteWhereThereIsSomethingToDelete() throws Exception {
        String headers = "Origin: http://localhost:5173\nAccess-Control-Request-Method: DELETE\n";
        assertThat(ask("OPTIONS", "/things", headers, ""))
                .startsWith("HTTP/1.1 204 ")
                .containsIgnoringCase("access-control-allow-methods: GET, HEAD, POST, PUT, DELETE, OPTIONS");
        assertThat(ask("OPTIONS", "/channels/a", headers, "")).contains("DELETE");
        assertThat(ask("OPTIONS", "/live", headers, "")).doesNotContain("DELETE");
        assertThat(probe.asked.get()).isNull();
    }

    @Test
    void aPathThatNobodyOwnsIsAPage() throws Exception {
        assertThat(server.get("/thing").statusCode()).isEqualTo(404);
        assertThat(server.post("/thing", "{}").statusCode()).isEqualTo(404);
        assertThat(server.post("/", "{}").statusCode()).isEqualTo(405);
        assertThat(server.get("/").body()).isEqualTo("<p>hello");
        assertThat(probe.asked.get()).isNull();
    }

    @Test
    void aPathThatCannotBeDecodedIsTheClientsMistake() throws Exception {
        for (String path : List.of("/things/%zz", "/%", "/things?x=%e", "/channels/a?after=%zz")) {
            assertThat(ask("GET", path, "", "")).as(path).startsWith("HTTP/1.1 400 ");
        }
        assertThat(server.counters.failures()).isZero();
        assertThat(server.counters.requestsMalformed()).isEqualTo(4);
    }
}
