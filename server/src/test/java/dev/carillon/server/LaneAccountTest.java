package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.gateway.Accounts;
import dev.carillon.gateway.GatewayCounters;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.testkit.FaultProxy;
import dev.carillon.testkit.Lane;
import dev.carillon.testkit.LaneLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's own count of what came through a lane, against what the lane carried: neither knows of the other. */
@Timeout(120)
final class LaneAccountTest {

    private static final String LANES = "/network/lanes";
    private static final String DATA = "{\"pad\":\"" + "x".repeat(90) + "\"}"; // 100 bytes
    private static final int MESSAGES = 20;

    /** A server of this process; its main port, and a lane with an account. */
    private record Served(CarillonServer server, Peer main, Peer lane, String id) implements AutoCloseable {

        static Served start() throws Exception {
            CarillonServer server = CarillonServer.start(
                    Configuration.builder()
                            .listen(new Listen(List.of("127.0.0.1"), 0))
                            .data(null)
                            .channels(List.of(new ChannelRule(
                                    Configuration.EVERY_CHANNEL, ChannelSettings.DEFAULT.with(Durability.MEMORY))))
                            .build(),
                    Site.NONE);
            Peer main = new Peer(URI.create(server.url()));
            HttpResponse<String> leased = main.http.send(
                    main.request(LANES)
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            String id = match(leased.body(), "\"lane\":\"([^\"]+)\"");
            Peer lane = new Peer(URI.create("http://127.0.0.1:" + match(leased.body(), "\"port\":(\\d+)")));
            Served served = new Served(server, main, lane, id);
            assertThat(served.account().total()).isZero();
            return served;
        }

        Account account() {
            try {
                HttpResponse<String> answer = main.get(LANES + "/" + id + "/account");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                return Account.read(answer.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        void publish() throws Exception {
            for (int n = 0; n < MESSAGES; n++) {
                main.publish("orders", "key-0123456789-" + n, DATA);
            }
        }

        @Override
        public void close() {
            lane.close();
            main.close();
            server.close();
        }
    }

    /** What an account says, in bytes. */
    private record Account(long requests, long up, long down, long data, long proxyUp, long proxyDown) {

        static Account read(String json) {
            String in = match(json, "\"in\":(\\{[^}]*})");
            String out = match(json, "\"out\":(\\{[^}]*})");
            String proxy = match(json, "\"proxy\":(\\{[^}]*})");
            return new Account(
                    Long.parseLong(match(json, "\"requests\":(\\d+)")),
                    sum(in),
                    sum(out),
                    number(out, "data"),
                    number(proxy, "up"),
                    number(proxy, "down"));
        }

        private static long sum(String parts) {
            return number(parts, "framing") + number(parts, "envelope") + number(parts, "data");
        }

        private static long number(String json, String member) {
            return Long.parseLong(match(json, "\"" + member + "\":(-?\\d+)"));
        }

        long total() {
            return up + down;
        }

        boolean agrees() {
            return up == proxyUp && down == proxyDown;
        }
    }

    private static String match(String json, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return matcher.group(1);
    }

    /** To the byte, once nothing is under way. */
    private static Account agreed(Served served) throws Exception {
        Peer.until("both have counted the same", () -> served.account().agrees());
        return served.account();
    }

    @Test
    void pollsAreCountedToTheByte() throws Exception {
        try (Served served = Served.start()) {
            served.publish();
            assertThat(served.lane().get("/channels/orders?after=0&limit=5").statusCode())
                    .isEqualTo(200);
            assertThat(served.lane().get("/channels/orders?after=0&wait=5s").statusCode())
                    .isEqualTo(200);
            assertThat(served.lane().get("/healthz").statusCode()).isEqualTo(200);
            Account account = agreed(served);
            assertThat(account.requests()).isEqualTo(3);
            assertThat(account.data()).isEqualTo((5 + MESSAGES) * 100L);
        }
    }

    @Test
    void aPollThatWaitsIsCountedBeforeItsAnswer() throws Exception {
        try (Served served = Served.start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), served.lane().server.getPort())) {
            socket.getOutputStream()
                    .write(("GET /channels/orders?after=0&wait=25s HTTP/1.1\r\nHost: 127.0.0.1:"
                                    + served.lane().server.getPort() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Peer.until("it waits", () -> served.account().requests() == 1);
            assertThat(agreed(served).up()).isPositive();
        }
    }

    @Test
    void aWebSocketIsCountedToTheByteWithItsHandshakeMasksAndClose() throws Exception {
        try (Served served = Served.start()) {
            try (Live.Asked live = Live.ask(served.lane(), "/live")) {
                assertThat(live.next()).isInstanceOf(ServerMessage.Hello.class);
                live.live().send("{\"type\":\"subscribe\",\"channel\":\"orders\"}");
                assertThat(live.next()).isInstanceOf(ServerMessage.Subscribed.class);
                served.publish();
                for (int n = 0; n < MESSAGES; n++) {
                    assertThat(live.next()).isInstanceOf(ServerMessage.Delivery.class);
                }
            }
            Account account = agreed(served);
            assertThat(account.requests()).isEqualTo(1);
            assertThat(account.data()).isEqualTo(MESSAGES * 100L);
        }
    }

    @Test
    void anEventStreamIsCountedToTheByteWithItsChunks() throws Exception {
        try (Served served = Served.start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), served.lane().server.getPort())) {
            socket.setSoTimeout((int) Peer.PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("GET /channels/orders HTTP/1.1\r\nHost: 127.0.0.1:"
                                    + served.lane().server.getPort() + "\r\nAccept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            readUntil(socket, "event: hello", 1);
            served.publish();
            readUntil(socket, "\"type\":\"publication\"", MESSAGES);
            Account account = agreed(served);
            assertThat(account.requests()).isEqualTo(1);
            assertThat(account.data()).isEqualTo(MESSAGES * 100L);
        }
    }

    private static void readUntil(Socket socket, String word, int times) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.toString().split(Pattern.quote(word), -1).length <= times) {
            int next = socket.getInputStream().read();
            assertThat(next).as(read.toString()).isNotNegative();
            read.append((char) next);
        }
    }

    @Test
    void whoComesByAnotherWayIsNotCounted() throws Exception {
        try (Served served = Served.start()) {
            served.publish();
            assertThat(served.main().get("/channels/orders").statusCode()).isEqualTo(200);
            assertThat(served.account().total()).isZero();
        }
    }

    @Test
    void anAccountIsForgottenAfterItsLane() throws Exception {
        Accounts accounts = new GatewayCounters().accounts();
        LaneAccounts ofLanes = new LaneAccounts(accounts);
        InetAddress here = InetAddress.getLoopbackAddress();
        try (FaultProxy lanes = FaultProxy.open(new InetSocketAddress(here, 9), List.of(here), 0, LaneLimits.DEFAULT)) {
            Lane lane = lanes.lease();
            assertThat(lane).isNotNull();
            ofLanes.of(lanes, lane);
            ofLanes.of(lanes, lane);
            assertThat(accounts.open()).isEqualTo(1);
            lanes.end(lane.id());
            ofLanes.of(lanes, lanes.defaultLane());
            assertThat(accounts.open()).isEqualTo(1);
        }
    }

    @Test
    void anAccountTakesGetOnly() throws Exception {
        try (Served served = Served.start()) {
            HttpRequest post = served.main()
                    .request(LANES + "/" + served.id() + "/account")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"fault\":\"cut\"}"))
                    .build();
            assertThat(served.main()
                            .http
                            .send(post, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(405);
        }
    }
}
