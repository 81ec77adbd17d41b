package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./carillon} says on stdout, and where one finds what it started. */
@Tag("process")
final class ConsoleTest {

    private static final int MESSAGE_MAX = 4096;
    private static final int DEFAULT_MESSAGE_MAX = 1 << 20;
    private static final String TOO_LARGE = "closed 1009";

    @TempDir
    private Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private static void assertOneReadyLine(ServerProcess server, URI at) throws IOException {
        assertThat(at.toString()).matches("http://127\\.0\\.0\\.1:[1-9]\\d*");
        assertThat(server.out()).isEqualTo("ready " + at + "\n");
    }

    @Test
    void serveSaysWhereItIsInOneLineAndKeepsTheProcessOfTheScript() throws Exception {
        try (ServerProcess server = ServerProcess.carillon(folder, "serve", "--port", "0")) {
            URI at = server.ready();
            assertOneReadyLine(server, at);
            assertHealthy(at.getPort());
            ProcessHandle process = ProcessHandle.of(server.pid()).orElseThrow();
            assertThat(process.info().command().orElseThrow()).endsWith("/bin/java");
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(143);
            assertOneReadyLine(server, at);
        }
    }

    /** Both loopback addresses answer, where the machine has both. */
    private void assertHealthy(int port) throws Exception {
        for (String host : hasIpv6() ? List.of("127.0.0.1", "[::1]") : List.of("127.0.0.1")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/healthz"))
                    .build();
            assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).body())
                    .as(host)
                    .isEqualTo("ok\n");
        }
    }

    private static boolean hasIpv6() {
        try (ServerSocket _ = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void echoSendsBackTextAndBytesUpToItsLimitAndNotOneByteMore() throws Exception {
        try (ServerProcess server =
                ServerProcess.carillon(folder, "echo", "--port", "0", "--max-message", Integer.toString(MESSAGE_MAX))) {
            assertOneReadyLine(server, server.ready());
            assertEchoes(server, MESSAGE_MAX);
        }
    }

    @Test
    void echoTakesOneMebibyteUnlessToldOtherwise() throws Exception {
        try (ServerProcess server = ServerProcess.carillon(folder, "echo", "--port", "0")) {
            assertOneReadyLine(server, server.ready());
            assertEchoes(server, DEFAULT_MESSAGE_MAX);
        }
    }

    private void assertEchoes(ServerProcess server, int max) throws Exception {
        // Two bytes a character: the limit counts bytes.
        String text = "é".repeat(max / 2);
        byte[] bytes = new byte[max];
        for (int i = 0; i < max; i++) {
            bytes[i] = (byte) (i * 31);
        }
        Heard heard = connect(server);
        heard.sendText("");
        assertThat(heard.next()).isEqualTo("");
        heard.sendText(text);
        assertThat(heard.next()).isEqualTo(text);
        heard.sendBytes(bytes);
        assertThat(heard.next()).isEqualTo(ByteBuffer.wrap(bytes));
        heard.sendText(text + "a");
        assertThat(heard.next()).isEqualTo(TOO_LARGE);
        Heard other = connect(server);
        other.sendBytes(new byte[max + 1]);
        assertThat(other.next()).isEqualTo(TOO_LARGE);
    }

    private Heard connect(ServerProcess server) throws Exception {
        Heard heard = new Heard();
        URI at = URI.create("ws://127.0.0.1:" + server.ready().getPort() + "/some/path");
        heard.socket =
                http.newWebSocketBuilder().buildAsync(at, heard).get(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return heard;
    }

    /** What a WebSocket of the JDK hears. */
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private @Nullable WebSocket socket;

        void sendText(String message) {
            var _ = socket.sendText(message, true);
        }

        void sendBytes(byte[] message) {
            var _ = socket.sendBinary(ByteBuffer.wrap(message), true);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            bytes = ByteBuffer.allocate(bytes.remaining() + data.remaining())
                    .put(bytes)
                    .put(data)
                    .flip();
            if (last) {
                events.add(bytes);
                bytes = ByteBuffer.allocate(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            events.add("closed " + code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            events.add(error);
        }

        @Nullable
        Object next() throws InterruptedException {
            return events.poll(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
