package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Heads of requests over HTTP/2, as they should be and as they should not. */
class Http2HeadsTest extends Http2Fixture {

    // ---- heads

    @Test
    void cookiesThatComeInSeveralFieldsAreOne() throws Exception {
        Guests guests = new Guests();
        guests.add("t", "alice", 100_000, 90_000);
        try (TestServer strict = asking(guests);
                Http2Peer peer = new Http2Peer(strict)) {
            peer.connect(1, "/live", "cookie", "a=1", "origin", "https://localhost", "cookie", "carillon_token=t");
            assertThat(peer.awaitText(1, "\"hello\"")).contains("\"user\":\"alice\"");
        }
    }

    @Test
    void theAuthorityIsTheHostThatIsCheckedAgainstHostsAndOrigins() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.headers(
                    1, 1, ":method", "GET", ":scheme", "https", ":authority", "evil.example", ":path", "/channels/a");
            assertThat(peer.answer(1)).startsWith(":status: 421\n").contains("host_refused");
            peer.get(3, "/channels/a", "origin", "https://evil.example");
            assertThat(peer.answer(3)).startsWith(":status: 403\n").contains("origin_refused");
            peer.get(5, "/channels/a", "host", "LOCALHOST");
            assertThat(peer.answer(5)).startsWith(":status: 200\n");
            peer.headers(7, 1, ":method", "GET", ":scheme", "https", ":path", "/channels/a", "host", "localhost");
            assertThat(peer.answer(7)).startsWith(":status: 200\n");
            peer.connect(9, "/live", "origin", "https://evil.example");
            assertThat(peer.answer(9)).startsWith(":status: 403\n").contains("origin_refused");
        }
        assertThat(server().counters.originsRefused()).isEqualTo(2);
        assertThat(server().counters.hostsRefused()).isEqualTo(1);
    }

    /** RFC 9113 §8.2 and §8.3, RFC 8441 §4: each is an error of its stream, and the connection goes on. */
    @Test
    void malformedRequestsEndTheirStreamsOnly() throws Exception {
        String[][] malformed = {
            {":method", "GET", ":scheme", "https", ":authority", "localhost"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", ""},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "channels"},
            {":scheme", "https", ":authority", "localhost", ":path", "/"},
            {":method", "GET", ":authority", "localhost", ":path", "/"},
            {":method", "GET", ":method", "POST", ":scheme", "https", ":authority", "localhost", ":path", "/"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", ":path", "/x"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", "host", "other"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", "Accept", "a"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", "connection", "close"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", "upgrade", "websocket"},
            {
                ":method",
                "GET",
                ":scheme",
                "https",
                ":authority",
                "localhost",
                ":path",
                "/",
                "transfer-encoding",
                "chunked"
            },
            {":method", "GET", ":scheme", "https", ":authority", "localhost", "accept", "a", ":path", "/"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", ":protocol", "websocket"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", ":other", "x"},
            {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/", ":status", "200"},
            {":method", "G ET", ":scheme", "https", ":authority", "localhost", ":path", "/"},
            {":method", "CONNECT", ":protocol", "websocket", ":authority", "localhost", "sec-websocket-version", "13"},
            {
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
                "13"
            },
        };
        try (Http2Peer peer = new Http2Peer(server())) {
            int stream = 1;
            for (String[] fields : malformed) {
                peer.headers(stream, Http2Peer.END_STREAM, fields);
                int current = stream;
                Http2Peer.Frame answer = peer.await(frame ->
                        frame.stream() == current && (Http2Peer.isReset(frame) || frame.type() == Http2Peer.HEADERS));
                assertThat(Http2Peer.isReset(answer))
                        .as("%s: %s", List.of(fields), answer)
                        .isTrue();
                assertThat(answer.number(0)).as("%s", List.of(fields)).isEqualTo(1); // PROTOCOL_ERROR
                stream += 2;
            }
            peer.get(stream, "/");
            assertThat(peer.answer(stream)).startsWith(":status: 200\n").endsWith("hello");
        }
        assertThat(server().counters.requestsMalformed()).isEqualTo(malformed.length);
        assertThat(server().counters.failures()).isZero();
        assertThat(server().counters.http2Violations()).isZero();
    }

    @Test
    void otherTunnelsAreRefused() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.headers(1, 0, ":method", "CONNECT", ":authority", "localhost:22");
            assertThat(peer.answer(1)).startsWith(":status: 501\n");
            assertThat(peer.await(Http2Peer.RST_STREAM, 1).number(0)).isZero();
            peer.headers(
                    3,
                    0,
                    ":method",
                    "CONNECT",
                    ":protocol",
                    "connect-udp",
                    ":scheme",
                    "https",
                    ":authority",
                    "localhost",
                    ":path",
                    "/");
            assertThat(peer.answer(3)).startsWith(":status: 501\n");
        }
        Await.until(() -> server().counters.http2Streams() == 0);
    }

    @Test
    void aHeadOverTheLimitIsAnswered431AndTheConnectionGoesOn() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.get(1, "/", "x-long", "a".repeat(16_300));
            assertThat(peer.await(Http2Peer.HEADERS, 1).payload()).startsWith(":status: 431\n");
            peer.get(3, "/");
            assertThat(peer.answer(3)).startsWith(":status: 200\n");
        }
        assertThat(server().counters.requestsTooLarge()).isEqualTo(1);
    }

    @Test
    void aBodyOverTheLimitIsAnsweredBeforeItHasComeAndThePeerAskedToLeaveIt() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.headers(1, 0, post("content-length", "99999999"));
            assertThat(peer.answer(1)).startsWith(":status: 413\n");
            assertThat(peer.await(Http2Peer.RST_STREAM, 1).number(0)).isZero();
            peer.get(3, "/");
            assertThat(peer.answer(3)).startsWith(":status: 200\n");
        }
        assertThat(server().counters.requestsTooLarge()).isEqualTo(1);
        assertThat(server().counters.failures()).isZero();
    }

    @Test
    void aHeadRequestAndABodyWithTrailersAreAnswered() throws Exception {
        try (Http2Peer peer = new Http2Peer(server())) {
            peer.headers(1, 1, ":method", "HEAD", ":scheme", "https", ":authority", "localhost", ":path", "/");
            Http2Peer.Frame head = peer.await(Http2Peer.HEADERS, 1);
            assertThat(head.payload()).startsWith(":status: 200\n").contains("content-length: 8\n");
            assertThat(head.isEnd()).isTrue();
            peer.headers(3, 0, post("expect", "100-continue"));
            assertThat(peer.await(Http2Peer.HEADERS, 3).payload()).startsWith(":status: 100\n");
            peer.data(3, 0, "{\"n\"");
            peer.data(3, 0, ":1}");
            peer.headers(3, Http2Peer.END_STREAM, "checksum", "none");
            assertThat(peer.answer(3)).startsWith(":status: 201\n").contains("\"offset\":1");
        }
    }
}
