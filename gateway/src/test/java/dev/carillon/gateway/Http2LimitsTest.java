package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Rate;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What an HTTP/2 connection may do, and how long it may do nothing. */
class Http2LimitsTest extends Http2Fixture {

    // ---- limits

    @Test
    void aStreamTooManyIsRefusedAndMayComeAgain() throws Exception {
        try (TestServer small = limited(new Http2Limits(2, 100, 100));
                Http2Peer peer = new Http2Peer(small)) {
            for (int stream = 1; stream <= 5; stream += 2) {
                peer.get(stream, "/channels/orders", "accept", "text/event-stream");
            }
            Http2Peer.Frame refused = peer.await(Http2Peer::isReset);
            assertThat(refused.stream()).isEqualTo(5);
            assertThat(refused.number(0)).isEqualTo(7); // REFUSED_STREAM
            assertThat(small.counters.streamsRefused()).isEqualTo(1);
            peer.sendNumber(Http2Peer.RST_STREAM, 1, 8);
            peer.get(7, "/");
            assertThat(peer.answer(7)).startsWith(":status: 200\n");
        }
    }

    interface Flood {
        void send(Http2Peer peer, int turn) throws IOException;
    }

    private void isEndedForFlooding(Flood flood, int turns) throws Exception {
        try (TestServer small = limited(new Http2Limits(20, 30, 30));
                Http2Peer peer = new Http2Peer(small)) {
            try {
                for (int turn = 0; turn < turns; turn++) {
                    flood.send(peer, turn);
                }
            } catch (IOException e) {
                // The server has closed it already, and counts as soon as it does so.
                assertThat(e).isNotNull();
            }
            Await.until(() -> small.counters.http2Floods() == 1);
            Await.until(() -> small.counters.connections() == 0);
            assertThat(small.counters.http2Violations()).isZero();
            assertThat(small.counters.failures()).isZero();
            Await.until(() -> small.engineCounters.sessions() == 0);
        }
    }

    /** CVE-2023-44487. */
    @Test
    void streamsResetAsFastAsTheyAreOpenedEndTheConnection() throws Exception {
        isEndedForFlooding(
                (peer, turn) -> {
                    peer.get(2 * turn + 1, "/channels/orders", "accept", "text/event-stream");
                    peer.sendNumber(Http2Peer.RST_STREAM, 2 * turn + 1, 8);
                },
                40);
    }

    /** CVE-2025-55163: the peer has the server reset them. */
    @Test
    void streamsThatTheServerIsMadeToResetEndTheConnection() throws Exception {
        isEndedForFlooding(
                (peer, turn) -> {
                    peer.get(2 * turn + 1, "/channels/orders", "accept", "text/event-stream");
                    peer.sendNumber(Http2Peer.WINDOW_UPDATE, 2 * turn + 1, 0);
                },
                40);
    }

    /** CVE-2019-9512. */
    @Test
    void aFloodOfPingsEndsTheConnection() throws Exception {
        isEndedForFlooding((peer, _) -> peer.send(Http2Peer.PING, 0, 0, new byte[8]), 40);
    }

    /** CVE-2019-9515. */
    @Test
    void aFloodOfSettingsEndsTheConnection() throws Exception {
        isEndedForFlooding((peer, _) -> peer.send(Http2Peer.SETTINGS, 0, 0, new byte[0]), 40);
    }

    @Test
    void aFloodOfPrioritiesOrOfFramesThatNobodyKnowsEndsTheConnection() throws Exception {
        isEndedForFlooding((peer, turn) -> peer.send(Http2Peer.PRIORITY, 0, 2 * turn + 1, new byte[5]), 40);
        isEndedForFlooding((peer, _) -> peer.send(0x77, 0, 0, new byte[5]), 40);
    }

    /** CVE-2019-9518. */
    @Test
    void aFloodOfEmptyDataEndsTheConnection() throws Exception {
        isEndedForFlooding(
                (peer, turn) -> {
                    if (turn == 0) {
                        peer.connect(1, "/live");
                    }
                    peer.data(1, 0, "");
                },
                40);
    }

    /** CVE-2024-27316 and its kin. */
    @Test
    void aFloodOfContinuationsEndsTheConnection() throws Exception {
        isEndedForFlooding(
                (peer, turn) -> {
                    byte[] more = Http2Peer.block("x-" + turn, "a");
                    peer.send(turn == 0 ? Http2Peer.HEADERS : Http2Peer.CONTINUATION, 0, 1, more);
                },
                40);
    }

    @Test
    void aPeerThatBreaksTheProtocolIsToldByACodeAndNothingElse() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.data(0, 0, "data on no stream");
            assertThat(peer.await(Http2Peer.GOAWAY, 0).payload()).hasSize(8).endsWith("\1");
        }
        assertThat(server().counters.http2Violations()).isEqualTo(1);
        Await.until(() -> server().counters.connections() == 0);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void streamsCountAsConnectionsOfTheirAddress() throws Exception {
        AddressLimits limits = new AddressLimits(2, new Rate(1000, 1000), new Rate(1000, 1000), 10);
        try (TestServer small = new TestServer(over(TestServer.limited(GatewaySettings.Access.DEVELOPMENT, limits)));
                Http2Peer peer = new Http2Peer(small)) {
            for (int stream = 1; stream <= 3; stream += 2) {
                peer.get(stream, "/channels/orders", "accept", "text/event-stream");
                peer.awaitText(stream, "event: hello");
            }
            peer.get(5, "/channels/orders", "accept", "text/event-stream");
            assertThat(peer.answer(5))
                    .startsWith(":status: 200\n")
                    .contains("event: error", "\"code\":4004", "reconnect");
            assertThat(small.counters.addressConnectionsRefused()).isEqualTo(1);
            peer.sendNumber(Http2Peer.RST_STREAM, 1, 8);
            Await.until(() -> small.counters.http2Streams() == 1);
            peer.get(7, "/channels/orders");
            assertThat(peer.answer(7)).startsWith(":status: 200\n").contains("\"history\"");
        }
        Await.until(() -> server().counters.connections() == 0);
    }

    @Test
    void aConnectionTooManyIsToldOnItsStreams() throws Exception {
        AddressLimits limits = new AddressLimits(1, new Rate(1000, 1000), new Rate(1000, 1000), 10);
        try (TestServer small = new TestServer(over(TestServer.limited(GatewaySettings.Access.DEVELOPMENT, limits)));
                Http2Peer first = new Http2Peer(small);
                Http2Peer second = new Http2Peer(small)) {
            second.get(1, "/channels/orders", "accept", "text/event-stream");
            assertThat(second.toTheEnd().get(1)).startsWith(":status: 200\n").contains("\"code\":4004");
            first.get(1, "/");
            assertThat(first.answer(1)).startsWith(":status: 200\n");
        }
    }

    // ---- idling and signs of life

    @Test
    void aConnectionWithoutStreamsIsLetGoOf() throws Exception {
        try (TestServer impatient = new TestServer(settings(Duration.ofMillis(500), Duration.ofMillis(300)));
                Http2Peer peer = new Http2Peer(impatient)) {
            peer.get(1, "/");
            assertThat(peer.answer(1)).endsWith("hello");
            assertThat(peer.toTheEnd().get(0)).contains("GOAWAY 0 ");
            Await.until(() -> impatient.counters.connections() == 0);
        }
    }

    @Test
    void aRequestThatDoesNotComeInWholeIsLetGoOf() throws Exception {
        try (TestServer impatient = new TestServer(settings(Duration.ofMillis(500), Duration.ofMillis(300)));
                Http2Peer peer = new Http2Peer(impatient)) {
            peer.headers(1, 0, post());
            peer.data(1, 0, "{");
            peer.await(Http2Peer.RST_STREAM, 1);
            assertThat(impatient.counters.requestsLate()).isEqualTo(1);
        }
    }

    @Test
    void aPeerThatAnswersNoPingIsTakenForDeadWithAllItsStreams() throws Exception {
        try (TestServer beating = new TestServer(settings(Duration.ofMillis(500), Duration.ofSeconds(30)));
                Http2Peer living = new Http2Peer(beating);
                Http2Peer silent = new Http2Peer(beating)) {
            silent.isAlive = false;
            for (Http2Peer peer : List.of(living, silent)) {
                peer.get(1, "/channels/orders", "accept", "text/event-stream");
                peer.awaitText(1, "event: hello");
            }
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> {
                try {
                    return living.awaitText(1, "over");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(silent.toTheEnd()).isNotEmpty();
            assertThat(beating.counters.heartbeatsMissed()).isEqualTo(1);
            Await.until(() -> beating.engineCounters.subscriptions() == 1);
            beating.post("/channels/orders", "\"over\"");
            assertThat(heard.get(30, TimeUnit.SECONDS)).contains("event: heartbeat", "over");
        }
    }
}
