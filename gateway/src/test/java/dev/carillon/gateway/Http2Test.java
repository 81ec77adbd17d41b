package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 (RFC 9113) over TLS: as over HTTP/1.1, on streams of one connection. */
class Http2Test extends Http2Fixture {

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(TrustAll.CONTEXT)
            .build();

    @AfterEach
    void stopClient() {
        http.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server().uri(path)).timeout(Duration.ofSeconds(60));
    }

    private HttpResponse<String> publish(String body) throws Exception {
        HttpRequest post = request("/channels/orders")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(post, HttpResponse.BodyHandlers.ofString());
    }

    // ---- with a client that we did not write

    @Test
    void allDeliveriesWorkOverIt() throws Exception {
        HttpResponse<String> published = publish("{\"n\":1}");
        assertThat(published.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(published.statusCode()).isEqualTo(201);
        HttpResponse<Stream<String>> events = http.send(
                request("/channels/orders")
                        .header("Accept", "text/event-stream")
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        CompletableFuture<HttpResponse<String>> poll =
                http.sendAsync(request("/channels/orders?wait=20s").build(), HttpResponse.BodyHandlers.ofString());
        Await.until(() -> server().counters.open(Traffic.Transport.LONG_POLL) == 1);
        assertThat(publish("{\"n\":2}").statusCode()).isEqualTo(201);
        assertThat(poll.get().body()).contains("{\"n\":2}");
        assertThat(poll.get().version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(events.body().filter(line -> line.contains("{\"n\":2}")).findFirst())
                .isPresent();
        HttpResponse<String> page =
                http.send(request("/channels/orders").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(page.body()).contains("{\"n\":1}", "{\"n\":2}");
        assertThat(page.headers().firstValue("connection")).isEmpty();
        assertThat(http.send(request("/").build(), HttpResponse.BodyHandlers.ofString())
                        .body())
                .endsWith("hello");
        assertThat(server().counters.http2Connections()).isEqualTo(1);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void aHundredEventStreamsShareOneConnectionAndEachIsToldAtOnce() throws Exception {
        publish("0"); // so that there is a connection to share
        int streams = 99; // and one for what is published
        CountDownLatch told = new CountDownLatch(streams);
        List<CompletableFuture<HttpResponse<Void>>> open = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            open.add(http.sendAsync(
                    request("/channels/orders")
                            .header("Accept", "text/event-stream")
                            .build(),
                    HttpResponse.BodyHandlers.fromLineSubscriber(new Lines("\"data\":\"now\"", told))));
        }
        Await.until(() -> server().engineCounters.subscriptions() == streams);
        assertThat(publish("\"now\"").statusCode()).isEqualTo(201);
        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server().counters.http2Connections()).isEqualTo(1);
        assertThat(server().counters.open(Traffic.Transport.EVENT_STREAM)).isEqualTo(streams);
        open.forEach(stream -> stream.cancel(true));
        http.shutdownNow();
        Await.until(() -> server().engineCounters.sessions() == 0);
        assertThat(server().counters.http2Streams()).isZero();
        assertThat(server().counters.failures()).isZero();
    }

    /** Counts down at the first line with the words in it. */
    private static final class Lines implements Flow.Subscriber<String> {
        private final String words;
        private final CountDownLatch told;

        Lines(String words, CountDownLatch told) {
            this.words = words;
            this.told = told;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (line.contains(words)) {
                told.countDown();
            }
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onComplete() {}
    }

    @Test
    void aNodeThatEndsTellsEventStreamsToComeBackAndThatItIsGoing() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.get(1, "/channels/orders", "accept", "text/event-stream");
            peer.awaitText(1, "event: hello");
            peer.connect(3, "/live");
            peer.awaitText(3, "\"hello\"");
            CompletableFuture<Void> ended = CompletableFuture.runAsync(server()::end);
            StringBuilder stream = new StringBuilder();
            StringBuilder socket = new StringBuilder();
            boolean isAnswered = false;
            int goAway = -1;
            try {
                while (true) {
                    Http2Peer.Frame frame = peer.next();
                    stream.append(frame.stream() == 1 ? frame.payload() : "");
                    socket.append(frame.stream() == 3 ? frame.payload() : "");
                    goAway = frame.type() == Http2Peer.GOAWAY ? frame.number(4) : goAway;
                    if (!isAnswered && socket.indexOf("moving") >= 0) {
                        isAnswered = true;
                        peer.data(3, Http2Peer.END_STREAM, Http2Peer.frame(8, "\u0010\u00cc"));
                    }
                }
            } catch (IOException e) {
                assertThat(isAnswered).isTrue();
            }
            ended.get(30, TimeUnit.SECONDS);
            assertThat(goAway).isZero();
            assertThat(stream.toString()).contains("event: error", "\"code\":4300", "event: reconnect", "retry: ");
            assertThat(socket.toString()).contains("\u0010\u00ccmoving");
        }
        // Whoever has to answer a close may take longer than the node waits for it.
        Await.until(() -> server().counters.connections() == 0);
    }

    /** GOAWAY goes out at the beginning, so that its peer opens new streams elsewhere; those that are open are told later. */
    @Test
    void aNodeThatTakesLeaveSendsGoAwayAndTellsEachStreamWhenToComeBack() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.get(1, "/channels/orders", "accept", "text/event-stream");
            peer.awaitText(1, "event: hello");
            peer.get(3, "/channels/orders?wait=20s");
            Await.until(() -> server().counters.open(Traffic.Transport.LONG_POLL) == 1
                    && server().engineCounters.subscriptions() == 2
                    && server().engineCounters.outstanding() == 0);
            server().settle();
            CompletableFuture<Void> drain =
                    server().drain(new Drain(Duration.ZERO, Duration.ZERO, Duration.ofMinutes(10)));
            Map<Integer, String> said = peer.toTheEnd();
            assertThat(said.keySet()).first().isEqualTo(0);
            assertThat(said.get(0)).contains("GOAWAY 0 ");
            assertThat(said.get(1)).contains("event: error", "\"code\":4300").containsPattern("retry: (59|60)\\d{4}\n");
            assertThat(said.get(3))
                    .contains(":status: 200", "\"publications\":[]")
                    .containsPattern("retry-after: (59\\d|60\\d)\n");
            drain.get(30, TimeUnit.SECONDS);
        }
        assertThat(server().counters.moved(Traffic.Transport.EVENT_STREAM)).isEqualTo(1);
        assertThat(server().counters.moved(Traffic.Transport.LONG_POLL)).isEqualTo(1);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void turnedOffOnlyHttp11IsAgreedOn() throws Exception {
        try (TestServer old = new TestServer(with(plain(), null));
                SSLSocket socket = (SSLSocket) old.connect()) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        }
    }
}
