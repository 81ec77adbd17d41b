package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Maps, channels of signals, purge and redaction on all deliveries (PROTOCOL.md §5.1, §5.2, §6.3, §7, §8). */
class KindsTest {

    private static final String FLEET = "/channels/map:fleet";
    private static final Pattern POSITION = Pattern.compile("\"position\":\"([^\"]+)\"");
    private static final Pattern CHANGE =
            Pattern.compile("\"key\":\"([^\"]+)\"(?:,\"tag\":\"[^\"]+\")?,(?:\"data\":([^,}]+)|\"removed\":true)");

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String put(String query, String data) throws Exception {
        HttpResponse<String> answer = server.post(FLEET + "?" + query, data);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return position(answer.body());
    }

    private HttpResponse<String> delete(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(server.uri(path)).DELETE().build();
        return server.http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String position(String json) {
        Matcher matcher = POSITION.matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return matcher.group(1);
    }

    private static List<String> changes(String json) {
        List<String> changes = new ArrayList<>();
        Matcher matcher = CHANGE.matcher(json);
        while (matcher.find()) {
            changes.add(matcher.group(2) == null ? "-" + matcher.group(1) : matcher.group(1) + "=" + matcher.group(2));
        }
        return changes;
    }

    private String get(String query) throws Exception {
        HttpResponse<String> answer = server.get(FLEET + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void aGetIsTheSnapshotAndThenWhatHasChanged() throws Exception {
        put("key=a", "1");
        put("key=b&tag=t", "2");
        put("key=a", "3");
        String page = get("");
        assertThat(page).contains("\"reset\":true", "\"more\":false");
        assertThat(changes(page)).containsExactly("b=2", "a=3");
        assertThat(server.post(FLEET + "?key=b&removed=true", "").statusCode()).isEqualTo(201);
        String next = get("?after=" + position(page));
        assertThat(next).doesNotContain("reset");
        assertThat(changes(next)).containsExactly("-b");
        assertThat(changes(get("?after=" + position(next)))).isEmpty();
        assertThat(changes(get("?track.key=a"))).containsExactly("a=3");
        assertThat(server.get(FLEET + "?before=" + position(next)).body()).contains("unsupported");
    }

    @Test
    void aLongPollIsAnsweredBySnapshotOrChange() throws Exception {
        String empty = get("?wait=20s");
        assertThat(empty).contains("\"reset\":true", "\"position\":\"0\"");
        assertThat(get("?wait=50ms&after=0")).doesNotContain("reset");
        put("key=a", "1");
        String page = get("?wait=20s");
        assertThat(changes(page)).containsExactly("a=1");
        CompletableFuture<HttpResponse<String>> waiting = server.http.sendAsync(
                HttpRequest.newBuilder(server.uri(FLEET + "?wait=50s&track.key=b&after=" + position(page)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until(() -> server.counters.open(Traffic.Transport.LONG_POLL) == 1);
        put("key=a", "2");
        put("key=b", "1");
        assertThat(changes(waiting.get().body())).containsExactly("b=1");
        String late = get("?wait=50ms&after=" + position(waiting.get().body()));
        assertThat(changes(late)).isEmpty();
    }

    @Test
    void aSnapshotOfManyPagesIsOneAnswer() throws Exception {
        String big = "\"" + "a".repeat(60_000) + "\"";
        for (int i = 0; i < 25; i++) {
            put("key=k" + i, big);
        }
        String polled = get("?wait=20s&limit=2");
        assertThat(changes(polled)).hasSize(25);
        assertThat(polled).contains("\"more\":false");
        String live = server.post("/live", "{\"channels\":[{\"channel\":\"map:fleet\"}],\"wait\":20000}")
                .body();
        assertThat(changes(live)).hasSize(25);
        assertThat(live).contains("{\"type\":\"reset\"", "{\"type\":\"current\"");
        assertThat(changes(get(""))).hasSize(25);
    }

    @Test
    void anEventStreamIsResetAndGoesOnFromAnyPosition() throws Exception {
        put("key=a", "1");
        String first;
        try (TestServer.EventStream stream = server.events(FLEET)) {
            assertThat(stream.next().toString()).contains("event: hello", "id: 0");
            List<String> reset = stream.next();
            assertThat(reset).contains("event: reset", "id: 0");
            assertThat(changes(stream.next().toString())).containsExactly("a=1");
            List<String> current = stream.next();
            assertThat(current).contains("event: current");
            first = TestServer.EventStream.field(current, "id");
        }
        put("key=a", "2");
        put("key=b&tag=t", "1");
        try (TestServer.EventStream stream = server.events(FLEET, "Last-Event-ID", first)) {
            assertThat(stream.next().toString()).contains("\"recovered\":true");
            assertThat(changes(stream.next().toString())).containsExactly("a=2");
            assertThat(changes(stream.next().toString())).containsExactly("b=1");
            assertThat(stream.next()).contains("event: current");
        }
        try (TestServer.EventStream stream = server.events(FLEET + "?track.tag=t&after=nonsense")) {
            assertThat(stream.next().toString()).contains("event: hello");
            assertThat(stream.next()).contains("event: reset");
            assertThat(changes(stream.next().toString())).containsExactly("b=1");
        }
    }

    @Test
    void aWebSocketTracksAndTracksAnewInBothForms() throws Exception {
        put("key=a&tag=north", "1");
        put("key=b&tag=south", "2");
        TestSocket text = new TestSocket(server.http, server.ws(FLEET + "?track.tag=north"));
        BinarySocket binary = new BinarySocket(server.http, server.ws("/live"));
        binary.next(ServerMessage.Hello.class);
        ChannelName fleet = new ChannelName("map:fleet");
        binary.say(new ClientMessage.Subscribe(null, fleet, null, 0, -1, new Selection(true, List.of("north"))));
        assertThat(text.next()).contains("hello");
        assertThat(text.next()).contains("\"type\":\"subscribed\"", "\"position\":\"0\"");
        assertThat(text.next()).contains("\"type\":\"reset\"");
        assertThat(changes(text.next())).containsExactly("a=1");
        assertThat(text.next()).contains("\"type\":\"current\"");
        binary.next(ServerMessage.Subscribed.class);
        binary.next(ServerMessage.Reset.class);
        ServerMessage.Delivery a = binary.next(ServerMessage.Delivery.class);
        assertThat(a.publication().change()).isEqualTo(new Change("a", "north", false));
        binary.next(ServerMessage.Current.class);
        put("key=a&tag=south", "3");
        assertThat(changes(text.next())).containsExactly("-a");
        Change left = binary.next(ServerMessage.Delivery.class).publication().change();
        assertThat(left).isEqualTo(new Change("a", null, true));
        text.send("{\"type\":\"track\",\"id\":7,\"channel\":\"map:fleet\",\"keys\":[\"b\"]}");
        assertThat(text.next()).isEqualTo("{\"type\":\"tracked\",\"id\":7,\"channel\":\"map:fleet\"}");
        assertThat(text.next()).contains("\"type\":\"reset\"");
        assertThat(changes(text.next())).containsExactly("b=2");
        binary.say(new ClientMessage.Publish(null, fleet, Data.NONE, "0123456789abcdef", new Change("b", null, true)));
        assertThat(text.next()).contains("\"type\":\"current\"");
        assertThat(changes(text.next())).containsExactly("-b");
    }

    @Test
    void theLiveFallbackTracksAndWaits() throws Exception {
        put("key=a", "1");
        String body = "{\"channels\":[{\"channel\":\"map:fleet\",\"track\":{\"keys\":[\"b\"]}%s}],\"wait\":%d}";
        String first = server.post("/live", body.formatted("", 20_000)).body();
        assertThat(first).contains("\"type\":\"reset\"", "\"type\":\"current\"");
        assertThat(changes(first)).isEmpty();
        String current = position(first.substring(first.indexOf("\"current\"")));
        String after = ",\"after\":\"" + current + "\"";
        assertThat(server.post("/live", body.formatted(after, 100)).body())
                .contains("\"recovered\":true")
                .doesNotContain("reset");
        put("key=b", "1");
        assertThat(changes(server.post("/live", body.formatted(after, 20_000)).body()))
                .containsExactly("b=1");
    }

    @Test
    void aPublishThatDoesNotFitIsRefusedWithItsCode() throws Exception {
        assertThat(server.post(FLEET, "1").body()).contains("key_required");
        assertThat(server.post("/channels/orders?key=a", "1").body()).contains("unsupported");
        assertThat(server.post("/channels/signal:pointers", "1").body()).contains("signals_only");
        assertThat(server.post("/channels/signal:pointers/signals", "1").statusCode())
                .isEqualTo(204);
        for (String query : List.of(
                "?key=",
                "?tag=t",
                "?removed=true",
                "?key=a&removed=yes",
                "?key=" + "k".repeat(257),
                "?track.key=a&track.tag=b&key=a")) {
            assertThat(server.post(FLEET + query, "1").statusCode()).as(query).isEqualTo(400);
        }
        assertThat(server.post(FLEET + "?key=a&removed=true", "1").statusCode()).isEqualTo(400);
        assertThat(server.get("/channels/orders?track.key=a").body()).contains("unsupported");
    }

    @Test
    void aChannelOfSignalsIsEmptyOnEveryDelivery() throws Exception {
        assertThat(server.get("/channels/signal:pointers").body())
                .contains("\"position\":\"0\"", "\"publications\":[]");
        assertThat(server.get("/channels/signal:pointers?wait=50ms").body()).contains("\"publications\":[]");
        try (TestServer.EventStream stream = server.events("/channels/signal:pointers")) {
            assertThat(stream.next().toString()).contains("event: hello", "id: 0");
            assertThat(server.post("/channels/signal:pointers/signals", "{\"x\":1}")
                            .statusCode())
                    .isEqualTo(204);
            assertThat(stream.next().toString()).contains("event: signal", "{\"x\":1}");
        }
    }

    @Test
    void aRedactionIsToldToReadersAndShownToThoseWhoComeLater() throws Exception {
        String position =
                position(server.post("/channels/orders", "{\"secret\":1}").body());
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders?after=0"));
        socket.next(); // hello
        socket.next(); // subscribed
        assertThat(socket.next()).contains("secret");
        try (TestServer.EventStream stream = server.events("/channels/orders?after=0")) {
            stream.next(); // hello
            assertThat(stream.next().toString()).contains("secret");
            assertThat(delete("/channels/orders/publications/" + position).statusCode())
                    .isEqualTo(204);
            assertThat(socket.next())
                    .isEqualTo("{\"type\":\"redacted\",\"channel\":\"orders\",\"position\":\"" + position
                            + "\",\"offset\":1}");
            assertThat(stream.next().toString()).contains("event: redacted", position);
        }
        assertThat(server.get("/channels/orders").body())
                .contains("\"redacted\":true", position)
                .doesNotContain("secret");
        assertThat(server.get("/channels/orders?wait=1s&after=0").body()).contains("\"redacted\":true");
        assertThat(delete("/channels/orders/publications/" + position).statusCode())
                .isEqualTo(204);
        assertThat(delete("/channels/orders/publications/0").statusCode()).isEqualTo(400);
        assertThat(delete("/channels/orders/publications/nonsense").statusCode())
                .isEqualTo(400);
        assertThat(delete("/channels/other/publications/" + position).statusCode())
                .isEqualTo(404);
        assertThat(server.get("/channels/orders/publications/" + position).statusCode())
                .isEqualTo(405);
        assertThat(delete(FLEET + "/publications/" + position).statusCode()).isEqualTo(501);
    }

    @Test
    void aPurgeIsToldToReaders() throws Exception {
        String position = position(server.post("/channels/orders", "1").body());
        put("key=a", "1");
        TestSocket stream = new TestSocket(server.http, server.ws("/channels/orders"));
        TestSocket map = new TestSocket(server.http, server.ws(FLEET));
        for (int i = 0; i < 2; i++) {
            stream.next();
        }
        for (int i = 0; i < 5; i++) {
            map.next();
        }
        assertThat(delete("/channels/orders").statusCode()).isEqualTo(204);
        assertThat(delete(FLEET).statusCode()).isEqualTo(204);
        assertThat(stream.next()).contains("\"type\":\"gap\"", "\"cause\":\"epoch\"", "\"next\":\"0\"");
        assertThat(map.next()).contains("\"type\":\"reset\"");
        assertThat(map.next()).contains("\"type\":\"current\"", "\"position\":\"0\"");
        assertThat(server.get("/channels/orders?after=" + position).body())
                .contains("\"cause\":\"epoch\"", "\"publications\":[]");
        server.post("/channels/orders", "2");
        assertThat(stream.next()).contains("\"offset\":1", "\"data\":2");
        put("key=b", "2");
        assertThat(changes(map.next())).containsExactly("b=2");
        assertThat(delete("/channels/signal:pointers").statusCode()).isEqualTo(501);
        assertThat(delete("/channels/forbidden").statusCode()).isEqualTo(404);
    }
}
