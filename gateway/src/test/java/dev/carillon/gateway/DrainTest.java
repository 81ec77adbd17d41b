package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Rate;
import dev.carillon.protocol.ChannelName;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a node takes leave of its clients, and whom it lets in. */
class DrainTest {

    /** Away for so long that no slowness of the machine is mistaken for a part of it. */
    private static final Drain LONG_AWAY = new Drain(Duration.ZERO, Duration.ZERO, Duration.ofMinutes(10));

    private static final Drain AT_ONCE = new Drain(Duration.ZERO, Duration.ZERO, Duration.ZERO);
    private static final String LIVE = "{\"channels\":[{\"channel\":\"orders\"}]}";
    private static final Pattern AFTER = Pattern.compile("\"after\":(\\d+)");

    private final List<Consumer<Decisions.Verdict>> pending = new CopyOnWriteArrayList<>();
    private TestServer server;

    /** Lets everybody do everything, but who asks for the channel {@code held} waits. */
    private final class Holding extends AllComers {
        @Override
        public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
            if (channel.value().equals("held")) {
                pending.add(answer);
            } else {
                super.onSubscribe(principal, channel, answer);
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = TestServer.withPatience(patient(), new Holding());
    }

    /** So patient with what closes that the machine may be slow. */
    private static GatewaySettings patient() {
        GatewaySettings base = GatewaySettings.DEFAULT;
        return TestServer.closingWithin(
                Duration.ofSeconds(60),
                TestServer.settings(base.heartbeat(), GatewaySettings.Access.DEVELOPMENT, base.requestTimeMax(), 1000));
    }

    @AfterEach
    void stop() {
        answer();
        server.close();
    }

    private CompletableFuture<HttpResponse<String>> later(HttpRequest.Builder request) {
        return server.http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(server.uri(path));
    }

    private HttpRequest.Builder livePost() {
        return to("/live").POST(HttpRequest.BodyPublishers.ofString(LIVE));
    }

    private static long afterIn(String message) {
        Matcher matcher = AFTER.matcher(message);
        assertThat(matcher.find()).as(message).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static void ended(CompletableFuture<Void> drain) throws Exception {
        drain.get(30, TimeUnit.SECONDS);
    }

    private static void assertLongAway(long millis) {
        assertThat(millis).isBetween(500_000L, 601_000L);
    }

    @Test
    void clientsAreToldWhenToComeBackOnEveryDelivery() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders"));
        socket.next();
        socket.next();
        var fallback = later(livePost().header("Accept", "text/event-stream"));
        var livePoll = later(livePost());
        var poll = later(to("/channels/orders?wait=50s"));
        CompletableFuture<Void> drain;
        try (TestServer.EventStream stream = server.events("/channels/orders")) {
            assertThat(stream.next().getFirst()).isEqualTo("event: hello");
            Await.until(() -> server.engineCounters.subscriptions() == 5 && server.engineCounters.outstanding() == 0);
            server.settle();
            drain = server.drain(LONG_AWAY);
            assertLongAway(afterIn(socket.next()));
            assertThat(socket.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4300 moving");
            assertThat(stream.next().toString()).contains("event: error", "\"code\":4300", "\"retry\":");
            List<String> reconnect = stream.next();
            assertThat(reconnect.getFirst()).isEqualTo("event: reconnect");
            assertLongAway(Long.parseLong(TestServer.EventStream.field(reconnect, "retry")));
            assertThat(stream.next()).isEmpty();
        }
        assertLongAway(afterIn(fallback.get().body()));
        assertLongAway(afterIn(livePoll.get().body()));
        assertThat(poll.get().statusCode()).isEqualTo(200);
        assertThat(poll.get().body()).contains("\"publications\":[]", "\"position\":");
        assertLongAway(1000
                * Long.parseLong(poll.get().headers().firstValue("Retry-After").orElseThrow()));
        ended(drain);
        assertThat(server.counters.moved(Traffic.Transport.WEBSOCKET)).isEqualTo(1);
        assertThat(server.counters.moved(Traffic.Transport.EVENT_STREAM)).isEqualTo(2);
        assertThat(server.counters.moved(Traffic.Transport.LONG_POLL)).isEqualTo(2);
        assertThat(server.counters.waves()).isEqualTo(1);
        assertThat(server.counters.isDraining()).isTrue();
        assertThat(server.counters.failures()).isZero();
    }

    /** A WebSocket whose subscription waits for its answer, and so stays until it has it. */
    private TestSocket unanswered() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        socket.next();
        socket.send("{\"type\":\"subscribe\",\"channel\":\"held\",\"id\":7}");
        Await.until(() -> !pending.isEmpty());
        return socket;
    }

    private void answer() {
        pending.forEach(answer -> answer.accept(new Decisions.Verdict.Accept()));
        pending.clear();
    }

    @Test
    void aCommandOnItsWayIsAnsweredBeforeItsWebSocketIsMoved() throws Exception {
        TestSocket socket = unanswered();
        CompletableFuture<Void> drain = server.drain(LONG_AWAY);
        Await.until(() -> server.counters.waves() == 1);
        assertThat(socket.messages).isEmpty();
        answer();
        assertThat(socket.next()).contains("\"subscribed\"", "\"id\":7");
        assertLongAway(afterIn(socket.next()));
        assertThat(socket.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4300 moving");
        ended(drain);
    }

    /** It has no position yet to come back with, and an empty page would be taken for one. */
    @Test
    void whoseSubscriptionIsNotDecidedYetIsRefusedForNowAndNotAnsweredWithNothing() throws Exception {
        var poll = later(to("/channels/held?wait=50s"));
        var stream = later(to("/channels/held").header("Accept", "text/event-stream"));
        Await.until(() -> pending.size() == 2);
        CompletableFuture<Void> drain = server.drain(LONG_AWAY);
        HttpResponse<String> refused = poll.get(30, TimeUnit.SECONDS);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("\"code\":4300", "\"retry\":");
        assertLongAway(1000
                * Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()));
        HttpResponse<String> told = stream.get(30, TimeUnit.SECONDS);
        assertThat(told.statusCode()).isEqualTo(200);
        assertThat(told.body()).contains("event: error", "\"code\":4300", "event: reconnect\nretry: ");
        assertLongAway(afterIn(told.body()));
        ended(drain);
        answer();
        server.settle();
        assertThat(server.counters.failures()).isZero();
    }

    @Test
    void whoComesMeanwhileIsToldWhenToComeAndWhoOnlyAsksIsAnswered() throws Exception {
        TestSocket last = unanswered();
        CompletableFuture<Void> drain = server.drain(LONG_AWAY);
        Await.until(() -> server.counters.waves() == 1);
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        assertThat(socket.next()).contains("\"code\":4300", "\"retry\":");
        assertLongAway(afterIn(socket.next()));
        assertThat(socket.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4300 moving");
        try (TestServer.EventStream stream = server.events("/channels/orders")) {
            assertThat(stream.next().getLast()).contains("\"code\":4300");
            assertLongAway(afterIn(stream.next().getLast()));
            assertThat(stream.next()).isEmpty();
        }
        HttpResponse<String> poll = server.get("/channels/orders?wait=50s");
        assertThat(poll.statusCode()).isEqualTo(503);
        assertThat(poll.headers().firstValue("Retry-After")).isPresent();
        assertThat(poll.body()).contains("\"code\":4300");
        assertThat(later(livePost()).get().statusCode()).isEqualTo(503);
        HttpResponse<String> page = server.get("/channels/orders");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Connection")).hasValue("close");
        assertThat(server.post("/channels/orders", "1").statusCode()).isEqualTo(201);
        assertThat(server.counters.leavingRefused()).isEqualTo(4);
        assertThat(server.counters.staying()).isEqualTo(1);
        answer();
        last.closed.get(30, TimeUnit.SECONDS);
        ended(drain);
    }

    @Test
    void aRequestThatHasBegunToComeInIsAnswered() throws Exception {
        try (Socket socket = server.connect()) {
            String head = "POST /channels/orders HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n12";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            Await.until(() -> server.counters.connections() == 1);
            server.settle();
            // So that what was written has been read: what follows comes by another connection of the same loops.
            server.get("/channels/orders");
            server.get("/channels/orders");
            CompletableFuture<Void> drain = server.drain(AT_ONCE);
            Await.until(() -> server.counters.waves() == 1);
            socket.getOutputStream().write("345".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 201 ").containsIgnoringCase("connection: close");
            ended(drain);
        }
    }

    @Test
    void aNodeThatIsHurriedWaitsForNobody() throws Exception {
        TestSocket socket = unanswered();
        CompletableFuture<Void> drain = server.drain(new Drain(Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO));
        Await.until(server.counters::isDraining);
        assertThat(server.get("/channels/orders").headers().firstValue("Connection"))
                .isEmpty();
        server.hurry();
        ended(drain);
        server.end();
        assertThat(afterIn(socket.next())).isBetween(1000L, 2000L);
        assertThat(socket.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4300 moving");
    }

    @Test
    void moreSessionsThanTheNodeTakesInAreToldTheirTurnsOnEveryDelivery() throws Exception {
        try (TestServer busy = new TestServer(patient().with(new Rate(1, 1)), new AllComers())) {
            // One is let in each second, however slow the machine: of a handful within one, most are not.
            String told = "";
            for (int i = 0; i < 50 && busy.counters.admissionsRefused() == 0; i++) {
                TestSocket socket = new TestSocket(busy.http, busy.ws("/live"));
                told = socket.next();
                if (!told.contains("\"hello\"")) {
                    assertThat(afterIn(socket.next())).isBetween(1L, 60_000L);
                    assertThat(socket.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4302 node_full");
                }
            }
            assertThat(told).contains("\"code\":4302", "\"retry\":", "(admission)");
            long refused = busy.counters.admissionsRefused();
            for (int i = 0; i < 50 && busy.counters.admissionsRefused() == refused; i++) {
                try (TestServer.EventStream stream = busy.events("/channels/orders")) {
                    told = stream.next().toString();
                }
            }
            assertThat(told).contains("event: error", "\"code\":4302", "\"retry\":");
            assertThat(busy.get("/channels/orders").statusCode()).isEqualTo(200);
            assertThat(busy.get("/channels/orders?wait=1ms").statusCode()).isEqualTo(200);
        }
    }
}
