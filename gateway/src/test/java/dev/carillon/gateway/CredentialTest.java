package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a request says who asks, and what never does. */
class CredentialTest {

    private static final String LINE = "Connection: close\nHost: localhost\n";
    private static final String UPGRADE = """
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            """;

    private final Guests guests = new Guests();
    private final AtomicReference<Endpoints.Request> asked = new AtomicReference<>();
    private TestServer server;

    private final Endpoints things = new Endpoints() {
        @Override
        public boolean owns(String path) {
            return path.equals("/things");
        }

        @Override
        public Reply answer(Request request) {
            asked.set(request);
            return Reply.empty();
        }
    };

    @BeforeEach
    void start() throws IOException {
        for (String name : List.of("alice", "bob", "carol")) {
            guests.add(name + "-token", name, 0, 600_000);
        }
        server = new TestServer(
                TestServer.settings(
                        GatewaySettings.DEFAULT.heartbeat(),
                        GatewaySettings.Access.DEVELOPMENT,
                        GatewaySettings.DEFAULT.requestTimeMax(),
                        100),
                guests,
                things);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Publishes with these headers, and tells as whom, or the status and code of the refusal. */
    private String publish(String path, String headers) throws Exception {
        String answer = server.raw("POST " + path + " HTTP/1.1\n" + LINE + "Content-Type: application/json\n" + headers
                + "Content-Length: 1\n\n7");
        if (!answer.startsWith("HTTP/1.1 201 ")) {
            return answer.substring(9, 12) + " " + answer.replaceAll("(?s).*\"name\":\"([a-z_]+)\".*", "$1");
        }
        String kept = server.get("/channels/orders", "Authorization", "Bearer carol-token")
                .body();
        String newest = kept.substring(kept.lastIndexOf("{\"type\":\"publication\""));
        return newest.replaceAll("(?s).*\"from\":\"([a-z]+)\".*", "$1");
    }

    private String publish(String headers) throws Exception {
        return publish("/channels/orders", headers);
    }

    // ---- header and query

    @Test
    void theHeaderComesBeforeTheQueryAndThatBeforeTheCookie() throws Exception {
        String cookie = "Sec-Fetch-Site: same-origin\nCookie: carillon_token=carol-token\n";
        assertThat(publish("/channels/orders?token=bob-token", "Authorization: Bearer alice-token\n" + cookie))
                .isEqualTo("alice");
        assertThat(publish("/channels/orders?token=bob-token", cookie)).isEqualTo("bob");
        assertThat(publish(cookie)).isEqualTo("carol");
        assertThat(publish("")).isEqualTo("401 unauthenticated");
    }

    @Test
    void theFirstOneThatIsThereCountsEvenIfItIsWrong() throws Exception {
        assertThat(publish("/channels/orders?token=bob-token", "Authorization: Bearer wrong\n"))
                .isEqualTo("401 token_invalid");
        assertThat(publish("/channels/orders?token=bob-token", "Authorization: Bearer \n"))
                .isEqualTo("401 token_invalid");
        assertThat(publish(
                        "/channels/orders?token=", "Sec-Fetch-Site: same-origin\nCookie: carillon_token=bob-token\n"))
                .isEqualTo("401 token_invalid");
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer alice-token, alice",
        "bearer alice-token, alice",
        "'BEARER   alice-token', alice",
        "Basic YTpi, 401 unauthenticated",
        "Bearers alice-token, 401 unauthenticated"
    })
    void theSchemeIsBearerHoweverItIsWritten(String value, String expected) throws Exception {
        assertThat(publish("Authorization: " + value + "\n")).isEqualTo(expected);
    }

    @Test
    void aRefusalSaysHowToProveWhoAsks() throws Exception {
        assertThat(server.raw("GET /channels/orders HTTP/1.1\n" + LINE + "\n"))
                .startsWith("HTTP/1.1 401 ")
                .containsIgnoringCase("www-authenticate: Bearer\r\n");
        assertThat(server.counters.refusals(dev.carillon.protocol.Code.UNAUTHENTICATED))
                .isOne();
    }

    // ---- the cookie

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Sec-Fetch-Site: cross-site\n",
                "Sec-Fetch-Site: same-site\n",
                "Sec-Fetch-Site: none\n",
                "Sec-Fetch-Site: Same-Origin\n",
                "Sec-Fetch-Site: same-origin, cross-site\n",
                "Sec-Fetch-Site: cross-site\nSec-Fetch-Site: same-origin\n"
            })
    void aForeignPagesPostWithTheCookieIsRefused(String site) throws Exception {
        assertThat(publish(site + "Cookie: carillon_token=alice-token\n")).isEqualTo("403 origin_refused");
        assertThat(server.get("/channels/orders", "Authorization", "Bearer carol-token")
                        .body())
                .contains("\"publications\":[]");
    }

    @Test
    void aForeignOriginIsRefusedWhateverElseTheRequestSays() throws Exception {
        for (String origin : List.of("https://evil.test", "null")) {
            assertThat(publish("Origin: " + origin
                            + "\nSec-Fetch-Site: same-origin\nCookie: carillon_token=alice-token\n"))
                    .isEqualTo("403 origin_refused");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: http://localhost\n",
                "Origin: http://localhost:5173\nSec-Fetch-Site: same-site\n",
                "Sec-Fetch-Site: same-origin\n"
            })
    void aPageThatIsAllowedHereMayUseTheCookie(String site) throws Exception {
        assertThat(publish(site + "Cookie: theme=dark; carillon_token=alice-token; x=y\n"))
                .isEqualTo("alice");
        assertThat(publish(site + "Cookie: theme=dark\nCookie: carillon_token=alice-token\n"))
                .isEqualTo("alice");
        assertThat(publish(site + "Cookie: carillon_token=\"alice-token\"\n")).isEqualTo("alice");
    }

    @Test
    void anAddressOpenedByHandMayBeReadByTheCookieButChangesNothing() throws Exception {
        String cookie = "Sec-Fetch-Site: none\nCookie: carillon_token=alice-token\n";
        assertThat(server.raw("GET /channels/orders HTTP/1.1\n" + LINE + cookie + "\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(publish(cookie)).isEqualTo("403 origin_refused");
    }

    /** A neighbour of this host's name can set a cookie here: then there are two, and nobody knows whose the first one is. */
    @Test
    void twoCookiesAreNone() throws Exception {
        assertThat(publish(
                        "Sec-Fetch-Site: same-origin\nCookie: carillon_token=bob-token; carillon_token=alice-token\n"))
                .isEqualTo("401 token_invalid");
        assertThat(
                        publish(
                                "Sec-Fetch-Site: same-origin\nCookie: carillon_token=alice-token; carillon_token=alice-token\n"))
                .isEqualTo("alice");
    }

    @Test
    void theCookieOpensAWebSocketForPagesThatAreAllowedHereOnly() throws Exception {
        TestSocket socket = new TestSocket(
                server.http, server.ws("/live"), "Origin", "http://localhost", "Cookie", "carillon_token=alice-token");
        assertThat(socket.next()).contains("\"user\":\"alice\"");
        String cookie = "Cookie: carillon_token=alice-token\n";
        assertThat(server.raw("GET /live HTTP/1.1\nHost: localhost\nConnection: close\n" + cookie
                        + UPGRADE.replace("Connection: Upgrade", "Connection: close, Upgrade") + "\n"))
                .startsWith("HTTP/1.1 403 ")
                .contains("origin_refused");
    }

    @Test
    void endpointsAreGivenTheCookieOfAllowedPagesOnly() throws Exception {
        String request = "POST /things?a=1&token=bob-token HTTP/1.1\n" + LINE + "Content-Length: 0\n";
        String cookie = "Cookie: carillon_token=alice-token\n";
        assertThat(server.raw(request.replace("&token=bob-token", "") + cookie + "\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(asked.get()).isNull();
        assertThat(server.raw(
                        request.replace("&token=bob-token", "") + "Sec-Fetch-Site: same-origin\n" + cookie + "\n"))
                .startsWith("HTTP/1.1 204 ");
        assertThat(asked.get().token()).isEqualTo("alice-token");
        assertThat(server.raw(request + "\n")).startsWith("HTTP/1.1 204 ");
        assertThat(asked.get().token()).isEqualTo("bob-token");
        assertThat(asked.get().query()).isEqualTo(Map.of("a", "1"));
        assertThat(asked.get().toString()).doesNotContain("bob-token");
    }

    // ---- what is refused, and how

    @ParameterizedTest
    @ValueSource(strings = {"/live", "/chat", "/channels/orders"})
    void aWebSocketWithAWrongTokenIsOpenedToldAndClosed(String path) throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws(path + "?token=wrong"));
        assertThat(socket.next()).contains("\"type\":\"error\"", "\"code\":4624", "nobody knows this token");
        assertThat(socket.closed.get()).isEqualTo("4624 token_invalid");
        assertThat(socket.messages).isEmpty();
        Await.until(() -> server.counters.connections() == 0);
        assertThat(server.engineCounters.sessions()).isZero();
        assertThat(server.counters.refusals(dev.carillon.protocol.Code.TOKEN_INVALID))
                .isOne();
    }

    @Test
    void whatAPeerSaysThatIsTurnedAwayIsNotHeard() throws Exception {
        String publish = "{\"type\":\"publish\",\"channel\":\"orders\",\"data\":1}";
        StringBuilder frame = new StringBuilder("\u0081")
                .append((char) (0x80 | publish.length()))
                .append("\0\0\0\0");
        String answer = server.raw("GET /live?token=wrong HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n" + frame
                + publish + "\u0088\u0080\u0000\u0000\u0000\u0000");
        assertThat(answer).contains("\"code\":4624").doesNotContain("\"published\"", "\"hello\"");
        assertThat(server.get("/channels/orders", "Authorization", "Bearer carol-token")
                        .body())
                .contains("\"publications\":[]");
    }

    /** A browser's EventSource gives up for good on a status, and a decision that is late is no reason to. */
    @Test
    void whoCannotBeFoundOutNowIsAskedToComeBackEvenOnAnEventStream() throws Exception {
        try (TestServer.EventStream stream = server.events("/channels/orders?token=" + Guests.BUSY)) {
            assertThat(stream.next().toString()).contains("event: error", "\"code\":4005", "\"retry\":1000");
            assertThat(stream.next().toString()).contains("event: reconnect", "retry: 1000");
            assertThat(stream.next()).isEmpty();
        }
        assertThat(publish("/channels/orders?token=" + Guests.BUSY, "")).isEqualTo("503 decision_late");
        TestSocket socket = new TestSocket(server.http, server.ws("/live?token=" + Guests.BUSY));
        assertThat(socket.closed.get()).isEqualTo("4005 decision_late");
    }

    @Test
    void aStrangerIsRefusedEverywhereButOnLive() throws Exception {
        assertThatThrownBy(() -> server.events("/channels/orders")).hasMessageContaining(" 401 ");
        assertThat(server.get("/channels/orders?wait=1s").body()).contains("\"code\":4605");
        assertThat(server.get("/channels/orders").statusCode()).isEqualTo(401);
        assertThat(server.post("/channels/orders", "1").body()).contains("\"code\":4605");
        assertThat(server.post("/live", "{\"channels\":[]}").body()).contains("\"code\":4605");
        assertThat(server.raw("GET /channels/orders HTTP/1.1\nHost: localhost\n"
                        + UPGRADE.replace("Connection: Upgrade", "Connection: close, Upgrade") + "\n"))
                .startsWith("HTTP/1.1 401 ")
                .contains("\"code\":4605");
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        assertThat(socket.next()).contains("\"hello\"").doesNotContain("\"user\"", "\"expires\"");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"orders\",\"id\":1}");
        assertThat(socket.next()).contains("\"code\":4605", "\"id\":1");
        socket.send("{\"type\":\"authenticate\",\"token\":\"wrong\",\"id\":2}");
        assertThat(socket.next()).contains("\"code\":4624", "\"id\":2");
        socket.send("{\"type\":\"authenticate\",\"token\":\"alice-token\",\"id\":3}");
        assertThat(socket.next()).contains("\"authenticated\"", "\"user\":\"alice\"", "\"expires\":");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"orders\",\"id\":4}");
        assertThat(socket.next()).contains("\"subscribed\"");
    }

    // ---- what is shown

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/live|/live",
                "/live?token=secret|/live?token=…",
                "/live?a=1&token=secret&b=2|/live?a=1&token=…&b=2",
                "/live?a=1;token=secret;b=2|/live?a=1;token=…;b=2",
                "/live?%74oken=secret|/live?%74oken=…",
                "/live?TOKEN=secret|/live?TOKEN=…",
                "/live?token=sec=ret|/live?token=…",
                "/live?token=secret#token=secret|/live?token=…#token=…",
                "/live?to%zzken=secret|/live?to%zzken=…",
                "/live?token|/live?token",
                "/live?|/live?",
                "/live?&&=secret&x=1|/live?&&=secret&x=1"
            })
    void anAddressIsShownWithoutTheToken(String address, String shown) {
        assertThat(Credential.shownAddress(address)).isEqualTo(shown);
    }

    @Test
    void anInspectorIsShownNoCredential() throws Exception {
        String id = "0123456789abcdefghij-_";
        try (TestServer.EventStream inspector = server.events("/inspect/" + id)) {
            inspector.next();
            server.raw("GET /live?x=1&%74oken=alice-token HTTP/1.1\nHost: localhost\n" + UPGRADE
                    + "Authorization: Basic bob-token\nProxy-Authorization: bob-token\n"
                    + "Referer: http://localhost/?token=bob-token\n"
                    + "Cookie: a=b; carillon_inspect=" + id + "; carillon_token=carol-token; c=bob-token\n\n"
                    + "\u0088\u0080\u0000\u0000\u0000\u0000");
            String handshake = inspector.next().toString();
            assertThat(handshake)
                    .contains("event: handshake", "GET /live?x=1&%74oken=… HTTP/1.1", "Cookie: a=b; carillon_inspect=")
                    .doesNotContain("alice-token", "bob-token", "carol-token");
        }
    }

    @Test
    void anInspectorIsNotShownTheTokenInAFrame() throws Exception {
        String id = "0123456789abcdefghij-_";
        String command = "{\"type\":\"authenticate\",\"token\":\"alice-token\"}";
        String frame = "\u0081" + (char) (0x80 | command.length()) + "\u0000\u0000\u0000\u0000" + command;
        try (TestServer.EventStream inspector = server.events("/inspect/" + id)) {
            inspector.next();
            server.raw("GET /live HTTP/1.1\nHost: localhost\n" + UPGRADE + "Cookie: carillon_inspect=" + id + "\n\n"
                    + frame + "\u0088\u0080\u0000\u0000\u0000\u0000");
            String event = inspector.next().toString();
            while (!event.contains("\"direction\":\"in\"")) {
                event = inspector.next().toString();
            }
            assertThat(event)
                    .contains("\"length\":" + command.length())
                    .doesNotContain(HexFormat.of().formatHex("alice-token".getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /** Whole, and in parts of which none says what it is but the first. */
    @Test
    void anInspectorIsNotShownTheTokenInABinaryMessage() throws Exception {
        String id = "0123456789abcdefghij-_";
        String mask = "\u0000\u0000\u0000\u0000";
        String token = "alice-token";
        String whole = "\u0082" + (char) (0x80 | (3 + token.length())) + mask + "\b\u0000\u000b" + token;
        String parts = "\u0002\u0080" + mask + "\u0000\u0083" + mask + "\b\u0000\u000b" + "\u0080\u008b" + mask + token;
        String ping = "\u0082\u0082" + mask + "\t\u0000";
        try (TestServer.EventStream inspector = server.events("/inspect/" + id)) {
            inspector.next();
            server.raw("GET /live HTTP/1.1\nHost: localhost\n" + UPGRADE + "Sec-WebSocket-Protocol: carillon.v1.bin\n"
                    + "Cookie: carillon_inspect=" + id + "\n\n" + whole + parts + ping
                    + "\u0088\u0080\u0000\u0000\u0000\u0000");
            StringBuilder events = new StringBuilder();
            while (events.indexOf("\"payload\":\"0900\"") < 0) { // what is no secret is shown
                events.append(inspector.next());
            }
            assertThat(events)
                    .contains("\"length\":" + (3 + token.length()), "\"length\":" + token.length())
                    .doesNotContain(HexFormat.of().formatHex(token.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    @Test
    void aCredentialIsNeverShownByItself() {
        assertThat(new Credential.Presented("secret").toString()).doesNotContain("secret");
    }
}
