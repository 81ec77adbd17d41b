package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is here and what they signal, on every delivery. */
class PresenceAndSignalsTest {

    private static final Duration GRACE = Duration.ofMillis(400);

    /** Within which somebody has to come back, however busy the machine is. */
    private static final Duration LONG_GRACE = Duration.ofSeconds(2);

    private static final String ROOM = "/channels/room";
    private static final String SESSION = "abcdefghijklmnopqrstu-";
    private static final Pattern VERSION = Pattern.compile("\"version\":(\\d+)");

    private TestServer server;

    /** A token is its user's name; on quiet channels there are neither signals nor presence. */
    private static final class Named extends AllComers {

        @Override
        public void onConnect(@Nullable String token, Consumer<Admission> answer) {
            answer.accept(new Admission.Admitted(token == null ? Principal.ANONYMOUS : new Principal(token, token)));
        }

        @Override
        public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
            answer.accept(verdict(channel));
        }

        @Override
        public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
            answer.accept(verdict(channel));
        }

        private static Verdict verdict(ChannelName channel) {
            return channel.value().startsWith("quiet")
                    ? new Verdict.Refuse(Code.NOT_PERMITTED, Code.NOT_PERMITTED.text())
                    : new Verdict.Accept();
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(new Named(), GRACE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    // ---- the clients

    private TestSocket socket(String user, String query) throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live?token=" + user + query));
        socket.next(); // hello
        return socket;
    }

    /** A WebSocket that has asked who is present, and was told. */
    private TestSocket attending(String user) throws Exception {
        TestSocket socket = socket(user, "");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"room\",\"presence\":true}");
        assertThat(socket.next()).startsWith("{\"type\":\"subscribed\"");
        assertThat(socket.next()).startsWith("{\"type\":\"presence\"").contains("{\"user\":\"" + user + "\"");
        return socket;
    }

    private static String join(String user) {
        return "{\"type\":\"join\",\"channel\":\"room\",\"user\":\"" + user + "\",\"version\":";
    }

    private static String leave(String user) {
        return "{\"type\":\"leave\",\"channel\":\"room\",\"user\":\"" + user + "\",\"version\":";
    }

    private static String signal(String from, int number) {
        return "{\"type\":\"signal\",\"channel\":\"room\",\"from\":\"" + from + "\",\"data\":" + number + "}";
    }

    private static String version(String json) {
        Matcher matcher = VERSION.matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return matcher.group(1);
    }

    private HttpRequest live(String user, String channels, String rest) {
        String body = "{\"channels\":[" + channels + "]" + rest + "}";
        return HttpRequest.newBuilder(server.uri("/live?token=" + user))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private String poll(String user, String channels, String rest) throws Exception {
        return server.http
                .send(live(user, channels, rest), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** A long poll that waits, after its subscription stands. */
    private CompletableFuture<HttpResponse<String>> waitingPoll(String user, String channels) throws Exception {
        long before = server.engineCounters.subscriptions();
        var answer = server.http.sendAsync(
                live(user, channels, ",\"session\":\"" + SESSION + "\",\"wait\":50000"),
                HttpResponse.BodyHandlers.ofString());
        Await.until(
                () -> server.engineCounters.subscriptions() == before + 1 && server.engineCounters.outstanding() == 0);
        return answer;
    }

    /** The messages of a {@code /live} event stream, after its hello. */
    private Iterator<String> liveStream(String user, String channels) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(live(user, channels, ""), (_, _) -> true)
                .header("Accept", "text/event-stream")
                .build();
        Iterator<String> messages = server.http
                .send(request, HttpResponse.BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .iterator();
        assertThat(messages.next()).startsWith("{\"type\":\"hello\"");
        return messages;
    }

    private HttpResponse<String> postSignal(String user, String body, String... more) throws Exception {
        return server.post(ROOM + "/signals?token=" + user, body, more);
    }

    // ---- presence

    @Test
    void usersSeeEachOtherOnEveryDelivery() throws Exception {
        TestSocket ada = attending("ada");
        try (TestServer.EventStream bob = server.events(ROOM + "?presence=true&token=bob")) {
            assertThat(ada.next()).startsWith(join("bob"));
            assertThat(bob.next().toString()).contains("event: hello");
            assertThat(bob.next().toString())
                    .contains("event: presence")
                    .contains("\"users\":[{\"user\":\"ada\",\"connections\":1},{\"user\":\"bob\",\"connections\":1}]");

            Iterator<String> eve = liveStream("eve", "{\"channel\":\"room\",\"presence\":true}");
            assertThat(eve.next()).startsWith("{\"type\":\"subscribed\"");
            assertThat(eve.next()).contains("{\"user\":\"eve\",\"connections\":1}");
            assertThat(ada.next()).startsWith(join("eve"));
            assertThat(bob.next().toString()).contains("event: join").contains(join("eve"));

            String polled = poll("dan", "{\"channel\":\"room\",\"presence\":true}", "");
            assertThat(polled).contains("{\"user\":\"dan\",\"connections\":1}");
            assertThat(ada.next()).startsWith(join("dan"));
            assertThat(eve.next()).startsWith(join("dan"));
            assertThat(bob.next().toString()).contains(join("dan"));

            HttpResponse<String> asked = server.get(ROOM + "/presence");
            assertThat(asked.statusCode()).isEqualTo(200);
            assertThat(asked.body())
                    .startsWith("{\"type\":\"presence\",\"channel\":\"room\",\"version\":")
                    .contains("\"user\":\"ada\"", "\"user\":\"bob\"", "\"user\":\"eve\"", "\"user\":\"dan\"");
            ada.send("{\"type\":\"presence\",\"id\":7,\"channel\":\"room\"}");
            assertThat(ada.next())
                    .startsWith("{\"type\":\"presence\",\"id\":7,")
                    .contains("\"version\":" + version(asked.body()));
        }
    }

    @Test
    void aWebSocketOfOneChannelMayAskWhoIsPresentToo() throws Exception {
        TestSocket ada = new TestSocket(server.http, server.ws(ROOM + "?presence=true&token=ada"));
        assertThat(List.of(ada.next(), ada.next(), ada.next()).get(2)).contains("\"user\":\"ada\"");
    }

    @Test
    void aReloadIsNoLeaveAndAKilledConnectionLeavesInTime() throws Exception {
        server.close();
        server = new TestServer(new Named(), LONG_GRACE);
        TestSocket ada = attending("ada");
        TestSocket bob = attending("bob");
        assertThat(ada.next()).startsWith(join("bob"));
        TestServer.EventStream eve = server.events(ROOM + "?presence=true&token=eve");
        assertThat(ada.next()).startsWith(join("eve"));

        bob.socket.sendClose(1001, "reload").join();
        bob.closed.join();
        attending("bob");
        long killed = System.nanoTime();
        eve.close();
        // Bob's grace would have ended before hers: had he left, it would be told first.
        assertThat(ada.next()).startsWith(leave("eve"));
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isGreaterThanOrEqualTo(LONG_GRACE.minusMillis(1));
        assertThat(server.get(ROOM + "/presence").body()).contains("\"user\":\"bob\",\"connections\":1");
    }

    @Test
    void aGoodbyeAndAnUnsubscribeLeaveAtOnce() throws Exception {
        server.close();
        server = new TestServer(new Named(), Duration.ofHours(1));
        TestSocket ada = attending("ada");
        TestSocket bob = attending("bob");
        assertThat(ada.next()).startsWith(join("bob"));
        bob.socket.sendClose(1000, "User navigated away").join();
        assertThat(ada.next()).startsWith(leave("bob"));
        TestSocket eve = attending("eve");
        assertThat(ada.next()).startsWith(join("eve"));
        eve.send("{\"type\":\"unsubscribe\",\"channel\":\"room\"}");
        assertThat(ada.next()).startsWith(leave("eve"));
    }

    @Test
    void aLongPollingUserCountsAsPresent() throws Exception {
        server.close();
        server = new TestServer(new Named(), LONG_GRACE);
        TestSocket ada = attending("ada");
        String body = "{\"channel\":\"room\",\"presence\":true}";
        long end = System.nanoTime() + LONG_GRACE.multipliedBy(3).dividedBy(2).toNanos();
        String version = version(poll("dan", body, ",\"session\":\"" + SESSION + "\""));
        assertThat(ada.next()).startsWith(join("dan"));
        while (System.nanoTime() < end) {
            String again = "{\"channel\":\"room\",\"presence\":" + version + "}";
            String polled = poll("dan", again, ",\"wait\":50,\"session\":\"" + SESSION + "\"");
            assertThat(polled).contains("subscribed").doesNotContain("presence", "join", "leave");
        }
        assertThat(ada.messages).isEmpty();
        assertThat(ada.next()).startsWith(leave("dan"));
    }

    @Test
    void aPollThatHoldsTheVersionWaitsForTheNextDifference() throws Exception {
        attending("ada");
        String version = version(server.get(ROOM + "/presence").body());
        var waiting = waitingPoll("ada", "{\"channel\":\"room\",\"presence\":" + version + "}");
        attending("bob");
        assertThat(waiting.get().body()).contains(join("bob"));
    }

    @Test
    void aPollThatDoesNotWaitIsToldWhoIsPresentNevertheless() throws Exception {
        String polled = poll("dan", "{\"channel\":\"room\",\"presence\":true},{\"channel\":\"other\"}", ",\"wait\":0");
        assertThat(polled).contains("\"users\":[{\"user\":\"dan\",\"connections\":1}]", "\"channel\":\"other\"");
    }

    @Test
    void whoMayNotSeeWhoIsPresentIsToldSoAndSubscribed() throws Exception {
        assertThat(server.get("/channels/quiet/presence").statusCode()).isEqualTo(403);
        String polled = poll("dan", "{\"channel\":\"quiet\",\"presence\":true},{\"channel\":\"other\"}", ",\"wait\":0");
        assertThat(polled)
                .contains("\"name\":\"not_permitted\",\"channel\":\"quiet\"")
                .contains("\"type\":\"subscribed\",\"channel\":\"quiet\"")
                .contains("\"type\":\"subscribed\",\"channel\":\"other\"");
        try (TestServer.EventStream stream = server.events("/channels/quiet?presence=true&token=bob")) {
            assertThat(stream.next().toString()).contains("event: hello");
            assertThat(stream.next().toString()).contains("event: error").contains("not_permitted");
            server.post("/channels/quiet", "1");
            assertThat(stream.next().toString()).contains("\"data\":1");
        }
    }

    // ---- signals

    @Test
    void aSignalReachesEveryDeliveryButItsSenderAndNoPage() throws Exception {
        TestSocket ada = socket("ada", "");
        ada.send("{\"type\":\"subscribe\",\"channel\":\"room\"}");
        ada.next();
        TestSocket bob = socket("bob", "");
        bob.send("{\"type\":\"subscribe\",\"channel\":\"room\"}");
        bob.next();
        Iterator<String> eve = liveStream("eve", "{\"channel\":\"room\"}");
        eve.next();
        var dan = waitingPoll("dan", "{\"channel\":\"room\"}");
        CompletableFuture<HttpResponse<String>> page = server.http.sendAsync(
                HttpRequest.newBuilder(server.uri(ROOM + "?wait=1s")).build(), HttpResponse.BodyHandlers.ofString());
        try (TestServer.EventStream stream = server.events(ROOM)) {
            stream.next();
            Await.until(() -> server.engineCounters.subscriptions() == 6);
            server.settle();
            ada.send("{\"type\":\"signal\",\"channel\":\"room\",\"data\": 1 }");
            assertThat(bob.next()).isEqualTo(signal("ada", 1));
            assertThat(eve.next()).isEqualTo(signal("ada", 1));
            assertThat(dan.get().body()).contains(signal("ada", 1));
            assertThat(stream.next()).containsExactly("event: signal", "data: " + signal("ada", 1));
            assertThat(page.get().body()).contains("\"publications\":[]").doesNotContain("signal");
            bob.send("{\"type\":\"signal\",\"channel\":\"room\",\"data\":2}");
            assertThat(ada.next()).isEqualTo(signal("bob", 2));
            assertThat(eve.next()).isEqualTo(signal("bob", 2));
            assertThat(stream.next().toString()).contains(signal("bob", 2));
        }
        Await.until(() -> server.engineCounters.signalsDelivered() == 7);
        assertThat(server.engineCounters.signalsDropped()).isZero();
        assertThat(server.get(ROOM).body()).contains("\"publications\":[]");
    }

    @Test
    void aSignalIsSentByPostAndNotGivenBackToItsSession() throws Exception {
        TestSocket own = new TestSocket(server.http, server.ws("/live?token=ada&session=" + SESSION));
        assertThat(own.next()).startsWith("{\"type\":\"hello\",\"session\":\"" + SESSION + "\"");
        own.send("{\"type\":\"subscribe\",\"channel\":\"room\"}");
        own.next();
        try (TestServer.EventStream streamed = server.events(ROOM + "?token=ada&session=" + SESSION);
                TestServer.EventStream other = server.events(ROOM + "?token=ada")) {
            streamed.next();
            other.next();
            HttpResponse<String> sent =
                    postSignal("ada", "1", "Content-Type", "application/json", "Carillon-Session", SESSION);
            assertThat(sent.statusCode()).isEqualTo(204);
            assertThat(sent.body()).isEmpty();
            postSignal("ada", "\u0000\u0001", "Content-Type", "application/octet-stream");
            assertThat(other.next().toString()).contains(signal("ada", 1));
            for (List<String> event : List.of(other.next(), streamed.next())) {
                assertThat(event.toString()).contains("event: signal").contains("\"data64\":\"AAE=\"");
            }
            assertThat(own.next()).contains("\"data64\":\"AAE=\"");
        }
    }

    @Test
    void whatCannotBeASignalIsRefusedWithItsCode() throws Exception {
        String json = "application/json";
        assertThat(postSignal("ada", "1", "Content-Type", "text/plain").body())
                .contains("unsupported_media_type", "/channels/room/signals");
        assertThat(postSignal("ada", "{", "Content-Type", json).statusCode()).isEqualTo(400);
        HttpResponse<String> large = postSignal("ada", "\"" + "a".repeat(4095) + "\"", "Content-Type", json);
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body()).contains("signalBytes");
        assertThat(postSignal("ada", "1", "Content-Type", json, "Carillon-Session", "short")
                        .body())
                .contains("bad_request");
        assertThat(server.post("/channels/quiet/signals", "1").statusCode()).isEqualTo(403);
        assertThat(server.post("/channels/forbidden/signals", "1").statusCode()).isEqualTo(404);
        assertThat(server.get("/channels/forbidden/presence").statusCode()).isEqualTo(404);
        assertThat(server.get(ROOM + "/signals").statusCode()).isEqualTo(405);
        assertThat(server.post(ROOM + "/presence", "1").statusCode()).isEqualTo(405);
        assertThat(server.get("/channels//presence").statusCode()).isEqualTo(400);
    }

    @Test
    void aSessionsIdIsReadStrictlyWhereverItIsGiven() throws Exception {
        for (String bad : List.of("", "short", SESSION + "x", SESSION.replace('-', '='))) {
            assertThatThrownBy(() -> new TestSocket(server.http, server.ws("/live?session=" + bad)))
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            WebSocketHandshakeException.class,
                            refused -> assertThat(refused.getResponse().statusCode())
                                    .isEqualTo(400));
            assertThat(poll("dan", "{\"channel\":\"room\"}", ",\"wait\":0,\"session\":\"" + bad + "\""))
                    .contains("bad_request");
        }
        assertThat(server.get(ROOM + "?presence=perhaps", "Accept", "text/event-stream")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aReaderThatDoesNotReadIsToldWhatItMissed() throws Exception {
        TestSocket slow = attending("slow");
        TestSocket ada = socket("ada", "");
        String data = "\"" + "a".repeat(4000) + "\"";
        slow.hold();
        while (server.engineCounters.signalsDropped() < 100) {
            ada.send("{\"type\":\"signal\",\"channel\":\"room\",\"data\":" + data + "}");
        }
        Await.until(() -> server.engineCounters.outstanding() == 0);
        attending("bob");
        slow.goOn();
        String told = slow.next();
        while (!told.startsWith("{\"type\":\"join\"")) {
            assertThat(told).startsWith("{\"type\":\"signal\"").doesNotContain("\"dropped\"");
            told = slow.next();
        }
        assertThat(told).contains("\"user\":\"bob\"");
        ada.send("{\"type\":\"signal\",\"channel\":\"room\",\"data\":1}");
        assertThat(slow.next()).endsWith("\"data\":1,\"dropped\":" + server.engineCounters.signalsDropped() + "}");
        server.post(ROOM, "2");
        assertThat(slow.next()).contains("\"data\":2");
    }
}
