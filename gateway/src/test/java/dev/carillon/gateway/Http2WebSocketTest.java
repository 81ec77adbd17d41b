package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** WebSockets on streams of HTTP/2 (RFC 8441), and the windows that streams share a connection by (RFC 9113 §5.2). */
class Http2WebSocketTest extends Http2Fixture {

    private static Http2Peer.Frame greeted(Http2Peer peer, int stream) throws IOException {
        Http2Peer.Frame head = peer.await(Http2Peer.HEADERS, stream);
        peer.awaitText(stream, "\"hello\"");
        return head;
    }

    @Test
    void theServerSaysThatItTakesThem() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            // SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3).
            assertThat(peer.await(Http2Peer.SETTINGS, 0).payload()).contains("\0\b\0\0\0\1");
        }
    }

    @Test
    void oneIsASessionLikeAnyOther() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.connect(1, "/live", "sec-websocket-protocol", "other, carillon.v1");
            Http2Peer.Frame head = greeted(peer, 1);
            assertThat(head.payload())
                    .startsWith(":status: 200\n")
                    .contains("sec-websocket-protocol: carillon.v1\n")
                    .doesNotContain("sec-websocket-accept", "upgrade");
            peer.data(1, 0, Http2Peer.frame(1, "{\"type\":\"subscribe\",\"channel\":\"orders\"}"));
            peer.awaitText(1, "\"subscribed\"");
            // A frame may be parted over several of HTTP/2's.
            String publish = Http2Peer.frame(1, "{\"type\":\"publish\",\"channel\":\"orders\",\"data\":7}");
            peer.data(1, 0, publish.substring(0, 1));
            peer.data(1, 0, publish.substring(1, 20));
            peer.data(1, 0, publish.substring(20));
            assertThat(peer.awaitText(1, "\"data\":7")).contains("\"published\"");
            peer.data(1, 0, Http2Peer.frame(9, "are you there"));
            peer.awaitText(1, "\u008a\rare you there");
        }
        Await.until(() -> server().engineCounters.sessions() == 0);
        assertThat(server().counters.http2WebSockets()).isEqualTo(1);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void severalShareAConnectionWithAllElse() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            for (int stream = 1; stream < 20; stream += 2) {
                peer.connect(stream, "/channels/orders");
                peer.awaitText(stream, "\"subscribed\"");
            }
            peer.headers(21, 0, post());
            peer.data(21, Http2Peer.END_STREAM, "\"to all\"");
            boolean[] told = new boolean[20];
            int missing = 10;
            while (missing > 0) {
                Http2Peer.Frame frame = peer.await(each -> each.payload().contains("\"data\":\"to all\""));
                assertThat(told[frame.stream()]).isFalse();
                told[frame.stream()] = true;
                missing--;
            }
            assertThat(server().counters.http2Connections()).isEqualTo(1);
        }
    }

    @Test
    void aClosingHandshakeEndsTheStreamAndNotTheConnection() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.connect(1, "/live");
            greeted(peer, 1);
            peer.data(1, 0, Http2Peer.frame(8, "\u0003\u00e8bye"));
            assertThat(peer.awaitText(1, "bye")).contains("\u0088\5\u0003\u00e8bye");
            Http2Peer.Frame end = peer.await(frame -> frame.stream() == 1 && frame.type() != Http2Peer.WINDOW_UPDATE);
            assertThat(end.isEnd()).as("%s", end).isTrue();
            peer.data(1, Http2Peer.END_STREAM, "");
            Await.until(() -> server().counters.http2Streams() == 0);
            assertThat(server().engineCounters.sessions()).isZero();
            peer.get(3, "/");
            assertThat(peer.answer(3)).endsWith("hello");
        }
    }

    @Test
    void aPeerThatDoesNotEndItsDirectionIsResetAfterAWhile() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.connect(1, "/live");
            greeted(peer, 1);
            peer.data(1, 0, Http2Peer.frame(8, "\u0003\u00e8"));
            assertThat(peer.await(Http2Peer.RST_STREAM, 1).number(0)).isEqualTo(8); // CANCEL
            Await.until(() -> server().counters.http2Streams() == 0);
        }
    }

    @Test
    void whatBreaksAFrameIsToldByItsCode() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.connect(1, "/live");
            greeted(peer, 1);
            peer.data(1, 0, "\u0081\1a"); // without a mask
            peer.awaitText(1, "\u0003\u00ea"); // 1002
            peer.connect(3, "/live");
            greeted(peer, 3);
            peer.data(3, 0, "\u0081\u00ff\0\0\0\0\0\u0010\0\0aaaa"); // 1 MiB
            peer.awaitText(3, "\u0003\u00f1"); // 1009
        }
        Await.until(() -> server().engineCounters.sessions() == 0);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void theEndOfAStreamOrItsResetOrThatOfTheConnectionEndsTheSession() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            for (int stream = 1; stream <= 5; stream += 2) {
                peer.connect(stream, "/channels/orders");
                greeted(peer, stream);
            }
            peer.data(1, Http2Peer.END_STREAM, "");
            Await.until(() -> server().engineCounters.sessions() == 2);
            assertThat(peer.await(frame -> frame.stream() == 1 && frame.isEnd()))
                    .isNotNull();
            peer.sendNumber(Http2Peer.RST_STREAM, 3, 8);
            Await.until(() -> server().engineCounters.sessions() == 1);
        }
        Await.until(() -> server().engineCounters.sessions() == 0);
        assertThat(server().counters.http2Streams()).isZero();
        assertThat(server().counters.failures()).isZero();
    }

    /** RFC 9113 §6.9.1. */
    @Test
    void aStreamThatBreaksTheRulesOfHttp2EndsItsSessionAndIsNoFailureOfOurs() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.connect(1, "/live");
            greeted(peer, 1);
            peer.sendNumber(Http2Peer.WINDOW_UPDATE, 1, 0);
            assertThat(peer.await(Http2Peer.RST_STREAM, 1).number(0)).isEqualTo(1); // PROTOCOL_ERROR
            Await.until(() -> server().engineCounters.sessions() == 0);
            peer.get(3, "/");
            assertThat(peer.answer(3)).endsWith("hello");
        }
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void aHandshakeThatIsNoneIsRefused() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            String[] old = {
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "https",
                ":authority",
                "localhost",
                ":path",
                "/live",
                "sec-websocket-version",
                "8"
            };
            peer.headers(1, 0, old);
            assertThat(peer.answer(1)).startsWith(":status: 400\n").contains("sec-websocket-version: 13\n");
            peer.connect(3, "/channels/orders", "sec-websocket-protocol", "a, a");
            assertThat(peer.answer(3)).startsWith(":status: 400\n");
            peer.connect(5, "/docs");
            assertThat(peer.answer(5)).startsWith(":status: 404\n");
            int stream = 7;
            // What answers a CONNECT with 200 has opened a tunnel: only what speaks WebSocket may.
            String inspector = "/inspect/abcdefghijklmnopqrstuv";
            for (String path : List.of("/", "/channels/a/presence", "/channels/a/signals", inspector, "/healthz")) {
                peer.connect(stream, path);
                assertThat(peer.answer(stream)).as(path).containsPattern("^:status: 40[45]\n");
                stream += 2;
            }
            peer.connect(stream, "/channels/no%20channel");
            assertThat(peer.answer(stream)).startsWith(":status: 400\n").contains("invalid_channel");
        }
        assertThat(server().counters.http2WebSockets()).isZero();
    }

    @Test
    void aRefusedCredentialIsToldOverAnOpenSocketAsOverHttp11() throws Exception {
        try (TestServer strict = asking(new Guests());
                Http2Peer peer = new Http2Peer(strict)) {
            peer.connect(1, "/live?token=unknown");
            assertThat(peer.await(Http2Peer.HEADERS, 1).payload()).startsWith(":status: 200\n");
            assertThat(peer.awaitText(1, "\u0088")).contains("\"name\":\"token_invalid\"");
        }
    }

    // ---- windows

    /** What one stream doesn't take waits for it alone, and no more of it than the bound. */
    @Test
    void aStreamThatIsNotReadStopsNoOtherAndIsServedFromTheLogLater() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.get(1, "/channels/orders", "accept", "text/event-stream");
            peer.get(3, "/channels/orders", "accept", "text/event-stream");
            Await.until(() -> server().engineCounters.subscriptions() == 2);
            peer.sendNumber(Http2Peer.WINDOW_UPDATE, 0, 1 << 30);
            String letters = "a".repeat(40_000);
            int published = 60;
            StringBuilder stalled = new StringBuilder();
            for (int i = 0; i < published; i++) {
                assertThat(server().post("/channels/orders", "\"" + letters + i + "\"")
                                .statusCode())
                        .isEqualTo(201);
                StringBuilder taken = new StringBuilder();
                while (taken.indexOf("a" + i + "\"") < 0) {
                    Http2Peer.Frame frame = peer.await(each -> each.type() == Http2Peer.DATA);
                    if (frame.stream() == 1) {
                        stalled.append(frame.payload());
                    } else {
                        taken.append(frame.payload());
                        peer.sendNumber(
                                Http2Peer.WINDOW_UPDATE, 3, frame.payload().length());
                    }
                }
            }
            assertThat(stalled.length()).isLessThanOrEqualTo(65_535);
            assertThat(server().engineCounters.parked()).isPositive();
            peer.sendNumber(Http2Peer.WINDOW_UPDATE, 1, 1 << 30);
            while (stalled.indexOf("a" + (published - 1) + "\"") < 0) {
                stalled.append(peer.await(Http2Peer.DATA, 1).payload());
            }
            assertThat(stalled.chars().filter(letter -> letter == 'a').count())
                    .isGreaterThanOrEqualTo(40_000L * published);
            assertThat(stalled.toString()).doesNotContain("event: gap");
        }
    }

    @Test
    void whatWaitsForAStreamIsSeenAndBounded() throws Exception {
        try (TestServer beating = new TestServer(settings(Duration.ofMillis(500), Duration.ofSeconds(30)));
                Http2Peer peer = new Http2Peer(beating, 1000)) {
            peer.connect(1, "/channels/orders");
            Await.until(() -> beating.engineCounters.subscriptions() == 1);
            String letters = "\"" + "a".repeat(60_000) + "\"";
            for (int i = 0; i < 30; i++) {
                assertThat(beating.post("/channels/orders", letters).statusCode())
                        .isEqualTo(201);
            }
            Await.until(() -> beating.engineCounters.parked() > 0 && beating.waitingBytes() > 100_000);
            assertThat(beating.waitingBytes())
                    .isLessThan(GatewaySettings.DEFAULT.outboxBytesMax() + 2 * 60_000 + Gathered.WRITE_BYTES);
        }
    }

    /** A session that waits for an answer is not read from; that fills its stream's window, and no other's. */
    @Test
    void whatAStreamSendsAndNobodyReadsStopsNoOther() throws Exception {
        Decisions nobodySays = new AllComers() {
            @Override
            public void onConnect(@Nullable String token, Consumer<Admission> answer) {
                if (token == null) {
                    super.onConnect(null, answer);
                }
            }
        };
        try (TestServer strict = asking(nobodySays);
                Http2Peer peer = new Http2Peer(strict)) {
            for (int stream = 1; stream <= 5; stream += 2) {
                peer.connect(stream, "/live?token=t");
                for (int i = 0; i < 4; i++) {
                    peer.data(stream, 0, "a".repeat(16_000)); // together more than a connection's window has at first
                }
            }
            peer.headers(7, 0, post());
            peer.data(7, Http2Peer.END_STREAM, "\"" + "b".repeat(15_000) + "\"");
            assertThat(peer.answer(7)).startsWith(":status: 201\n");
        }
    }
}
