package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.testkit.LaneLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The second port of development mode, and what {@code /network} makes it do. */
@Timeout(120)
final class NetworkTest {

    private static final String LANES = "/network/lanes";
    private static final String DEFAULT = LANES + "/default";
    private static final int BROKEN = -1;

    private static Configuration.Builder memory() {
        return Configuration.builder()
                .listen(new Listen(List.of("127.0.0.1"), 0))
                .data(null)
                .channels(List.of(
                        new ChannelRule(Configuration.EVERY_CHANNEL, ChannelSettings.DEFAULT.with(Durability.MEMORY))));
    }

    /** A server of this process, and what speaks to its port. */
    private record Served(CarillonServer server, Peer main) implements AutoCloseable {

        static Served start(Configuration configuration) throws StartException {
            CarillonServer server = CarillonServer.start(configuration, Site.NONE);
            return new Served(server, new Peer(URI.create(server.url())));
        }

        static Served start() throws StartException {
            return start(memory().build());
        }

        HttpResponse<String> ask(String method, String path, String body, String... headers) throws Exception {
            return main.http.send(
                    main.request(path, headers)
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        /** What speaks to a lane. */
        Peer lane(String path) throws Exception {
            return new Peer(
                    URI.create("http://127.0.0.1:" + number(ask("GET", path, "").body(), "port")));
        }

        void suffer(String path, String order) throws Exception {
            HttpResponse<String> answer = ask("POST", path, order);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }

        @Override
        public void close() {
            main.close();
            server.close();
        }
    }

    private static long number(String json, String member) {
        Matcher matcher = Pattern.compile("\"" + member + "\":(\\d+)").matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static String text(String json, String member) {
        Matcher matcher = Pattern.compile("\"" + member + "\":\"([^\"]*)\"").matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return matcher.group(1);
    }

    private static int end(Live.Asked asked) throws Exception {
        return asked.live().ended.get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void subscribe(Live.Asked live, String channel) throws Exception {
        assertThat(live.next()).isInstanceOf(ServerMessage.Hello.class);
        live.live().send("{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"}");
        assertThat(live.next()).isInstanceOf(ServerMessage.Subscribed.class);
    }

    @Test
    void theSecondPortServesEveryDelivery() throws Exception {
        try (Served served = Served.start();
                Peer lane = served.lane(DEFAULT)) {
            assertThat(lane.server.getPort()).isNotEqualTo(served.server().port());
            try (Live.Asked live = Live.ask(lane, "/live")) {
                subscribe(live, "orders");
                lane.publish("orders", "key-0123456789-1", "{\"n\":1}");
                assertThat(live.next()).isInstanceOf(ServerMessage.Delivery.class);
            }
            assertThat(lane.history("orders")).hasSize(1);
            assertThat(lane.get("/healthz").body()).isEqualTo("ok\n");
            assertThat(firstEvents(lane)).contains("event: hello").contains("data: {\"type\":\"publication\"");
        }
    }

    /** The beginning of an event stream, until it has told of a publication. */
    private static String firstEvents(Peer lane) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), lane.server.getPort())) {
            socket.setSoTimeout((int) Peer.PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("GET /channels/orders?last=1 HTTP/1.1\r\nHost: 127.0.0.1:" + lane.server.getPort()
                                    + "\r\nAccept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            StringBuilder events = new StringBuilder();
            while (!events.toString().contains("\"publication\"")) {
                int read = socket.getInputStream().read();
                assertThat(read).as(events.toString()).isNotNegative();
                events.append((char) read);
            }
            return events.toString();
        }
    }

    @Test
    void aCutEndsALiveWebSocketAbnormallyAndLeavesOthersAlone() throws Exception {
        try (Served served = Served.start();
                Peer lane = served.lane(DEFAULT);
                Live.Asked cut = Live.ask(lane, "/live");
                Live.Asked other = Live.ask(served.main(), "/live")) {
            subscribe(cut, "orders");
            subscribe(other, "orders");
            served.suffer(DEFAULT, "{\"fault\":\"cut\"}");
            assertThat(end(cut)).isEqualTo(BROKEN);
            assertThatThrownBy(() -> lane.get("/healthz")).isInstanceOf(IOException.class);
            served.main().publish("orders", "key-0123456789-1", "1");
            assertThat(other.next()).isInstanceOf(ServerMessage.Delivery.class);
            Peer.until("the server has noticed", () -> sessions(served) == 1);
            served.suffer(DEFAULT, "{\"fault\":\"none\"}");
            try (Live.Asked back = Live.ask(lane, "/live")) {
                subscribe(back, "orders");
            }
        }
    }

    private static double sessions(Served served) {
        try {
            return served.main().metric("carillon_sessions");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPageHasALaneOfItsOwn() throws Exception {
        try (Served served = Served.start()) {
            HttpResponse<String> opened = served.ask("POST", LANES, "");
            assertThat(opened.statusCode()).isEqualTo(201);
            String id = text(opened.body(), "lane");
            assertThat(number(opened.body(), "lease")).isEqualTo(60_000);
            String path = LANES + "/" + id;
            try (Peer mine = served.lane(path);
                    Peer everybodys = served.lane(DEFAULT);
                    Live.Asked my = Live.ask(mine, "/live");
                    Live.Asked their = Live.ask(everybodys, "/live")) {
                subscribe(my, "orders");
                subscribe(their, "orders");
                served.suffer(path, "{\"fault\":\"cut\",\"millis\":100}");
                assertThat(end(my)).isEqualTo(BROKEN);
                their.live().send("{\"type\":\"ping\",\"id\":1}");
                assertThat(their.next()).isInstanceOf(ServerMessage.Pong.class);
                Peer.until("it is over by itself", () -> "none".equals(text(state(served, path), "fault")));
                String state = state(served, path);
                assertThat(number(state, "total")).isEqualTo(1);
                assertThat(number(state, "open")).isZero();
                assertThat(number(state, "passed")).isPositive();
                assertThat(served.ask("DELETE", path, "").statusCode()).isEqualTo(204);
                assertThat(served.ask("GET", path, "").statusCode()).isEqualTo(404);
                assertThatThrownBy(() -> mine.get("/healthz")).isInstanceOf(IOException.class);
            }
        }
    }

    private static String state(Served served, String path) {
        try {
            return served.ask("GET", path, "").body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aLaneEndsWhenNobodyAsksForItAndTheDefaultOneNever() throws Exception {
        LaneLimits limits = new LaneLimits(1, 4, 64 << 10, Duration.ofSeconds(1));
        try (Served served = Served.start(
                memory().network(new NetworkSettings(OptionalInt.of(0), limits)).build())) {
            String path = LANES + "/" + text(served.ask("POST", LANES, "").body(), "lane");
            HttpResponse<String> refused = served.ask("POST", LANES, "");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("\"overloaded\"", "network.lanes", "1");
            Peer.until("its lease is over", () -> lanes(served) == 1);
            assertThat(served.ask("GET", path, "").statusCode()).isEqualTo(404);
            assertThat(served.ask("POST", LANES, "").statusCode()).isEqualTo(201);
            assertThat(served.ask("GET", DEFAULT, "").statusCode()).isEqualTo(200);
            assertThat(served.main().metric("carillon_network_refusals_total{why=\"lanes_limit\"}"))
                    .isEqualTo(1);
        }
    }

    private static double lanes(Served served) {
        try {
            return served.main().metric("carillon_network_lanes");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsNoOrderIsToldAndChangesNothing() throws Exception {
        try (Served served = Served.start()) {
            served.suffer(DEFAULT, "{\"fault\":\"split\",\"direction\":\"up\"}");
            for (String bad : List.of("", "{}", "{\"fault\":\"rain\"}", "[1]", "{\"fault\":\"cut\",\"millis\":-1}")) {
                HttpResponse<String> answer = served.ask("POST", DEFAULT, bad);
                assertThat(answer.statusCode()).as(bad).isEqualTo(400);
                assertThat(answer.body()).contains("\"malformed\"");
            }
            assertThat(state(served, DEFAULT)).contains("\"fault\":\"split\",\"direction\":\"up\"");
            assertThat(served.ask("DELETE", DEFAULT, "").statusCode()).isEqualTo(405);
            assertThat(served.ask("PUT", DEFAULT, "").statusCode()).isEqualTo(405);
            assertThat(served.ask("GET", LANES, "").statusCode()).isEqualTo(405);
            for (String nowhere : List.of("/network", "/network/", LANES + "/", LANES + "/nobody", "/network/other")) {
                assertThat(served.ask("POST", nowhere, "{\"fault\":\"cut\"}").statusCode())
                        .as(nowhere)
                        .isEqualTo(404);
            }
            assertThat(served.main().metric("carillon_failures_total")).isZero();
        }
    }

    /** The JDK's client sends no Host or Origin but its own. */
    @Test
    void pagesOfOtherSitesHaveNoLanes() throws Exception {
        try (Served served = Served.start()) {
            int port = served.server().port();
            assertThat(raw(port, "localhost", "Origin: http://evil.test\r\n")).startsWith("HTTP/1.1 403 ");
            assertThat(raw(port, "rebound.test", "")).startsWith("HTTP/1.1 421 ");
            assertThat(raw(port, "localhost", "Origin: http://localhost:5173\r\n"))
                    .startsWith("HTTP/1.1 201 ")
                    .containsIgnoringCase("access-control-allow-origin: http://localhost:5173\r\n");
            assertThat(lanes(served)).isEqualTo(2);
            // Nor do they reach the server by one.
            int lane = (int) number(state(served, DEFAULT), "port");
            assertThat(raw(lane, "127.0.0.1:" + lane, "Origin: http://evil.test\r\n"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(raw(lane, "127.0.0.1:" + lane, "Origin: http://127.0.0.1:" + port + "\r\n"))
                    .startsWith("HTTP/1.1 201 ");
            assertThat(raw(lane, "rebound.test:" + lane, "")).startsWith("HTTP/1.1 421 ");
        }
    }

    private static String raw(int port, String host, String headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) Peer.PATIENCE.toMillis());
            String request = "POST " + LANES + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers
                    + "Content-Length: 0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void whatLanesCarryIsMeasured() throws Exception {
        try (Served served = Served.start();
                Peer lane = served.lane(DEFAULT)) {
            lane.get("/healthz");
            assertThat(served.main().metric("carillon_network_bytes_total{direction=\"up\"}"))
                    .isPositive();
            assertThat(served.main().metric("carillon_network_connections")).isPositive();
            assertThat(served.main().metric("carillon_limit{name=\"network.lanes\"}"))
                    .isEqualTo(64);
            assertThat(served.main().metric("carillon_limit{name=\"network.lease\"}"))
                    .isEqualTo(60);
            String page = Files.readString(Path.of("..", "docs", "operations.md"));
            assertThat(served.main().get("/metrics").body().lines().filter(line -> line.startsWith("carillon_network")))
                    .hasSizeGreaterThanOrEqualTo(6)
                    .allSatisfy(line -> assertThat(page).contains("`" + line.replaceAll("[{ ].*", "")));
        }
    }

    @Test
    void aServerThatEndsSaysSoThroughALane() throws Exception {
        try (Served served = Served.start();
                Peer lane = served.lane(DEFAULT);
                Live.Asked live = Live.ask(lane, "/live")) {
            subscribe(live, "orders");
            served.server().close();
            assertThat(end(live)).isEqualTo(4300);
        }
    }

    @Test
    void withoutThePortThereAreNoLanes() throws Exception {
        try (Served served = Served.start(memory().network(NetworkSettings.NONE).build())) {
            assertThat(served.ask("POST", LANES, "").statusCode()).isEqualTo(404);
            assertThat(served.main().get("/metrics").body()).doesNotContain("carillon_network_");
        }
    }

    @Test
    void outsideDevelopmentModeThereIsNoNetwork() throws Exception {
        try (Served served =
                Served.start(memory().keys(List.of(new ApiKey("backend", Secret.of("0123456789abcdef"), List.of())))
                        .build())) {
            for (String method : List.of("GET", "POST", "DELETE")) {
                for (String path : List.of("/network", LANES, DEFAULT)) {
                    assertThat(served.ask(method, path, "", "Authorization", "Bearer 0123456789abcdef")
                                    .statusCode())
                            .as(method + " " + path)
                            .isEqualTo(404);
                }
            }
            assertThat(served.main().get("/metrics").body()).doesNotContain("carillon_network_");
        }
    }

    @Test
    void aPortThatIsTakenEndsTheStartWithOneLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            NetworkSettings settings = new NetworkSettings(OptionalInt.of(taken.getLocalPort()), LaneLimits.DEFAULT);
            assertThatThrownBy(() -> Served.start(memory().network(settings).build()))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("127.0.0.1 port " + taken.getLocalPort())
                    .hasMessageContaining("network.port")
                    .hasMessageNotContaining("Exception");
        }
    }
}
