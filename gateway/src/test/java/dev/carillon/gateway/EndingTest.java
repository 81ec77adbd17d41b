package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions that the server ends, on every delivery: their token has ended, or was revoked. */
class EndingTest {

    private static final String LIVE = "{\"channels\":[{\"channel\":\"orders\"}]}";

    private final Guests guests = new Guests();
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(
                TestServer.settings(
                        GatewaySettings.DEFAULT.heartbeat(),
                        GatewaySettings.Access.DEVELOPMENT,
                        GatewaySettings.DEFAULT.requestTimeMax(),
                        100),
                guests);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CompletableFuture<HttpResponse<String>> later(HttpRequest.Builder request) {
        return server.http.sendAsync(
                request.header("Authorization", "Bearer t").build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder livePost() {
        return HttpRequest.newBuilder(server.uri("/live")).POST(HttpRequest.BodyPublishers.ofString(LIVE));
    }

    private void waitForSessions(int count) throws Exception {
        Await.until(() -> server.engineCounters.subscriptions() == count);
        server.settle();
    }

    private void revokeAll() {
        server.endSessions((principal, _) -> "alice".equals(principal.name()), Code.REVOKED);
    }

    // ---- the end of a token

    /** A token that is within its last quarter: its end is told at once. */
    private void expiring() {
        guests.add("t", "alice", 10_000, 2_000);
    }

    @Test
    void aWebSocketIsToldAndThenClosedWithTheCode() throws Exception {
        expiring();
        TestSocket socket = new TestSocket(server.http, server.ws("/live?token=t"));
        assertThat(socket.next()).contains("\"user\":\"alice\"", "\"expires\":");
        assertThat(socket.next()).contains("\"code\":4305", "\"name\":\"token_expiring\"", "\"retry\":");
        assertThat(socket.closed.get()).isEqualTo("4621 token_expired");
        Await.until(() -> server.engineCounters.sessions() == 0);
    }

    @Test
    void anEventStreamIsToldAndEndsWithoutBeingAskedBack() throws Exception {
        guests.add("t", "alice", 60_000, 5_000); // something is to be published meanwhile
        try (TestServer.EventStream stream = server.events("/channels/orders?token=t")) {
            assertThat(stream.next().toString()).contains("event: hello");
            assertThat(stream.next().toString()).contains("event: error", "\"code\":4305", "\"retry\":");
            guests.add("other", "bob", 0, 60_000);
            server.post("/channels/orders?token=other", "7");
            assertThat(stream.next().toString()).contains("\"data\":7");
            assertThat(stream.next().toString()).contains("event: error", "\"code\":4621");
            assertThat(stream.next()).isEmpty();
        }
    }

    @Test
    void theFallbacksEventStreamIsToldInMessagesOfTheDefaultType() throws Exception {
        expiring();
        List<String> lines = later(livePost().header("Accept", "text/event-stream"))
                .get()
                .body()
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
        assertThat(lines.stream().filter(line -> line.startsWith("event:"))).isEmpty();
        assertThat(lines.stream()
                        .filter(line -> line.startsWith("data:"))
                        .map(line -> line.replaceAll(".*\"type\":\"([a-z]+)\"(.*\"code\":(\\d+))?.*", "$1 $3")))
                .containsExactlyInAnyOrder("hello ", "subscribed ", "error 4305", "error 4621")
                .startsWith("hello ")
                .endsWith("error 4621");
    }

    @Test
    void aLongPollOfManyChannelsEndsWithAnErrorInItsAnswer() throws Exception {
        expiring();
        HttpResponse<String> answer = later(livePost()).get();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"subscribed\"", "\"code\":4621").doesNotContain("4305");
    }

    @Test
    void aLongPollOfOneChannelEndsWithTheCodesStatus() throws Exception {
        expiring();
        HttpResponse<String> answer = later(HttpRequest.newBuilder(server.uri("/channels/orders?wait=50s")))
                .get();
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("\"code\":4621").doesNotContain("4305");
    }

    // ---- revocation

    @Test
    void whatWasRevokedEndsAtOnceOnEveryDelivery() throws Exception {
        guests.add("t", "alice", 0, 600_000);
        guests.add("other", "bob", 0, 600_000);
        TestSocket live = new TestSocket(server.http, server.ws("/live?token=t"));
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders?token=t"));
        TestSocket bob = new TestSocket(server.http, server.ws("/channels/orders?token=other"));
        var fallback = later(livePost().header("Accept", "text/event-stream"));
        var livePoll = later(livePost());
        var poll = later(HttpRequest.newBuilder(server.uri("/channels/orders?wait=50s")));
        try (TestServer.EventStream stream = server.events("/channels/orders?token=t")) {
            waitForSessions(6);
            revokeAll();
            assertThat(live.closed.get()).isEqualTo("4625 revoked");
            assertThat(socket.closed.get()).isEqualTo("4625 revoked");
            assertThat(fallback.get().body()).contains("\"code\":4625").doesNotContain("reconnect");
            assertThat(livePoll.get().body()).contains("\"code\":4625");
            assertThat(poll.get().statusCode()).isEqualTo(403);
            assertThat(poll.get().body()).contains("\"code\":4625");
            stream.next();
            assertThat(stream.next().toString()).contains("event: error", "\"code\":4625");
            assertThat(stream.next()).isEmpty();
        }
        server.post("/channels/orders?token=other", "7");
        bob.next();
        bob.next();
        assertThat(bob.next()).contains("\"data\":7");
        assertThat(server.engineCounters.ended(Code.REVOKED)).isEqualTo(6);
        Await.until(() -> server.engineCounters.sessions() == 1);
    }

    /** Nobody was told 200 yet, so the status can say it, and an EventSource gives up. */
    @Test
    void anEventStreamThatHasNotBegunIsRefusedWithTheStatus() throws Exception {
        List<Consumer<Guests.Verdict>> pending = new ArrayList<>();
        guests.add("t", "alice", 0, 600_000);
        guests.onSubscribe = pending::add;
        var stream =
                later(HttpRequest.newBuilder(server.uri("/channels/orders")).header("Accept", "text/event-stream"));
        waitForSessions(1);
        Await.until(() -> !pending.isEmpty());
        revokeAll();
        assertThat(stream.get().statusCode()).isEqualTo(403);
        assertThat(stream.get().body()).contains("\"code\":4625");
    }
}
