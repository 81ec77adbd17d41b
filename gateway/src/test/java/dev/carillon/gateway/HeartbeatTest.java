package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {

    /** A living peer answers within it, however busy the machine is. */
    private static final Duration HEARTBEAT = Duration.ofMillis(800);

    /** A masked pong that nobody asked for: a sign of life (RFC 6455 §5.5.3). */
    private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(HEARTBEAT, GatewaySettings.Access.DEVELOPMENT);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Socket webSocket(String path) throws Exception {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void aPeerThatAnswersNoPingIsClosedAfterAPing() throws Exception {
        try (Socket silent = webSocket("/live")) {
            byte[] all = silent.getInputStream().readAllBytes();
            String text = new String(all, StandardCharsets.ISO_8859_1);
            assertThat(text).contains("\u0089\b").contains("heartbeat_missed");
            assertThat(server.counters.heartbeatsMissed()).isEqualTo(1);
        }
    }

    @Test
    void aPeerThatAnswersPingsStays() throws Exception {
        TestSocket living = new TestSocket(server.http, server.ws("/live"));
        living.next();
        try (Socket silent = webSocket("/live")) {
            for (int i = 0; i < 3; i++) {
                // As long as one silent peer after the other is found dead, time passes for the living one.
                try (Socket another = webSocket("/live")) {
                    assertThat(another.getInputStream().readAllBytes()).isNotEmpty();
                }
            }
            assertThat(silent.getInputStream().readAllBytes()).isNotEmpty();
        }
        living.send("{\"type\":\"ping\"}");
        assertThat(living.next()).isEqualTo("{\"type\":\"pong\"}");
        assertThat(server.counters.heartbeatsMissed()).isEqualTo(4);
    }

    @Test
    void aPeerThatDoesNotReadButAnswersAsAKernelIsBusyAndNotDead() throws Exception {
        try (Socket slow = webSocket("/channels/orders")) {
            Await.until(() -> server.engineCounters.subscriptions() == 1);
            String body = "\"" + "a".repeat(60_000) + "\"";
            int published = 300; // more than the buffers of both ends can hold
            for (int i = 0; i < published; i++) {
                slow.getOutputStream().write(PONG); // until its buffers are full nothing shows that it is busy
                assertThat(server.post("/channels/orders", body).statusCode()).isEqualTo(201);
            }
            assertThat(server.engineCounters.parked()).isPositive();
            for (int i = 0; i < 4; i++) {
                try (Socket another = webSocket("/live")) {
                    assertThat(another.getInputStream().readAllBytes()).isNotEmpty();
                }
            }
            Await.until(() -> server.counters.open(Traffic.Transport.WEBSOCKET) <= 1);
            assertThat(server.counters.open(Traffic.Transport.WEBSOCKET)).isEqualTo(1);
            // It reads at last, and misses nothing.
            InputStream in = slow.getInputStream();
            byte[] buffer = new byte[1 << 16];
            long letters = 0;
            while (letters < published * 60_000L) {
                slow.getOutputStream().write(PONG);
                int read = in.read(buffer);
                assertThat(read).as("letters read: %d", letters).isPositive();
                for (int i = 0; i < read; i++) {
                    letters += buffer[i] == 'a' ? 1 : 0;
                }
            }
        }
    }

    @Test
    void anEventStreamSaysAHeartbeatSoThatItsReaderCanTellADeadServer() throws Exception {
        try (TestServer.EventStream stream = server.events("/channels/orders")) {
            assertThat(stream.next().toString()).contains("event: hello");
            assertThat(stream.next()).containsExactly("event: heartbeat", "data: {}");
            assertThat(stream.next()).containsExactly("event: heartbeat", "data: {}");
        }
        Await.until(() -> server.counters.open(Traffic.Transport.EVENT_STREAM) == 0);
        assertThat(server.engineCounters.subscriptions()).isZero();
    }
}
