package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Rate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How much one remote address may do. */
class VisitorsTest {

    private static final Rate WIDE = new Rate(Rate.MAX, Rate.MAX);
    /** So seldom that no test lives to see another one. */
    private static final Rate TWICE = new Rate(1, 2);

    private static final GatewaySettings.Access OPEN =
            new GatewaySettings.Access(false, List.of("https://app.example"), List.of());

    private static AddressLimits limits(int connections, Rate connects, Rate requests) {
        return new AddressLimits(connections, connects, requests, 1000);
    }

    private static TestServer server(AddressLimits limits, Network... proxies) throws IOException {
        return new TestServer(TestServer.limited(OPEN, limits, proxies));
    }

    private static Socket from(String address, TestServer server) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.bind(new InetSocketAddress(address, 0));
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        return socket;
    }

    private static String ask(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\nHost: localhost\nConnection: close\n" + String.join("", List.of(headers))
                + "\n";
    }

    @Test
    void aConnectionTooManyOfOneAddressIsToldAndThoseOfAnotherAreLetIn() throws Exception {
        try (TestServer server = server(limits(1, WIDE, WIDE))) {
            try (Socket _ = from("127.0.0.1", server)) {
                Await.until(() -> server.counters.connections() == 1);
                String told = server.raw(get("/channels/orders"));
                assertThat(told)
                        .startsWith("HTTP/1.1 429 ")
                        .containsIgnoringCase("connection: close")
                        .contains("\"code\":4004", "perAddress.connections")
                        .containsPattern("(?i)retry-after: (5|6|7|8|9|10)\r\n");
                try (Socket other = from("127.0.0.2", server)) {
                    assertThat(ask(other, get("/channels/orders"))).startsWith("HTTP/1.1 200 ");
                }
                assertThat(server.counters.addressConnectionsRefused()).isEqualTo(1);
            }
            Await.until(() -> server.counters.connections() == 0);
            assertThat(server.raw(get("/channels/orders"))).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void whoConnectsTooOftenIsTold() throws Exception {
        try (TestServer server = server(limits(1000, TWICE, WIDE))) {
            assertThat(server.raw(get("/channels/orders"))).startsWith("HTTP/1.1 200 ");
            assertThat(server.raw(get("/channels/orders"))).startsWith("HTTP/1.1 200 ");
            assertThat(server.raw(get("/channels/orders")))
                    .startsWith("HTTP/1.1 429 ")
                    .contains("perAddress.connects")
                    .containsPattern("(?i)retry-after: [12]\r\n");
            assertThat(server.counters.addressConnectsRefused()).isEqualTo(1);
        }
    }

    @Test
    void anEventStreamIsToldInItselfSoThatItsReaderComesBack() throws Exception {
        try (TestServer server = server(limits(1000, WIDE, TWICE))) {
            server.raw(get("/channels/orders"));
            server.raw(get("/channels/orders"));
            try (TestServer.EventStream stream = server.events("/channels/orders", "Origin", "https://app.example")) {
                List<String> error = stream.next();
                assertThat(error.getFirst()).isEqualTo("event: error");
                assertThat(error.getLast()).contains("\"code\":4004", "\"retry\":");
                List<String> reconnect = stream.next();
                assertThat(reconnect.getFirst()).isEqualTo("event: reconnect");
                assertThat(reconnect.get(1)).matches("retry: 1\\d{3}");
                assertThat(reconnect.getLast()).contains("\"type\":\"reconnect\"");
                assertThat(stream.next()).isEmpty();
            }
            String live = server.raw("POST /live HTTP/1.1\nHost: localhost\nAccept: text/event-stream\n"
                    + "Connection: close\nContent-Length: 15\n\n{\"channels\":[]}");
            assertThat(live)
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\r\n\r\ndata: {\"type\":\"error\",\"code\":4004")
                    .doesNotContain("event:");
            assertThat(server.counters.addressRequestsRefused()).isEqualTo(2);
            assertThat(server.engineCounters.sessions()).isZero();
        }
    }

    @Test
    void whoAsksTooOftenIsToldAndItsConnectionStays() throws Exception {
        try (TestServer server = server(limits(1000, WIDE, TWICE))) {
            String request = "GET /channels/orders HTTP/1.1\nHost: localhost\n\n";
            String answers = server.raw(request.repeat(3) + get("/channels/orders"));
            assertThat(answers.split("HTTP/1.1 ", -1))
                    .extracting(answer -> answer.substring(0, Math.min(3, answer.length())))
                    .containsExactly("", "200", "200", "429", "429");
            assertThat(answers).contains("perAddress.requests");
        }
    }

    @Test
    void aPageOfAnAllowedOriginMayReadThatItIsTooFastAndAskBefore() throws Exception {
        try (TestServer server = server(limits(1000, WIDE, TWICE))) {
            server.raw(get("/channels/orders"));
            server.raw(get("/channels/orders"));
            assertThat(server.raw(get("/channels/orders", "Origin: https://app.example\n")))
                    .startsWith("HTTP/1.1 429 ")
                    .containsIgnoringCase("access-control-allow-origin: https://app.example")
                    .containsIgnoringCase("access-control-expose-headers: Carillon-Stale, ETag, Retry-After");
            assertThat(server.raw("OPTIONS /channels/orders HTTP/1.1\nHost: localhost\nConnection: close\n"
                            + "Origin: https://app.example\nAccess-Control-Request-Method: POST\n\n"))
                    .startsWith("HTTP/1.1 204 ");
            assertThat(server.raw(get("/channels/orders", "Origin: https://evil.example\n")))
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    @Test
    void healthIsAlwaysAnswered() throws Exception {
        try (TestServer server = server(limits(1, WIDE, new Rate(1, 1)));
                Socket first = from("127.0.0.1", server)) {
            Await.until(() -> server.counters.connections() == 1);
            assertThat(server.raw(get("/healthz"))).startsWith("HTTP/1.1 404 "); // which these pages answer
            assertThat(server.raw(get("/metrics"))).startsWith("HTTP/1.1 429 ");
            assertThat(ask(first, get("/healthz"))).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void whatAProxyForwardsCountsForTheAddressThatItNames() throws Exception {
        Network proxy = Objects.requireNonNull(Network.parse("127.0.0.0/8"));
        try (TestServer server = server(limits(1, new Rate(1, 1), TWICE), proxy)) {
            String one = "X-Forwarded-For: 9.9.9.9, 198.51.100.1\n";
            String sameOne = "X-Forwarded-For: 8.8.8.8\nX-Forwarded-For: 198.51.100.1, 127.0.0.9\n";
            assertThat(server.raw(get("/channels/orders", one))).startsWith("HTTP/1.1 200 ");
            assertThat(server.raw(get("/channels/orders", sameOne))).startsWith("HTTP/1.1 200 ");
            assertThat(server.raw(get("/channels/orders", one))).startsWith("HTTP/1.1 429 ");
            assertThat(server.raw(get("/channels/orders", "X-Forwarded-For: 198.51.100.2\n")))
                    .startsWith("HTTP/1.1 200 ");
            for (int i = 0; i < 3; i++) {
                assertThat(server.raw(get("/channels/orders"))).startsWith("HTTP/1.1 200 ");
                assertThat(server.raw(get("/channels/orders", "X-Forwarded-For: nonsense\n")))
                        .startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void aForwardedAddressThatNoProxyNamesIsNobodys() throws Exception {
        try (TestServer server = server(limits(1000, WIDE, TWICE))) {
            for (int i = 0; i < 3; i++) {
                String answer = server.raw(get("/channels/orders", "X-Forwarded-For: 198.51.100." + i + "\n"));
                assertThat(answer).startsWith(i < 2 ? "HTTP/1.1 200 " : "HTTP/1.1 429 ");
            }
        }
    }

    /** Nobody holds more places than a few by saying nothing. */
    @Test
    void connectionsThatWaitToBeToldAreFewAndTheOthersAreClosedWithoutAWord() throws Exception {
        try (TestServer server = server(limits(1, WIDE, WIDE))) {
            List<Socket> silent = new ArrayList<>();
            silent.add(from("127.0.0.1", server));
            Await.until(() -> server.counters.connections() == 1);
            for (int i = 0; i < 16; i++) {
                silent.add(from("127.0.0.1", server));
            }
            Await.until(() -> server.counters.addressConnectionsRefused() == 16);
            try (Socket dropped = from("127.0.0.1", server)) {
                assertThat(readOrReset(dropped)).isEqualTo(-1);
            }
            assertThat(server.counters.connectionsDropped()).isEqualTo(1);
            silent.get(1).close();
            Await.until(() -> server.counters.connections() == 16);
            assertThat(server.raw(get("/channels/orders"))).startsWith("HTTP/1.1 429 ");
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    private static int readOrReset(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1;
        }
    }

    @Test
    void aFullNodeTellsAnEventStreamInItselfAndAWebSocketInMessages() throws Exception {
        GatewaySettings one = TestServer.settings(
                GatewaySettings.DEFAULT.heartbeat(),
                GatewaySettings.Access.DEVELOPMENT,
                GatewaySettings.DEFAULT.requestTimeMax(),
                1);
        try (TestServer server = new TestServer(one);
                Socket _ = from("127.0.0.1", server)) {
            Await.until(() -> server.counters.connections() == 1);
            try (TestServer.EventStream stream = server.events("/channels/orders")) {
                assertThat(stream.next().getLast()).contains("\"code\":4302", "node_full");
                assertThat(stream.next().getFirst()).isEqualTo("event: reconnect");
            }
            TestSocket socket = new TestSocket(server.http, server.ws("/live"));
            assertThat(socket.next()).contains("\"code\":4302", "\"retry\":");
            assertThat(socket.next()).contains("\"type\":\"reconnect\"", "\"after\":");
            assertThat(socket.closed.get()).isEqualTo("4302 node_full");
        }
    }

    // ---- the table

    private final GatewayCounters counters = new GatewayCounters();

    private Visitors visitors(AddressLimits limits) {
        return new Visitors(TestServer.limited(OPEN, limits), counters);
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("10.0." + number / 256 + "." + number % 256);
    }

    @Test
    void addressesBeyondTheTableAreLetInAndCounted() {
        Visitors visitors = visitors(new AddressLimits(1, WIDE, WIDE, 2));
        List<Visitors.Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            arrivals.add(Objects.requireNonNull(visitors.arrive(address(i), 1)));
        }
        assertThat(arrivals).allMatch(arrival -> arrival.turnedAway() == null);
        assertThat(counters.addresses()).isEqualTo(2);
        assertThat(counters.addressesUnwatched()).isEqualTo(2);
        assertThat(Objects.requireNonNull(visitors.arrive(address(0), 1)).turnedAway())
                .isNotNull();
        assertThat(Objects.requireNonNull(visitors.arrive(address(2), 1)).turnedAway())
                .isNull();
        arrivals.forEach(visitors::leave);
    }

    @Test
    void whoHasGoneMakesRoomInTheTable() throws Exception {
        Visitors visitors = visitors(new AddressLimits(1, WIDE, WIDE, 1));
        visitors.leave(Objects.requireNonNull(visitors.arrive(address(0), 1)));
        // The table is swept at most once a second, and was not yet.
        Visitors.Arrival next = Objects.requireNonNull(visitors.arrive(address(1), 1));
        assertThat(next.visitor()).isNotNull();
        assertThat(counters.addresses()).isEqualTo(1);
        assertThat(counters.addressesUnwatched()).isZero();
    }

    @Test
    void whoStillOwesAPauseIsNotForgotten() {
        Visitors visitors = visitors(new AddressLimits(1, new Rate(1, 1), WIDE, 1));
        visitors.leave(Objects.requireNonNull(visitors.arrive(address(0), 1)));
        assertThat(Objects.requireNonNull(visitors.arrive(address(1), 1)).visitor())
                .isNull();
        assertThat(Objects.requireNonNull(visitors.arrive(address(0), 1)).turnedAway())
                .isNotNull();
    }
}
