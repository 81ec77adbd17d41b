package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Rate;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** https and wss: as over plain TCP, and what is different. */
class TlsTest {

    private static final String UPGRADE = "Upgrade: websocket\nConnection: Upgrade\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n";

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        file = Files.writeString(folder.resolve("server.pem"), SelfSigned.pem(Instant.now(), Duration.ofDays(90)));
        server = server(GatewaySettings.DEFAULT.heartbeat(), GatewaySettings.DEFAULT.requestTimeMax());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestServer server(Duration heartbeat, Duration requestTime) throws IOException {
        return new TestServer(tls(TestServer.settings(
                heartbeat, GatewaySettings.Access.DEVELOPMENT, requestTime, GatewaySettings.DEFAULT.connectionsMax())));
    }

    private GatewaySettings tls(GatewaySettings base) {
        return TestServer.overTls(base, file, base.http2());
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private SSLSocket handshaken() throws IOException {
        SSLSocket socket = (SSLSocket) server.connect();
        socket.startHandshake();
        return socket;
    }

    // ---- as over plain TCP

    @Test
    void itIsBoringSslWhereThatLoads() {
        assertThat(OpenSsl.isAvailable())
                .as("%s", OpenSsl.unavailabilityCause())
                .isTrue();
    }

    @Test
    void allDeliveriesWorkOverTls() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/channels/orders"));
        assertThat(socket.next()).contains("\"type\":\"hello\"");
        assertThat(socket.next()).contains("\"type\":\"subscribed\"");
        try (TestServer.EventStream stream = server.events("/channels/orders")) {
            assertThat(stream.next().getFirst()).isEqualTo("event: hello");
            var poll = server.http.sendAsync(
                    HttpRequest.newBuilder(server.uri("/channels/orders?wait=20s"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            Await.until(() -> server.counters.open(Traffic.Transport.LONG_POLL) == 1);
            assertThat(server.post("/channels/orders", "{\"n\":1}").statusCode())
                    .isEqualTo(201);
            assertThat(socket.next()).contains("{\"n\":1}");
            assertThat(stream.next().getLast()).contains("{\"n\":1}");
            assertThat(poll.get().body()).contains("{\"n\":1}");
        }
        socket.send("{\"type\":\"publish\",\"channel\":\"orders\",\"data\":2}");
        assertThat(List.of(socket.next(), socket.next()).toString()).contains("\"published\"", "\"data\":2");
        assertThat(server.get("/channels/orders").body()).contains("\"data\":{\"n\":1}", "\"data\":2");
        assertThat(server.counters.failures()).isZero();
        assertThat(server.counters.tlsHandshakes()).isGreaterThanOrEqualTo(2);
    }

    /** What was said counts, whether it is sealed or not: so the parts of it add up alike. */
    @Test
    void bytesAreCountedAsOverPlainTcp() throws Exception {
        try (TestServer plain = new TestServer()) {
            for (TestServer each : List.of(server, plain)) {
                // The port is in the Host header: it has five digits on both.
                assertThat(each.port()).isGreaterThan(9999);
                TestSocket socket = new TestSocket(each.http, each.ws("/channels/orders"));
                socket.next();
                socket.next();
                each.post("/channels/orders", "\"" + "a".repeat(40_000) + "\"");
                socket.next();
                each.get("/channels/orders");
                each.raw("GET /channels/orders HTTP/1.1\nHost: localhost\nConnection: close\n\n");
                each.settle();
            }
            for (Traffic.Transport transport : Traffic.Transport.values()) {
                Traffic sealed = server.counters.traffic(transport);
                Traffic open = plain.counters.traffic(transport);
                assertThat(List.of(sealed.inData(), sealed.inEnvelope(), sealed.inFraming()))
                        .as("%s in", transport)
                        .isEqualTo(List.of(open.inData(), open.inEnvelope(), open.inFraming()));
                assertThat(List.of(sealed.outData(), sealed.outEnvelope(), sealed.outFraming()))
                        .as("%s out", transport)
                        .isEqualTo(List.of(open.outData(), open.outEnvelope(), open.outFraming()));
            }
        }
    }

    @Test
    void aSlowReadersBytesAreSeenWaitingAndItMissesNothing() throws Exception {
        try (TestServer beating = server(Duration.ofSeconds(5), Duration.ofSeconds(30));
                Socket slow = beating.connect()) {
            write(slow, "GET /channels/orders HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n");
            Await.until(() -> beating.engineCounters.subscriptions() == 1);
            String body = "\"" + "a".repeat(60_000) + "\"";
            int published = 300; // more than the buffers of both ends can hold
            byte[] pong = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};
            for (int i = 0; i < published; i++) {
                slow.getOutputStream().write(pong); // it lives, and only doesn't read
                assertThat(beating.post("/channels/orders", body).statusCode()).isEqualTo(201);
            }
            assertThat(beating.engineCounters.parked()).isPositive();
            Await.until(() -> beating.waitingBytes() > 0);
            // Its bound, one publication, what is gathered in a turn, and TLS's own bytes.
            assertThat(beating.waitingBytes())
                    .isLessThan(GatewaySettings.DEFAULT.outboxBytesMax() + 2 * 60_000 + Gathered.WRITE_BYTES);
            byte[] buffer = new byte[1 << 16];
            long letters = 0;
            while (letters < published * 60_000L) {
                slow.getOutputStream().write(pong);
                int read = slow.getInputStream().read(buffer);
                assertThat(read).as("letters read: %d", letters).isPositive();
                for (int i = 0; i < read; i++) {
                    letters += buffer[i] == 'a' ? 1 : 0;
                }
            }
            Await.until(() -> beating.waitingBytes() == 0);
        }
    }

    @Test
    void aPeerThatAnswersNoPingIsClosedAndOneThatDoesStays() throws Exception {
        try (TestServer beating = server(Duration.ofSeconds(1), Duration.ofSeconds(30));
                Socket silent = beating.connect()) {
            TestSocket living = new TestSocket(beating.http, beating.ws("/live"));
            living.next();
            write(silent, "GET /live HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n");
            String all = new String(silent.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(all).contains("\u0089\b").contains("heartbeat_missed");
            living.send("{\"type\":\"ping\"}");
            assertThat(living.next()).isEqualTo("{\"type\":\"pong\"}");
            assertThat(beating.counters.heartbeatsMissed()).isEqualTo(1);
        }
    }

    /** The peer is still sending: a socket that is closed with unread bytes is reset, which destroys what is on its way. */
    @Test
    void aCloseFrameReachesAPeerThatIsStillSending() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Socket socket = server.connect()) {
                write(socket, "GET /live HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n");
                byte[] frame = new byte[1 << 17];
                frame[0] = (byte) 0x81;
                frame[1] = (byte) 0xff; // masked, with a length of 64 bits
                frame[7] = 0x10; // 1 MiB, of which a part follows
                socket.getOutputStream().write(frame);
                String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(all).contains("\u0003\u00f1"); // 1009
            }
        }
        assertThat(server.counters.failures()).isZero();
    }

    @Test
    void anAnswerThatEndsItsConnectionEndsItInGoodOrder() throws Exception {
        // The JDK throws where TLS ends without saying so.
        assertThat(server.raw("GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("hello");
        assertThat(server.raw("POST /channels/a HTTP/1.1\nHost: localhost\nContent-Length: 99999999\n\n"
                        + "a".repeat(100_000)))
                .startsWith("HTTP/1.1 413 ");
        Await.until(() -> server.counters.connections() == 0);
    }

    @Test
    void aNodeThatEndsTellsItsClientsToComeBack() throws Exception {
        TestSocket socket = new TestSocket(server.http, server.ws("/live"));
        socket.next();
        server.end();
        assertThat(socket.closed.get()).isEqualTo("4300 moving");
        assertThat(server.counters.connections()).isZero();
    }

    @Test
    void aConnectionTooManyIsToldOverTls() throws Exception {
        AddressLimits limits = new AddressLimits(1, new Rate(1000, 1000), new Rate(1000, 1000), 10);
        try (TestServer small = new TestServer(tls(TestServer.limited(GatewaySettings.Access.DEVELOPMENT, limits)));
                Socket _ = small.connect()) {
            Await.until(() -> small.counters.connections() == 1);
            try (TestServer.EventStream stream = small.events("/channels/orders")) {
                assertThat(stream.next().getLast()).contains("\"code\":4004");
            }
        }
    }

    @Test
    void aPagesOwnOriginIsTheOneOfHttps() throws Exception {
        GatewaySettings.Access access = new GatewaySettings.Access(false, List.of(), List.of("chat.example"));
        try (TestServer strict =
                new TestServer(tls(TestServer.limited(access, GatewaySettings.DEFAULT.perAddress())))) {
            assertThat(strict.raw(get("chat.example", "https://chat.example"))).startsWith("HTTP/1.1 200 ");
            assertThat(strict.raw(get("chat.example:443", "https://chat.example")))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(strict.raw(get("chat.example:8443", "https://chat.example:8443")))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(strict.raw(get("chat.example", "http://chat.example"))).startsWith("HTTP/1.1 403 ");
            assertThat(strict.raw(get("chat.example:8443", "https://chat.example")))
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    private static String get(String host, String origin) {
        return "GET /channels/orders HTTP/1.1\nHost: " + host + "\nOrigin: " + origin + "\nConnection: close\n\n";
    }

    @Test
    void whatIsToldToPeopleNamesTheSchemeThatWorks() throws Exception {
        assertThat(server.get("/live").body()).contains("new WebSocket('wss://'");
        assertThat(server.post("/channels/orders", "a=1", "Content-Type", "text/plain")
                        .body())
                .contains("https://127.0.0.1:" + server.port() + "/channels/orders");
    }

    // ---- handshakes

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void bothVersionsAreSpokenAndHttp11Agreed(String version) throws Exception {
        try (SSLSocket socket = (SSLSocket) server.connect()) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            parameters.setApplicationProtocols(new String[] {"spdy/3", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            assertThat(socket.getSession().getCipherSuite()).containsAnyOf("_GCM_", "CHACHA20_POLY1305");
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
            write(socket, "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n");
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"})
    void aCipherThatIsNotSaneIsRefusedAndCounted(String cipher) throws Exception {
        try (SSLSocket socket = (SSLSocket) server.connect()) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {cipher});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
        Await.until(() -> server.counters.tlsFailed() == 1);
        assertThat(server.counters.failures()).isZero();
        assertThat(server.counters.tlsHandshakes()).isZero();
    }

    private String plain(byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes);
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void plainHttpOnATlsPortIsToldWhatThePortSpeaks() throws Exception {
        assertThat(plain(
                        "GET /channels/orders HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .startsWith("HTTP/1.1 400 Bad Request\r\n")
                .contains("\r\nConnection: close\r\n", "\"code\":4620", "https://");
        assertThat(server.counters.plainRefused()).isEqualTo(1);
        assertThat(server.counters.tlsFailed()).isZero();
    }

    @Test
    void whatIsNeitherTlsNorHttpIsClosedAndCounted() throws Exception {
        assertThat(plain(new byte[] {0, 1, 2})).isEmpty();
        byte[] brokenHandshake = new byte[100];
        brokenHandshake[0] = 22;
        plain(brokenHandshake);
        Await.until(() -> server.counters.tlsFailed() == 2);
        assertThat(server.counters.failures()).isZero();
        Await.until(() -> server.counters.connections() == 0);
    }

    @Test
    void aRecordThatIsBrokenAfterTheHandshakeIsTheEndAndNoFailureOfOurs() throws Exception {
        try (Socket tcp = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            SSLSocket socket = (SSLSocket)
                    TrustAll.CONTEXT.getSocketFactory().createSocket(tcp, "localhost", server.port(), false);
            socket.startHandshake();
            Await.until(() -> server.counters.tlsHandshakes() == 1);
            byte[] record = new byte[45];
            record[0] = 23;
            record[1] = 3;
            record[2] = 3;
            record[4] = 40;
            tcp.getOutputStream().write(record);
            // BoringSSL answers with an alert, and Netty closes when it hears the next one.
            tcp.getOutputStream().write(record);
            Await.until(() -> server.counters.connections() == 0);
        }
        Await.until(() -> server.counters.tlsFailed() == 1);
        assertThat(server.counters.failures()).isZero();
    }

    @Test
    void aHandshakeThatNeverEndsIsEnded() throws Exception {
        try (TestServer impatient = server(Duration.ofMillis(500), Duration.ofMillis(300));
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
                Socket begun = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
            silent.setSoTimeout(20_000);
            begun.setSoTimeout(20_000);
            begun.getOutputStream().write(new byte[] {22, 3, 1});
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(begun.getInputStream().readAllBytes().length).isLessThan(20);
            Await.until(() -> impatient.counters.tlsFailed() == 1);
            assertThat(impatient.counters.failures()).isZero();
        }
    }

    // ---- the certificate

    private Certificate shown() throws IOException {
        try (SSLSocket socket = handshaken()) {
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void aNewCertificateIsTakenOverAndOpenConnectionsStay() throws Exception {
        Certificate first = shown();
        TestSocket open = new TestSocket(server.http, server.ws("/live"));
        open.next();
        server.reloadCertificate();
        assertThat(shown()).isEqualTo(first);
        assertThat(server.counters.certificatesTaken()).isZero();
        Files.writeString(file, SelfSigned.pem(Instant.now(), Duration.ofDays(60)));
        server.reloadCertificate();
        Certificate second = shown();
        assertThat(second).isNotEqualTo(first);
        assertThat(server.counters.certificatesTaken()).isEqualTo(1);
        assertThat(Instant.ofEpochMilli(server.counters.certificateExpiresMillis()))
                .isBetween(
                        Instant.now().plus(Duration.ofDays(59)), Instant.now().plus(Duration.ofDays(61)));
        open.send("{\"type\":\"ping\"}");
        assertThat(open.next()).isEqualTo("{\"type\":\"pong\"}");
    }

    @Test
    void aCertificateThatCannotBeUsedIsToldOnceAndTheOneInUseStays() throws Exception {
        Certificate first = shown();
        String good = Files.readString(file);
        Files.writeString(file, good.substring(0, good.length() / 2));
        server.reloadCertificate();
        server.reloadCertificate();
        assertThat(shown()).isEqualTo(first);
        assertThat(server.counters.certificatesRefused()).isEqualTo(1);
        Files.delete(file);
        server.reloadCertificate();
        assertThat(shown()).isEqualTo(first);
        assertThat(server.counters.certificatesRefused()).isEqualTo(2);
        Files.writeString(file, SelfSigned.pem(Instant.now(), Duration.ofDays(60)));
        server.reloadCertificate();
        assertThat(shown()).isNotEqualTo(first);
        assertThat(server.counters.certificatesTaken()).isEqualTo(1);
    }

    @Test
    void aCertificateThatCannotBeUsedIsNoStart() throws Exception {
        Files.writeString(file, "nothing");
        assertThatThrownBy(() -> server(Duration.ofSeconds(25), Duration.ofSeconds(30)))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " holds no certificate in PEM");
    }
}
