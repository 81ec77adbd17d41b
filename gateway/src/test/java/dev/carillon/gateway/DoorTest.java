package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what bad input is told. */
class DoorTest {

    private static final String UPGRADE = """
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            """;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void theGuidesHandshakeIsAnsweredToTheByteOnChatAndLive() throws Exception {
        for (String path : List.of("/chat", "/live", "/channels/orders")) {
            String answer = server.raw("GET " + path + " HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n"
                    + "\u0088\u0080\u0000\u0000\u0000\u0000");
            assertThat(answer).startsWith("""
                            HTTP/1.1 101 Switching Protocols
                            Upgrade: websocket
                            Connection: Upgrade
                            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=

                            """.replace("\n", "\r\n")).endsWith("\u0088\u0000");
        }
    }

    @Test
    void anHttp10ClientThatAsksForItIsToldThatTheConnectionStays() throws Exception {
        String answers = server.raw("GET /channels/orders HTTP/1.0\nHost: localhost\nConnection: keep-alive\n\n"
                + "GET /channels/orders HTTP/1.0\nHost: localhost\n\n");
        assertThat(answers).containsIgnoringCase("connection: keep-alive").containsIgnoringCase("connection: close");
    }

    @Test
    void liveAsAPageAnswersWithOneHelpfulSentence() throws Exception {
        var page = server.get("/live");
        assertThat(page.statusCode()).isEqualTo(426);
        assertThat(page.body()).contains("new WebSocket(");
    }

    @Test
    void chatWithoutAnUpgradeIsAPage() throws Exception {
        var page = server.get("/chat");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).isEqualTo("<p>hello");
        assertThat(server.raw("POST /chat HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0\n\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://evil.test", "https://evil.test:8080", "null", "file://", "http://localhost.evil.test"})
    void aForeignOriginIsRefusedEverywhere(String origin) throws Exception {
        String live = server.raw("GET /live HTTP/1.1\nHost: localhost\nOrigin: " + origin
                + "\nConnection: close, Upgrade\n" + UPGRADE.replace("Connection: Upgrade\n", "") + "\n");
        assertThat(live).startsWith("HTTP/1.1 403 ").contains("origin_refused");
        String post = server.raw("POST /channels/orders HTTP/1.1\nHost: localhost\nOrigin: " + origin
                + "\nConnection: close\nContent-Type: application/json\nContent-Length: 1\n\n1");
        assertThat(post).startsWith("HTTP/1.1 403 ").doesNotContainIgnoringCase("access-control-allow-origin");
        assertThat(server.get("/channels/orders").body()).contains("\"publications\":[]");
        assertThat(server.counters.originsRefused()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:9", "https://app.localhost"})
    void aLoopbackOriginOnAnyPortMayComeIn(String origin) throws Exception {
        var answer = server.raw("OPTIONS /channels/orders HTTP/1.1\nHost: localhost\nOrigin: " + origin
                + "\nConnection: close\nAccess-Control-Request-Method: POST\n\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 204 ")
                .containsIgnoringCase("access-control-allow-origin: " + origin)
                .containsIgnoringCase("access-control-allow-methods: GET, HEAD, POST, DELETE, OPTIONS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebound.test", "192.168.1.7:8080", "localhost.evil.test", "127.0.0.1.evil.test"})
    void aReboundHostNameIsRefused(String host) throws Exception {
        for (String path : List.of("/", "/live", "/channels/orders", "/metrics")) {
            assertThat(server.raw("GET " + path + " HTTP/1.1\nHost: " + host + "\nConnection: close\n\n"))
                    .startsWith("HTTP/1.1 421 ")
                    .contains("host_refused");
        }
    }

    @Test
    void aForwardedRequestIsRefusedInDevelopmentMode() throws Exception {
        assertThat(server.raw("GET / HTTP/1.1\nHost: localhost\nX-Forwarded-For: 10.0.0.1\nConnection: close\n\n"))
                .startsWith("HTTP/1.1 421 ");
    }

    @Test
    void outsideDevelopmentModeTheOwnAndTheListedOriginsMayComeInAndNoOther() throws Exception {
        try (TestServer strict = new TestServer(
                Duration.ofSeconds(25),
                new GatewaySettings.Access(false, List.of("https://app.example"), List.of("chat.example")))) {
            assertThat(strict.raw(get("chat.example", "https://app.example"))).startsWith("HTTP/1.1 200 ");
            assertThat(strict.raw(get("chat.example", "https://chat.example"))).startsWith("HTTP/1.1 200 ");
            assertThat(strict.raw(get("chat.example", "http://localhost"))).startsWith("HTTP/1.1 403 ");
            assertThat(strict.raw(get("other.example", "https://app.example"))).startsWith("HTTP/1.1 421 ");
            assertThat(strict.raw(
                            "GET /inspect/0123456789012345678901 HTTP/1.1\nHost: chat.example\nConnection: close\n\n"))
                    .startsWith("HTTP/1.1 404 ");
        }
    }

    private static String get(String host, String origin) {
        return "GET /channels/orders HTTP/1.1\nHost: " + host + "\nOrigin: " + origin + "\nConnection: close\n\n";
    }

    /** Its network panel speaks to a lane: the same host under another port, by the scheme that it came by. */
    @Test
    void aPageMaySpeakToOtherPortsOfThisMachineAndToNoOther() throws Exception {
        String policy =
                server.get("/").headers().firstValue("Content-Security-Policy").orElseThrow();
        assertThat(policy)
                .contains("default-src 'self'")
                .contains(" http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*;")
                .doesNotContain("http:;", "https:;", " *");
    }

    @Test
    void requestsThatAreNotHttpGetOneCodedAnswer() throws Exception {
        assertThat(server.raw("NONSENSE\n\n")).startsWith("HTTP/1.1 400 ").contains("bad_request");
        assertThat(server.raw("GET / HTTP/1.1\nHost: a\nHost: b\nConnection: close\n\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(server.raw("GET /" + "a".repeat(20_000) + " HTTP/1.1\nHost: localhost\n\n"))
                .startsWith("HTTP/1.1 413 ");
        assertThat(server.raw("GET / HTTP/1.1\nHost: localhost\nX: " + "a".repeat(20_000) + "\n\n"))
                .startsWith("HTTP/1.1 413 ");
        assertThat(server.counters.failures()).isZero();
    }

    @Test
    void aBodyOverTheLimitIsRefusedBeforeItIsRead() throws Exception {
        String head = "POST /channels/orders HTTP/1.1\nHost: localhost\nContent-Type: application/json\n";
        assertThat(server.raw(head + "Content-Length: 10000000\n\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("65536");
        String chunk = "4000\n" + "1".repeat(0x4000) + "\n";
        assertThat(server.raw(head + "Transfer-Encoding: chunked\n\n" + chunk.repeat(5)))
                .startsWith("HTTP/1.1 413 ");
    }

    @Test
    void aWrongContentTypeIsToldTheRightCurlLine() throws Exception {
        var answer = server.post("/channels/orders", "a=1", "Content-Type", "application/x-www-form-urlencoded");
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.body()).contains("curl -H 'Content-Type: application/json'");
    }

    @Test
    void badNamesMethodsAndBodiesAreToldWhatIsWrong() throws Exception {
        assertThat(server.get("/channels/a%20b").body()).contains("invalid_channel");
        assertThat(server.get("/channels/forbidden").statusCode()).isEqualTo(404);
        assertThatThrownBy(() -> server.events("/channels/forbidden")).hasMessageContaining(" 404 ");
        assertThat(server.raw("PUT /channels/orders HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
                .startsWith("HTTP/1.1 405 ")
                .containsIgnoringCase("allow: GET, HEAD, POST, DELETE");
        assertThat(server.post("/channels/orders", "{'a':1}").body())
                .contains("malformed")
                .contains("not JSON");
        assertThat(server.post("/live", "[]").statusCode()).isEqualTo(400);
        assertThat(server.get("/nowhere").statusCode()).isEqualTo(404);
    }

    @Test
    void badMessagesOnAWebSocketAreToldAndTheConnectionStays() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        socket.next();
        for (String bad :
                List.of("nonsense", "[]", "{\"type\":\"shout\"}", "{\"type\":\"subscribe\",\"channel\":\"a b\"}")) {
            socket.send(bad);
            assertThat(socket.next()).startsWith("{\"type\":\"error\"");
        }
        socket.send("{\"type\":\"ping\",\"id\":\"x\"}");
        assertThat(socket.next()).isEqualTo("{\"type\":\"pong\",\"id\":\"x\"}");
    }

    @Test
    void aMessageOverTheLimitEndsItsConnectionAndNoOther() throws Exception {
        TestSocket other = new TestSocket(server.http, server.ws("/channels/orders"));
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        socket.next();
        socket.send("{\"type\":\"publish\",\"channel\":\"orders\",\"data\":\"" + "a".repeat(70_000) + "\"}");
        assertThat(socket.closed.get()).startsWith("1009 ");
        other.next();
        other.next();
        server.post("/channels/orders", "1");
        assertThat(other.next()).contains("\"data\":1");
    }

    @Test
    void requestsBehindOneAnotherAreAnsweredInOrder() throws Exception {
        String answer = server.raw("""
                POST /channels/orders HTTP/1.1
                Host: localhost
                Content-Type: application/json
                Content-Length: 1

                7GET /channels/orders HTTP/1.1
                Host: localhost

                GET /nowhere HTTP/1.1
                Host: localhost
                Connection: close

                """);
        assertThat(answer.indexOf(" 201 ")).isPositive().isLessThan(answer.indexOf("\"data\":7"));
        assertThat(answer.indexOf("\"data\":7")).isLessThan(answer.indexOf(" 404 "));
    }

    @Test
    void aRequestThatNeverEndsIsEnded() throws Exception {
        try (TestServer impatient = new TestServer(TestServer.settings(
                Duration.ofMillis(500), GatewaySettings.Access.DEVELOPMENT, Duration.ofMillis(300), 100))) {
            assertThat(impatient.raw("GET / HTTP/1.1\nHost: localhost\nX: ")).isEmpty();
            assertThat(impatient.raw("POST /channels/orders HTTP/1.1\nHost: localhost\nContent-Length: 5\n\n1"))
                    .isEmpty();
            assertThat(impatient.counters.requestsLate()).isEqualTo(2);
            assertThat(impatient.raw("GET /channels/orders HTTP/1.1\nHost: localhost\n\n"))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(impatient.counters.requestsLate()).isEqualTo(2);
        }
    }

    @Test
    void aConnectionTooManyIsToldToComeBackLater() throws Exception {
        try (TestServer small = new TestServer(TestServer.settings(
                        Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1));
                Socket first = new Socket(InetAddress.getLoopbackAddress(), small.port())) {
            first.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
            Await.until(() -> small.counters.connections() == 1);
            assertThat(small.raw("GET / HTTP/1.1\nHost: localhost\n\n"))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("node_full");
        }
    }

    @Test
    void aNodeThatEndsTellsItsClientsToComeBack() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        socket.next();
        try (TestServer.EventStream stream = server.events("/channels/orders")) {
            assertThat(stream.next().toString()).contains("event: hello");
            var poll = server.http.sendAsync(
                    java.net.http.HttpRequest.newBuilder(server.uri("/channels/orders?wait=50s"))
                            .build(),
                    java.net.http.HttpResponse.BodyHandlers.ofString());
            // The stream's subscription and the poll's both stand.
            Await.until(() -> server.engineCounters.subscriptions() == 2 && server.engineCounters.outstanding() == 0);
            server.end();
            assertThat(socket.closed.get()).isEqualTo("4300 moving");
            assertThat(stream.next().toString()).contains("event: error").contains("\"code\":4300");
            assertThat(stream.next().toString()).contains("event: reconnect").containsPattern("retry: 1\\d{3}");
            assertThat(stream.next()).isEmpty();
            assertThat(poll.get().body()).contains("\"publications\":[]");
        }
        // Whoever has to answer a close may take longer than the node waits for it.
        Await.until(() -> server.counters.connections() == 0);
    }
}
