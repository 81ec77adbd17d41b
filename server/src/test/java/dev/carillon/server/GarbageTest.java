package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that say nothing sensible, beside some that do. */
@Tag("process")
final class GarbageTest {

    private static final int CONNECTIONS = 2000;
    private static final int AT_A_TIME = 40;

    /** What the server may grow by while three quarters of the connections come and go: less than 32 KiB each. */
    private static final long GROWTH_BYTES_MAX = CONNECTIONS * 3 / 4 * (32L << 10);

    private static final String GOOD = "good:1";

    /** A server that kept what these connections sent or were sent would need more than that. */
    private static final String SMALL_MEMORY = "-Xmx96m -XX:MaxDirectMemorySize=48m -XX:+ExitOnOutOfMemoryError"
            + " -Dio.netty.leakDetection.level=paranoid";

    @TempDir
    private Path folder = Path.of("");

    private final long seed = Seed.of(GarbageTest.class);

    @Test
    void garbageHarmsNobodyElse() throws Exception {
        try (ServerProcess server = ServerProcess.carillonUnder(
                List.of(), Map.of("CARILLON_JAVA_OPTS", SMALL_MEMORY), folder, "serve", "--port", "0")) {
            int port = server.ready().getPort();
            List<Publication> published;
            try (Peer peer = new Peer(server.ready())) {
                List<Reader> readers = Reader.followAll(peer, GOOD, Position.ORIGIN);
                AtomicBoolean isOver = new AtomicBoolean();
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    Future<Integer> publisher = threads.submit(() -> publishUntil(peer, isOver));
                    try {
                        throwGarbage(port, 0, CONNECTIONS / 4);
                        long before = server.residentBytes();
                        throwGarbage(port, CONNECTIONS / 4, CONNECTIONS);
                        long growth = server.residentBytes() - before;
                        System.out.println("GarbageTest: grown by " + (growth >> 10) + " KiB from " + (before >> 10));
                        assertThat(growth).isLessThan(GROWTH_BYTES_MAX);
                    } finally {
                        isOver.set(true);
                    }
                    int count = publisher.get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    System.out.println("GarbageTest: " + count + " good publications meanwhile");
                    published = peer.history(GOOD);
                    assertThat(published).hasSize(count).hasSizeGreaterThan(20);
                }
                for (Reader reader : readers) {
                    reader.awaitPosition(published.getLast().position());
                    assertThat(reader.seen()).as("%s", reader).isEqualTo(published);
                    reader.close();
                }
            }
            assertNothingIsLeft(server);
        }
    }

    private static int publishUntil(Peer peer, AtomicBoolean isOver) throws Exception {
        int n = 0;
        while (!isOver.get()) {
            n++;
            peer.publish(GOOD, "key-of-the-order-" + n, "{\"n\":" + n + "}");
        }
        return n;
    }

    /** The server's own numbers, and its log. */
    private static void assertNothingIsLeft(ServerProcess server) throws Exception {
        try (Peer peer = new Peer(server.ready())) {
            Peer.until("only this connection is left", () -> numberOf(peer, "carillon_connections") == 1);
            // What hung on a connection is let go of after it.
            Peer.until(
                    "only the apps' own sessions are left, of the chat and the dispatch",
                    () -> numberOf(peer, "carillon_sessions") == 2);
            Peer.until("nobody subscribes", () -> numberOf(peer, "carillon_subscriptions") == 0);
            for (String transport : List.of("websocket", "sse", "longpoll")) {
                String series = "carillon_connections_open{transport=\"" + transport + "\"}";
                Peer.until("none is open by " + transport, () -> numberOf(peer, series) == 0);
            }
            assertThat(numberOf(peer, "carillon_failures_total")).isZero();
            assertThat(server.err()).doesNotContain("Exception", "\tat ", "ERROR", "LEAK");
            assertThat(numberOf(peer, "carillon_gateway_refusals_total{why=\"malformed\"}"))
                    .as("malformed")
                    .isGreaterThan(CONNECTIONS / 20.0);
        }
        assertThat(server.isRunning()).isTrue();
    }

    private static double numberOf(Peer peer, String series) {
        try {
            return peer.metric(series);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void throwGarbage(int port, int from, int to) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = from; i < to; i++) {
                Garbage garbage = new Garbage(new Random(seed + i), i);
                all.add(threads.submit(() -> {
                    garbage.sendTo(port);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    /** What one connection says. */
    private record Garbage(Random random, int number) {

        private static final int KINDS = 10;

        private byte[] bytes() {
            return switch (number % KINDS) {
                case 0 -> noise(2000);
                case 1 -> cut(text("GET /channels/" + GOOD + " HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"));
                case 2 -> joined(text("GET /channels/" + GOOD + " HTTP/1.1\r\nHost: localhost\r\n"), noise(500));
                case 3 ->
                    cut(text("POST /channels/other HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                            + "\r\nContent-Length: 60000\r\n\r\n" + "[1,2,3,".repeat(5000)));
                case 4 -> joined(handshake("/live"), noise(3000));
                case 5 -> joined(handshake("/live"), frames());
                case 6 -> joined(handshake("/channels/" + GOOD + "?after=0"), frame(noise(60)));
                case 7 ->
                    text("GET /channels/" + GOOD + "?after=0 HTTP/1.1\r\nHost: localhost\r\n"
                            + "Accept: text/event-stream\r\n\r\n");
                case 8 ->
                    joined(
                            text("GET /channels/nobody?wait=20s&after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                            noise(100));
                default ->
                    joined(
                            text("POST /live HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"),
                            noise(1000));
            };
        }

        void sendTo(int port) throws IOException {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                try {
                    socket.setSoTimeout((int) Peer.PATIENCE.toMillis());
                    socket.getOutputStream().write(bytes());
                    if (random.nextBoolean()) {
                        // Gone without a word.
                        socket.setSoLinger(true, 0);
                    } else {
                        socket.shutdownOutput();
                        socket.getInputStream().skipNBytes(Long.MAX_VALUE);
                    }
                } catch (SocketTimeoutException e) {
                    throw new AssertionError("kind " + number % KINDS + " was left open", e);
                } catch (IOException e) {
                    // The server closed first, or said all that it had to say.
                }
            }
        }

        private static byte[] text(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        private byte[] noise(int max) {
            byte[] bytes = new byte[random.nextInt(max) + 1];
            random.nextBytes(bytes);
            return bytes;
        }

        private byte[] cut(byte[] whole) {
            return java.util.Arrays.copyOf(whole, 1 + random.nextInt(whole.length - 1));
        }

        private static byte[] joined(byte[]... parts) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                all.writeBytes(part);
            }
            return all.toByteArray();
        }

        private static byte[] handshake(String path) {
            return text("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        }

        /** Well-formed frames with text that is nearly right, and then one that is not well-formed. */
        private byte[] frames() {
            List<String> nearly = List.of(
                    "{\"type\":\"subscribe\",\"channel\":\"" + GOOD + "\",\"after\":\"0\"}",
                    "{\"type\":\"subscribe\",\"channel\":\"" + GOOD + "\",\"after\":\"yesterday\"}",
                    "{\"type\":\"publish\",\"channel\":\"other\",\"data\":" + "[".repeat(300) + "}",
                    "{\"type\":\"publish\",\"channel\":\"other\",\"data\":1",
                    "{\"type\":\"history\",\"channel\":\"" + GOOD + "\",\"limit\":-1}",
                    "{\"type\":17}",
                    "[]",
                    "{\"type\":\"unsubscribe\",\"channel\":\"" + GOOD + "\"}",
                    "{\"type\":\"hello\",\"channel\":\"" + "c".repeat(300) + "\"}");
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = random.nextInt(20); i >= 0; i--) {
                all.writeBytes(frame(text(nearly.get(random.nextInt(nearly.size())))));
            }
            all.writeBytes(noise(20));
            return all.toByteArray();
        }

        /** A masked text frame. */
        private byte[] frame(byte[] payload) {
            byte[] mask = new byte[4];
            random.nextBytes(mask);
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(0x81);
            if (payload.length < 126) {
                frame.write(0x80 | payload.length);
            } else {
                frame.write(0x80 | 126);
                frame.write(payload.length >> 8);
                frame.write(payload.length);
            }
            frame.writeBytes(mask);
            for (int i = 0; i < payload.length; i++) {
                frame.write(payload[i] ^ mask[i % 4]);
            }
            return frame.toByteArray();
        }
    }
}
