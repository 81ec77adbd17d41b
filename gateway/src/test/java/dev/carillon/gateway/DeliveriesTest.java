package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One channel, four deliveries: the same publications, the same positions. */
class DeliveriesTest {

    private static final Pattern DATA = Pattern.compile("\"data\":\\{\"n\":(\\d+)}");
    private static final Pattern POSITION = Pattern.compile("\"position\":\"([^\"]+)\"");

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String publish(int n) throws Exception {
        HttpResponse<String> answer = server.post("/channels/orders", "{ \"n\" : " + n + " }");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return position(answer.body());
    }

    private static String position(String json) {
        Matcher matcher = POSITION.matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return matcher.group(1);
    }

    private static List<Integer> numbers(String json) {
        List<Integer> numbers = new ArrayList<>();
        Matcher matcher = DATA.matcher(json);
        while (matcher.find()) {
            numbers.add(Integer.parseInt(matcher.group(1)));
        }
        return numbers;
    }

    @Test
    void theGuidesMessagesWorkAsTheyStand() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        assertThat(socket.next()).startsWith("{\"type\":\"hello\",\"session\":\"");
        socket.send("{\"type\":\"subscribe\",\"channel\":\"orders\"}");
        assertThat(socket.next())
                .isEqualTo("{\"type\":\"subscribed\",\"channel\":\"orders\",\"position\":\"0\",\"offset\":0}");
        String position = publish(1);
        assertThat(socket.next())
                .startsWith("{\"type\":\"publication\",\"channel\":\"orders\",\"position\":\"" + position
                        + "\",\"offset\":1,\"at\":")
                .endsWith(",\"data\":{\"n\":1}}");
        socket.socket.sendClose(1000, "User navigated away").join();
        assertThat(socket.closed.get()).isEqualTo("1000 User navigated away");
    }

    @Test
    void allFourDeliveriesGiveTheSamePublicationsAndTakeEachOthersPositions() throws Exception {
        publish(1);
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders?after=0"));
        socket.next(); // hello
        assertThat(socket.next()).contains("\"recovered\":true");
        String fromSocket = position(socket.next());
        try (TestServer.EventStream stream = server.events("/channels/orders?after=0")) {
            stream.next(); // hello
            assertThat(TestServer.EventStream.field(stream.next(), "id")).isEqualTo(fromSocket);
        }
        String polled = server.get("/channels/orders?after=0").body();
        assertThat(numbers(polled)).containsExactly(1);
        assertThat(position(polled.substring(polled.indexOf("publications")))).isEqualTo(fromSocket);
        String longPolled = server.get("/channels/orders?after=0&wait=20s").body();
        assertThat(longPolled).isEqualTo(polled);

        publish(2);
        List<String> rest = List.of(
                server.get("/channels/orders?after=" + fromSocket).body(),
                server.get("/channels/orders?wait=20s&after=" + position(longPolled))
                        .body());
        assertThat(rest).allSatisfy(page -> assertThat(numbers(page)).containsExactly(2));
        try (TestServer.EventStream stream = server.events("/channels/orders?after=0", "Last-Event-ID", fromSocket)) {
            assertThat(stream.next().toString()).contains("event: hello", "\"recovered\":true");
            assertThat(numbers(stream.next().toString())).containsExactly(2);
        }
        assertThat(numbers(socket.next())).containsExactly(2);
    }

    @Test
    void aLongPollAnswersWhenSomethingIsPublishedAndEmptyAtTheEndOfItsWait() throws Exception {
        String position = publish(1);
        HttpResponse<String> empty = server.get("/channels/orders?wait=50ms&after=" + position);
        assertThat(empty.statusCode()).isEqualTo(200);
        assertThat(position(empty.body())).isEqualTo(position);
        assertThat(numbers(empty.body())).isEmpty();
        CompletableFuture<HttpResponse<String>> waiting = server.http.sendAsync(
                java.net.http.HttpRequest.newBuilder(server.uri("/channels/orders?wait=50s&after=" + position))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until(() -> server.counters.open(Traffic.Transport.LONG_POLL) == 1);
        publish(2);
        assertThat(numbers(waiting.get().body())).containsExactly(2);
        Await.until(() -> server.engineCounters.sessions() == 0);
    }

    @Test
    void aLongPollThatDoesNotWaitStillAnswersWithAPositionOfTheChannel() throws Exception {
        String position = publish(1);
        for (String after : List.of("", "&after=" + position)) {
            String page = server.get("/channels/orders?wait=0ms" + after).body();
            assertThat(position(page)).isEqualTo(position);
        }
    }

    @Test
    void aLongPollThatEndsWithinACatchUpSaysThatThereIsMore() throws Exception {
        String big = "\"" + "a".repeat(30_000) + "\"";
        for (int i = 0; i < 5; i++) {
            assertThat(server.post("/channels/orders", big).statusCode()).isEqualTo(201);
        }
        String page = server.get("/channels/orders?wait=20s&after=0").body();
        assertThat(page.length() > 5 * 30_000 || page.contains("\"more\":true"))
                .as(page.substring(0, 200))
                .isTrue();
    }

    @Test
    void aLimitedAnswerSaysThatThereIsMore() throws Exception {
        for (int i = 1; i <= 5; i++) {
            publish(i);
        }
        for (String wait : List.of("", "&wait=20s")) {
            String page = server.get("/channels/orders?after=0&limit=2" + wait).body();
            assertThat(numbers(page)).containsExactly(1, 2);
            assertThat(page).contains("\"more\":true");
        }
        String newest = server.get("/channels/orders?limit=2").body();
        assertThat(numbers(newest)).containsExactly(4, 5);
        String before = position(newest.substring(newest.indexOf("publications")));
        assertThat(numbers(server.get("/channels/orders?before=" + before).body()))
                .containsExactly(1, 2, 3);
    }

    @Test
    void aGetThatFindsNothingNewNeedsNoBody() throws Exception {
        publish(1);
        HttpResponse<String> first = server.get("/channels/orders?after=0");
        String tag = first.headers().firstValue("ETag").orElseThrow();
        assertThat(server.get("/channels/orders?after=0", "If-None-Match", tag).statusCode())
                .isEqualTo(304);
        publish(2);
        assertThat(server.get("/channels/orders?after=0", "If-None-Match", tag).statusCode())
                .isEqualTo(200);
    }

    @Test
    void anUnreadablePositionIsAnErrorToARequestAndAGapInAStream() throws Exception {
        publish(1);
        assertThat(server.get("/channels/orders?after=yesterday").body()).contains("invalid_position");
        assertThat(server.get("/channels/orders?after=yesterday&wait=1s").statusCode())
                .isEqualTo(400);
        try (TestServer.EventStream stream = server.events("/channels/orders?after=yesterday")) {
            assertThat(stream.next().toString()).contains("event: hello").contains("unreadable");
            assertThat(stream.next().toString())
                    .contains("event: gap")
                    .contains("\"cause\":\"unreadable\",\"after\":\"yesterday\"");
            assertThat(numbers(stream.next().toString())).containsExactly(1);
        }
    }

    @Test
    void bytesArePublishedAndReadAsBase64() throws Exception {
        HttpResponse<String> answer =
                server.post("/channels/orders", "\u0000\u0001", "Content-Type", "application/octet-stream");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(server.get("/channels/orders").body()).contains("\"data64\":\"AAE=\"");
    }

    @Test
    void anIdempotencyKeyMakesAPostSafeToRepeat() throws Exception {
        String[] headers = {"Content-Type", "application/json", "Idempotency-Key", "order-0000000001"};
        HttpResponse<String> first = server.post("/channels/orders", "{\"n\":1}", headers);
        HttpResponse<String> again = server.post("/channels/orders", "{ \"n\": 1 }", headers);
        HttpResponse<String> other = server.post("/channels/orders", "{\"n\":2}", headers);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).contains("\"duplicate\":true").contains(position(first.body()));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("\"code\":4608");
    }

    @Test
    void theLiveFallbackSaysOverHttpWhatAWebSocketWouldBeTold() throws Exception {
        publish(1);
        publish(2);
        String position =
                position(server.get("/channels/orders?after=0&limit=1").body());
        String body = "{\"channels\":[{\"channel\":\"orders\",\"after\":\"" + position
                + "\"},{\"channel\":\"other\"},{\"channel\":\"forbidden\"}],\"wait\":20000}";
        String polled = server.post("/live", body).body();
        assertThat(polled)
                .startsWith("{\"messages\":[")
                .contains("unknown_channel")
                .endsWith("]}\n");
        String streamed = "{\"channels\":[{\"channel\":\"orders\",\"after\":\"" + position + "\"}]}";
        var stream = server.http.send(
                java.net.http.HttpRequest.newBuilder(server.uri("/live"))
                        .header("Accept", "text/event-stream")
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString(streamed))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        List<String> lines =
                stream.body().filter(line -> line.startsWith("data: ")).limit(3).toList();
        assertThat(lines.get(0)).contains("\"type\":\"hello\"");
        assertThat(lines.get(1)).contains("\"recovered\":true");
        assertThat(numbers(lines.get(2))).containsExactly(2);
    }

    @Test
    void aPollThatDoesNotWaitIsGreetedAndToldHowThingsStand() throws Exception {
        publish(1);
        String greeted = server.post("/live", "{\"channels\":[],\"wait\":0}").body();
        assertThat(greeted).startsWith("{\"messages\":[{\"type\":\"hello\",").contains("\"heartbeat\":");
        String body = "{\"channels\":[{\"id\":7,\"channel\":\"orders\"}],\"wait\":0}";
        assertThat(server.post("/live", body).body())
                .startsWith("{\"messages\":[{\"type\":\"hello\",")
                .contains("{\"type\":\"subscribed\",\"id\":7,\"channel\":\"orders\",");
        String waiting = body.replace("}],\"wait\":0", ",\"after\":\"0\"}],\"wait\":20000");
        assertThat(server.post("/live", waiting).body()).startsWith("{\"messages\":[{\"type\":\"subscribed\",");
    }

    @Test
    void aPollThatNamesAChannelTwiceIsToldAtOnce() throws Exception {
        String body = "{\"channels\":[{\"channel\":\"orders\"},{\"channel\":\"orders\"}],\"wait\":50000}";
        assertThat(server.post("/live", body).body())
                .contains("{\"type\":\"subscribed\",\"channel\":\"orders\",")
                .contains("already_subscribed");
    }

    @Test
    void whoAsksForTheHeadOnlyIsSentAndCountedNothingElse() throws Exception {
        publish(1);
        String answer = server.raw("HEAD /channels/orders HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
        Traffic traffic = server.counters.traffic(Traffic.Transport.POLL);
        Await.until(() -> traffic.outFraming() == answer.length());
        assertThat(traffic.outEnvelope() + traffic.outData()).isZero();
    }

    @Test
    void bytesAreCountedPerTransportWithFramingEnvelopeAndDataApart() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders"));
        int before = socket.next().length() + socket.next().length();
        Traffic traffic = server.counters.traffic(Traffic.Transport.WEBSOCKET);
        Await.until(() -> traffic.outEnvelope() == before);
        long framing = traffic.outFraming();
        long envelope = traffic.outEnvelope();
        publish(1);
        String message = socket.next();
        Await.until(() -> traffic.outData() > 0);
        assertThat(traffic.outData()).isEqualTo("{\"n\":1}".length());
        assertThat(traffic.outEnvelope() - envelope).isEqualTo(message.length() - traffic.outData());
        assertThat(traffic.outFraming() - framing).isEqualTo(message.length() < 126 ? 2 : 4);
        Traffic posted = server.counters.traffic(Traffic.Transport.POST);
        assertThat(posted.inData()).isEqualTo("{\"n\":1}".length());
        Await.until(() -> posted.inFraming() > 0 && posted.outFraming() > 0);
    }

    /** It was taken off again with each part of the answer; then a counter fell below zero, and there were no metrics at all. */
    @Test
    void aBodyIsTakenOffTheFramingOnceHoweverManyPartsItsAnswerHas() throws Exception {
        String body = "{\"channels\":[{\"channel\":\"orders\"}]}";
        String head = "POST /live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
        Traffic traffic = server.counters.traffic(Traffic.Transport.EVENT_STREAM);
        try (Socket socket = server.connect()) {
            socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
            Await.until(() -> server.engineCounters.subscriptions() == 1);
            for (int n = 1; n <= 5; n++) {
                long delivered = n;
                publish(n);
                Await.until(() -> server.engineCounters.delivered() == delivered);
            }
            Await.until(() -> traffic.outData() == 5L * "{\"n\":1}".length());
            assertThat(traffic.inFraming()).isEqualTo(head.length());
            assertThat(traffic.inEnvelope()).isEqualTo(body.length());
        }
    }

    @Test
    void requestsThatComeTogetherLeaveNoFramingBelowZero() throws Exception {
        String publish = "POST /channels/orders HTTP/1.1\nHost: localhost\nConnection: close\n"
                + "Content-Type: application/json\nContent-Length: 300\n\n\"" + "a".repeat(298) + "\"";
        assertThat(server.raw("GET /healthz HTTP/1.1\nHost: localhost\n\n" + publish))
                .contains("published");
        assertThat(server.counters.traffic(Traffic.Transport.POST).inFraming()).isZero();
    }
}
