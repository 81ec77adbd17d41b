package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What becomes of a peer that takes what it is sent slowly, or not at all. */
class SlowReaderTest {

    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration SLOW = Duration.ofMillis(300);
    private static final int LETTERS = 60_000;
    private static final String BODY = "\"" + "a".repeat(LETTERS) + "\"";
    private static final int RECEIVE_BYTES = 64 << 10;
    /** Of one answer: several times what the system's buffers hold, so that most of it waits in the server. */
    private static final int PUBLICATIONS = 300;

    private static final int PAGE_BYTES = 32 << 20;

    private static TestServer server(Duration requestTime, Duration slowReaderTime) throws IOException {
        return new TestServer(TestServer.settings(HEARTBEAT, GatewaySettings.Access.DEVELOPMENT, requestTime, 1000)
                .withSlowReaderTimeMax(slowReaderTime));
    }

    private static Socket ask(TestServer server, String request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE_BYTES);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static Socket webSocket(TestServer server, String path) throws IOException {
        return ask(
                server,
                "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    }

    private static void publishUntilSlowOnesHaveEnded(TestServer server, int count) throws Exception {
        for (int i = 0; i < 2000 && server.engineCounters.ended(Code.SLOW) < count; i++) {
            assertThat(server.post("/channels/orders", BODY).statusCode()).isEqualTo(201);
        }
        assertThat(server.engineCounters.ended(Code.SLOW)).isEqualTo(count);
    }

    @Test
    void whoLetsItsSocketStayFullIsClosedAsSlowWhereThatIsConfigured() throws Exception {
        try (TestServer server = server(GatewaySettings.DEFAULT.requestTimeMax(), SLOW);
                Socket slow = webSocket(server, "/channels/orders")) {
            Await.until(() -> server.engineCounters.subscriptions() == 1);
            TestSocket quick = new TestSocket(server.http, server.ws("/live"));
            assertThat(quick.next()).contains("hello");
            publishUntilSlowOnesHaveEnded(server, 1);
            String heard = new String(slow.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(heard).endsWith("\u0088\u0006\u0010\u00d0slow"); // 4304
            quick.send("{\"type\":\"ping\"}");
            assertThat(quick.next()).isEqualTo("{\"type\":\"pong\"}");
            Await.until(() -> server.engineCounters.subscriptions() == 0);
            assertThat(server.engineCounters.parked()).isPositive();
        }
    }

    @Test
    void aSlowEventStreamIsToldToComeBack() throws Exception {
        try (TestServer server = server(GatewaySettings.DEFAULT.requestTimeMax(), SLOW);
                Socket slow = ask(
                        server,
                        "GET /channels/orders HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")) {
            Await.until(() -> server.engineCounters.subscriptions() == 1);
            publishUntilSlowOnesHaveEnded(server, 1);
            String heard = new String(slow.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            String farewell = heard.substring(heard.lastIndexOf("event: error"));
            assertThat(farewell).contains("\"code\":4304", "\"name\":\"slow\"", "event: reconnect", "retry: ");
            assertThat(server.counters.open(Traffic.Transport.EVENT_STREAM)).isZero();
        }
    }

    @Test
    void nobodyIsDisconnectedForBeingSlowUnlessThatIsConfigured() {
        assertThat(GatewaySettings.DEFAULT.slowReaderTimeMax()).isZero();
    }

    /** It was cut off after {@code requestTime}, as if it had nothing to read and idled. */
    @Test
    void anAnswerMayTakeLongerThanARequestMay() throws Exception {
        Duration requestTime = Duration.ofSeconds(1);
        try (TestServer server = new TestServer(
                TestServer.settings(HEARTBEAT, GatewaySettings.Access.DEVELOPMENT, requestTime, 1000), PAGE_BYTES)) {
            for (int i = 0; i < PUBLICATIONS; i++) {
                assertThat(server.post("/channels/orders", BODY).statusCode()).isEqualTo(201);
            }
            try (Socket slow = ask(
                    server, "GET /channels/orders?limit=" + PUBLICATIONS + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
                InputStream in = slow.getInputStream();
                long begin = System.nanoTime();
                long letters = 0;
                while (System.nanoTime() - begin < 3 * requestTime.toNanos()) {
                    letters += lettersIn(in.readNBytes(RECEIVE_BYTES / 4));
                    long read = System.nanoTime();
                    Await.until(() -> System.nanoTime() - read > requestTime.toNanos() / 10);
                }
                while (letters < (long) PUBLICATIONS * LETTERS) {
                    byte[] more = in.readNBytes(1024);
                    assertThat(more).as("after %d letters", letters).isNotEmpty();
                    letters += lettersIn(more);
                }
            }
            assertThat(server.counters.requestsLate()).isZero();
        }
    }

    private static long lettersIn(byte[] bytes) {
        long letters = 0;
        for (byte b : bytes) {
            letters += b == 'a' ? 1 : 0;
        }
        return letters;
    }
}
