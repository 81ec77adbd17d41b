package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers are told that a channel is stale, and that it is no more, on every delivery (PROTOCOL.md §6.4). */
class StaleTest {

    private static final String ORDERS = "/channels/orders";
    private static final String[] AWAY = {
        "\"type\":\"error\"", "\"code\":4008", "\"name\":\"broker_away\"", "\"channel\":\"orders\""
    };
    private static final String[] BACK = {
        "\"type\":\"error\"", "\"code\":4009", "\"name\":\"broker_back\"", "\"channel\":\"orders\""
    };

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void waitForSubscriptions(int count) throws Exception {
        Await.until(() -> server.engineCounters.subscriptions() == count);
        server.settle();
        server.settle();
    }

    private CompletableFuture<HttpResponse<String>> later(HttpRequest.Builder request) {
        return server.http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private void publish(String data) throws Exception {
        assertThat(server.post(ORDERS, data).statusCode()).isEqualTo(201);
    }

    @Test
    void aWebSocketIsToldOnceOfEachAndGoesOn() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws(ORDERS));
        assertThat(socket.next()).contains("\"hello\"");
        assertThat(socket.next()).contains("\"subscribed\"");
        server.say(true);
        server.say(true);
        assertThat(socket.next()).contains(AWAY).doesNotContain("\"id\"");
        publish("7");
        assertThat(socket.next()).contains("\"data\":7");
        server.say(false);
        server.say(false);
        assertThat(socket.next()).contains(BACK).doesNotContain("\"id\"");
        publish("8");
        assertThat(socket.next()).contains("\"data\":8");
    }

    @Test
    void whoSubscribesToAStaleChannelIsToldBehindSubscribed() throws Exception {
        publish("6");
        server.say(true);
        TestSocket socket = new TestSocket(server.http, server.ws(ORDERS));
        assertThat(socket.next()).contains("\"hello\"");
        assertThat(socket.next()).contains("\"subscribed\"");
        assertThat(socket.next()).contains(AWAY);
        server.say(false);
        assertThat(socket.next()).contains(BACK);
    }

    @Test
    void anEventStreamIsToldByEventsAndGoesOn() throws Exception {
        try (TestServer.EventStream stream = server.events(ORDERS)) {
            assertThat(stream.next().toString()).contains("event: hello");
            server.say(true);
            assertThat(stream.next().toString()).contains("event: error").contains(AWAY);
            server.say(false);
            assertThat(stream.next().toString()).contains("event: error").contains(BACK);
            publish("7");
            assertThat(stream.next().toString()).contains("\"data\":7");
        }
    }

    @Test
    void aLongPollOfManyChannelsIsNotAnsweredForThatAndHoldsIt() throws Exception {
        CompletableFuture<HttpResponse<String>> poll = later(HttpRequest.newBuilder(server.uri("/live"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"channels\":[{\"channel\":\"orders\"}],\"wait\":20000}")));
        waitForSubscriptions(1);
        server.say(true);
        assertThat(poll).isNotDone();
        publish("7");
        assertThat(poll.get().body()).contains(AWAY).contains("\"data\":7");
    }

    @Test
    void aPageSaysByAHeaderThatTheNewestMayBeMissing() throws Exception {
        publish("6");
        assertThat(server.get(ORDERS).headers().firstValue("Carillon-Stale")).isEmpty();
        server.say(true);
        HttpResponse<String> page = server.get(ORDERS);
        assertThat(page.body()).contains("\"data\":6");
        assertThat(page.headers().firstValue("Carillon-Stale")).contains("true");
        server.say(false);
        assertThat(server.get(ORDERS).headers().firstValue("Carillon-Stale")).isEmpty();
    }

    @Test
    void aPageThatWasWaitedForSaysSoToo() throws Exception {
        CompletableFuture<HttpResponse<String>> poll = later(HttpRequest.newBuilder(server.uri(ORDERS + "?wait=20s")));
        waitForSubscriptions(1);
        server.say(true);
        assertThat(poll).isNotDone();
        publish("7");
        assertThat(poll.get().statusCode()).isEqualTo(200);
        assertThat(poll.get().body()).contains("\"data\":7");
        assertThat(poll.get().headers().firstValue("Carillon-Stale")).contains("true");
    }
}
