package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Long lists of who is present, numbers only, and whole sessions that resume, on every delivery. */
class PagesAndResumeTest {

    private static final String ROOM = "/channels/room";
    private static final Pattern USER = Pattern.compile("\"user\":\"(\\w+)\"");
    private static final Pattern NEXT = Pattern.compile("\"next\":\"([^\"]+)\"");

    private TestServer server;

    /** A token is its user's name. */
    private static final class Named extends AllComers {
        @Override
        public void onConnect(@Nullable String token, Consumer<Admission> answer) {
            answer.accept(new Admission.Admitted(token == null ? Principal.ANONYMOUS : new Principal(token, token)));
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(new Named(), Duration.ofMinutes(1), 2);
        for (int i = 0; i < 5; i++) {
            TestSocket socket = new TestSocket(server.http, server.ws("/live?token=user" + i));
            socket.send("{\"type\":\"subscribe\",\"channel\":\"room\",\"presence\":true}");
        }
        Await.until(() -> server.engineCounters.present() == 5 && server.engineCounters.outstanding() == 0);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestSocket socket(String path) throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws(path));
        assertThat(socket.next()).startsWith("{\"type\":\"hello\"");
        return socket;
    }

    private static List<String> users(String json) {
        return USER.matcher(json).results().map(found -> found.group(1)).toList();
    }

    private static @Nullable String next(String json) {
        Matcher matcher = NEXT.matcher(json);
        return matcher.find() ? matcher.group(1) : null;
    }

    private HttpRequest.Builder live(String body) {
        return HttpRequest.newBuilder(server.uri("/live")).POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private String poll(String body) throws Exception {
        return server.http
                .send(live(body).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private Iterator<String> stream(String body) throws Exception {
        return server.http
                .send(live(body).header("Accept", "text/event-stream").build(), HttpResponse.BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .iterator();
    }

    private static void assertThreePages(List<String> pages) {
        assertThat(users(String.join("", pages)))
                .containsExactlyInAnyOrder("user0", "user1", "user2", "user3", "user4");
        assertThat(users(pages.getFirst())).hasSize(2);
        assertThat(pages.get(1)).contains("\"after\":\"" + next(pages.get(0)) + "\"");
        assertThat(pages.get(2)).contains("\"after\":\"" + next(pages.get(1)) + "\"");
        assertThat(next(pages.get(2))).isNull();
    }

    // ---- pages

    @Test
    void aLongListComesInPagesOnEveryDelivery() throws Exception {
        TestSocket socket = socket("/live");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"room\",\"presence\":true}");
        assertThat(socket.next()).startsWith("{\"type\":\"subscribed\"");
        assertThreePages(List.of(socket.next(), socket.next(), socket.next()));
        try (TestServer.EventStream events = server.events(ROOM + "?presence=true")) {
            assertThat(events.next().toString()).contains("event: hello");
            assertThreePages(List.of(
                    events.next().toString(),
                    events.next().toString(),
                    events.next().toString()));
        }
        Iterator<String> streamed = stream("{\"channels\":[{\"channel\":\"room\",\"presence\":true}]}");
        streamed.next(); // hello
        assertThat(streamed.next()).startsWith("{\"type\":\"subscribed\"");
        assertThreePages(List.of(streamed.next(), streamed.next(), streamed.next()));
        String polled = poll("{\"channels\":[{\"channel\":\"room\",\"presence\":true}],\"wait\":0}");
        assertThat(polled.split("\"type\":\"presence\"", -1)).hasSize(4);
        assertThat(users(polled)).hasSize(5);
        String waited = poll("{\"channels\":[{\"channel\":\"room\",\"presence\":true}],\"wait\":50000}");
        assertThat(users(waited)).hasSize(5);
    }

    @Test
    void aListIsPagedThroughByRequests() throws Exception {
        String first = server.get(ROOM + "/presence").body();
        String second =
                server.get(ROOM + "/presence?after=" + next(first) + "&limit=1").body();
        assertThat(users(second)).hasSize(1);
        String third = server.get(ROOM + "/presence?after=" + next(second)).body();
        assertThreePages(List.of(first, second, third));
        assertThat(server.get(ROOM + "/presence?limit=x").statusCode()).isEqualTo(400);
        assertThat(server.get(ROOM + "/presence?after=nonsense").body()).isEqualTo(first);
    }

    @Test
    void aListIsPagedThroughInBinaryToo() throws Exception {
        BinarySocket binary = new BinarySocket(server.http, server.ws("/live"));
        binary.next(ServerMessage.Hello.class);
        ChannelName room = new ChannelName("room");
        TreeSet<String> users = new TreeSet<>();
        String after = null;
        do {
            binary.say(new ClientMessage.Presence(new RequestId("7"), room, after, 0, false));
            ServerMessage.PresenceList page = binary.next(ServerMessage.PresenceList.class);
            page.users().forEach(present -> users.add(present.user()));
            after = page.next();
        } while (after != null);
        assertThat(users).hasSize(5);
    }

    // ---- numbers

    @Test
    void numbersAreToldOnEveryDelivery() throws Exception {
        String count = "{\"type\":\"count\",\"channel\":\"room\",\"users\":5,\"connections\":5}";
        TestSocket socket = socket("/live");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"room\",\"presence\":\"count\"}");
        assertThat(socket.next()).startsWith("{\"type\":\"subscribed\"");
        assertThat(socket.next()).isEqualTo(count);
        String body = "{\"channels\":[{\"channel\":\"room\",\"presence\":\"count\"}]";
        assertThat(poll(body + ",\"wait\":0}")).contains(count);
        assertThat(server.get(ROOM + "/presence?count=true").body().trim()).isEqualTo(count);
        Iterator<String> streamed = stream(body + "}");
        streamed.next();
        streamed.next();
        assertThat(streamed.next()).isEqualTo(count);
        try (TestServer.EventStream events = server.events(ROOM + "?presence=count")) {
            events.next();
            assertThat(events.next()).containsExactly("event: count", "data: " + count);
            TestSocket more = socket("/live?token=more");
            more.send("{\"type\":\"subscribe\",\"channel\":\"room\",\"presence\":\"count\"}");
            assertThat(events.next().toString()).contains("\"users\":6,\"connections\":6");
            assertThat(socket.next()).contains("\"users\":6,\"connections\":6");
        }
    }

    // ---- resuming

    @Test
    void aSessionGoesOnWithAllItsChannelsByOneMessage() throws Exception {
        server.post("/channels/a", "1");
        server.post("/channels/b", "1");
        server.post("/channels/b", "2");
        TestSocket socket = socket("/live");
        socket.send(
                "{\"type\":\"resume\",\"channels\":[{\"id\":1,\"channel\":\"a\",\"after\":\"0\"},"
                        + "{\"id\":2,\"channel\":\"b\",\"last\":1},{\"id\":3,\"channel\":\"forbidden:c\"},"
                        + "{\"id\":4,\"channel\":\"d\",\"after\":\"yesterday\"},{\"id\":5,\"channel\":\"room\",\"presence\":\"count\"}]}");
        StringBuilder told = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            told.append(socket.next()).append('\n');
        }
        assertThat(told)
                .contains("{\"type\":\"subscribed\",\"id\":1,\"channel\":\"a\",")
                .contains("{\"type\":\"publication\",\"channel\":\"a\",")
                .contains("{\"type\":\"subscribed\",\"id\":2,\"channel\":\"b\",")
                .contains("{\"type\":\"publication\",\"channel\":\"b\",")
                .contains("{\"type\":\"error\",\"id\":3,\"code\":4603,")
                .contains("{\"type\":\"error\",\"id\":4,\"code\":4607,")
                .contains("{\"type\":\"subscribed\",\"id\":5,\"channel\":\"room\",")
                .contains("{\"type\":\"count\",");
        server.post("/channels/b", "3");
        assertThat(socket.next()).contains("\"channel\":\"b\"", "\"data\":3");
    }

    @Test
    void aSessionGoesOnInBinaryToo() throws Exception {
        server.post("/channels/a", "1");
        server.post("/channels/a", "2");
        BinarySocket binary = new BinarySocket(server.http, server.ws("/live"));
        binary.next(ServerMessage.Hello.class);
        ClientMessage.Subscribe one = new ClientMessage.Subscribe(
                new RequestId("1"), new ChannelName("a"), Position.ORIGIN, 0, ClientMessage.Subscribe.NO_PRESENCE);
        binary.say(new ClientMessage.Resume(null, List.of(one), List.of()));
        assertThat(binary.next(ServerMessage.Subscribed.class).recovered()).isTrue();
        for (String data : List.of("1", "2")) {
            assertThat(binary.next(ServerMessage.Delivery.class)
                            .publication()
                            .data()
                            .text())
                    .isEqualTo(data);
        }
    }

    @Test
    void withoutAWebSocketWhatIsWrongWithOneChannelLeavesTheOthersToo() throws Exception {
        String channels =
                "{\"channels\":[{\"id\":1,\"channel\":\"a\",\"after\":\"yesterday\"},{\"id\":2,\"channel\":\"b\"}]";
        server.post("/channels/b", "1");
        assertThat(poll(channels + ",\"wait\":0}"))
                .contains("\"id\":1,\"code\":4607,\"name\":\"invalid_position\",\"channel\":\"a\"")
                .contains("{\"type\":\"subscribed\",\"id\":2,\"channel\":\"b\"");
        assertThat(poll(channels + ",\"wait\":50000}")).contains("invalid_position", "\"channel\":\"b\"");
        Iterator<String> streamed = stream(channels + "}");
        streamed.next();
        assertThat(streamed.next()).contains("invalid_position");
        assertThat(streamed.next()).startsWith("{\"type\":\"subscribed\",\"id\":2");
        assertThat(server.engineCounters.resumes()).isEqualTo(3);
    }
}
