package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.websocket.DeflateSettings;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.Opcode;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Channels over connections that negotiated permessage-deflate, read with the JDK's inflater. */
class DeflateDeliveryTest {
    private static final String TEXT =
            "a publication that says the same thing again and again, again and again, ".repeat(8);

    private static TestServer server(DeflateSettings.Mode mode, int contexts) throws IOException {
        GatewaySettings plain = TestServer.settings(
                Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1000);
        return new TestServer(plain.with(new DeflateSettings(mode, 3, 100, 4096, contexts)));
    }

    @ParameterizedTest
    @EnumSource(
            value = DeflateSettings.Mode.class,
            names = {"SHARED", "DEDICATED"})
    void whatIsPublishedReachesDeflatingAndOtherReadersAlike(DeflateSettings.Mode mode) throws Exception {
        try (TestServer server = server(mode, 10);
                Peer one = new Peer(server, "permessage-deflate; client_max_window_bits");
                Peer small = new Peer(server, "permessage-deflate; server_max_window_bits=9");
                Peer other = new Peer(server, "")) {
            assertThat(one.agreed).startsWith("permessage-deflate");
            assertThat(small.agreed).contains("server_max_window_bits=9");
            assertThat(other.agreed).isEmpty();
            for (int i = 0; i < 20; i++) {
                server.post("/channels/orders", "\"" + i + " " + TEXT + "\"");
                for (Peer reader : new Peer[] {one, small, other}) {
                    assertThat(reader.nextOf("publication")).contains("\"data\":\"" + i + " " + TEXT + "\"");
                }
            }
            assertThat(other.deflatedBytes).isZero();
            assertThat(one.deflatedBytes).isPositive();
            assertThat(server.counters.deflate().outDeflated()).isEqualTo(one.deflatedBytes + small.deflatedBytes);
            assertThat(server.counters.deflate().outPlain()).isEqualTo(one.inflatedBytes + small.inflatedBytes);
            assertThat(server.counters.deflate().connections()).isEqualTo(2);
        }
    }

    @Test
    void contextIsTakenOverAndGivenBack() throws Exception {
        try (TestServer server = server(DeflateSettings.Mode.DEDICATED, 1)) {
            try (Peer first = new Peer(server, "permessage-deflate; client_max_window_bits");
                    Peer beyond = new Peer(server, "permessage-deflate; client_max_window_bits")) {
                assertThat(first.agreed).isEqualTo("permessage-deflate; client_max_window_bits=12");
                assertThat(beyond.agreed).contains("server_no_context_takeover; client_no_context_takeover");
                server.post("/channels/orders", "\"" + TEXT + "\"");
                first.nextOf("publication");
                long once = first.deflatedBytes;
                server.post("/channels/orders", "\"" + TEXT + "\"");
                first.nextOf("publication");
                assertThat(first.deflatedBytes - once).isLessThan(once / 2);
                assertThat(server.counters.deflate().contexts()).isEqualTo(1);
                assertThat(server.counters.deflate().contextsRefused()).isEqualTo(1);
                assertThat(server.counters.deflate().contextBytes()).isBetween(1L, 2L * 4096);
            }
            Await.until(() -> server.counters.deflate().connections() == 0);
            assertThat(server.counters.deflate().contexts()).isZero();
            assertThat(server.counters.deflate().contextBytes()).isZero();
        }
    }

    @Test
    void aHandshakeThatIsRefusedOrLeftTakesNoContext() throws Exception {
        try (TestServer server = server(DeflateSettings.Mode.DEDICATED, 1)) {
            for (int i = 0; i < 5; i++) {
                assertThat(server.raw("GET /live?session=short HTTP/1.1\nHost: localhost\nConnection: close, Upgrade\n"
                                + "Upgrade: websocket\nSec-WebSocket-Version: 13\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
                                + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\n\n"))
                        .startsWith("HTTP/1.1 400");
                new Peer(server, "permessage-deflate; client_max_window_bits").close();
                Await.until(() -> server.counters.deflate().connections() == 0);
            }
            assertThat(server.counters.deflate().contexts()).isZero();
            assertThat(server.counters.deflate().contextsRefused()).isZero();
        }
    }

    @Test
    void pagesOfACatchUpGoThroughTheContextToo() throws Exception {
        try (TestServer server = server(DeflateSettings.Mode.DEDICATED, 10)) {
            for (int i = 0; i < 300; i++) {
                server.post("/channels/orders", "\"" + i + " " + TEXT + "\"");
            }
            try (Peer reader =
                    new Peer(server, "permessage-deflate; client_max_window_bits", "/channels/orders?last=300")) {
                for (int i = 0; i < 300; i++) {
                    assertThat(reader.nextOf("publication")).contains("\"data\":\"" + i + " " + TEXT + "\"");
                }
                assertThat(reader.deflatedBytes).isLessThan(reader.inflatedBytes / 4);
            }
        }
    }

    @Test
    void aReaderThatDoesNotReadIsParkedByWhatReallyWaits() throws Exception {
        try (TestServer server = server(DeflateSettings.Mode.DEDICATED, 10);
                Peer slow = new Peer(server, "permessage-deflate; server_max_window_bits=15; client_max_window_bits")) {
            String noise = new Random(1)
                    .ints(40_000, 'a', 'z')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            int count = 0;
            while (server.engineCounters.parked() == 0) {
                server.post("/channels/orders", "\"" + count + noise.substring(count % 1000) + "\"");
                count++;
            }
            server.post("/channels/orders", "\"" + count + noise.substring(count % 1000) + "\"");
            for (int i = 0; i <= count; i++) {
                assertThat(slow.nextOf("publication")).contains("\"data\":\"" + i + noise.substring(i % 1000) + "\"");
            }
        }
    }

    @Test
    void whatAClientDeflatesIsPublished() throws Exception {
        try (TestServer server = server(DeflateSettings.Mode.SHARED, 0);
                Peer peer = new Peer(server, "permessage-deflate")) {
            String message = "{\"type\":\"publish\",\"channel\":\"orders\",\"data\":\"" + TEXT + "\"}";
            peer.sendDeflated(message);
            assertThat(peer.nextOf("publication")).contains(TEXT);
            assertThat(server.counters.deflate().inPlain()).isEqualTo(message.length());
            assertThat(server.counters.deflate().inDeflated()).isLessThan(message.length() / 2);
        }
    }

    /** A reader of one channel, over a plain socket. */
    private static final class Peer implements AutoCloseable {
        final String agreed;
        long deflatedBytes;
        long inflatedBytes;
        private final Socket socket;
        private final DataInputStream in;
        private final Inflater inflater = new Inflater(true);
        private final boolean forgets;

        Peer(TestServer server, String offer) throws IOException {
            this(server, offer, "/channels/orders");
        }

        Peer(TestServer server, String offer, String path) throws IOException {
            socket = server.connect();
            in = new DataInputStream(socket.getInputStream());
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + (offer.isEmpty() ? "" : "Sec-WebSocket-Extensions: " + offer + "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            String name = "Sec-WebSocket-Extensions: ";
            agreed = head.toString()
                    .lines()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()))
                    .findFirst()
                    .orElse("");
            forgets = agreed.contains("server_no_context_takeover");
            nextOf("subscribed");
        }

        /** The next message of a type; others are passed over, but for errors. */
        String nextOf(String type) throws IOException {
            while (true) {
                String message = next();
                assertThat(message).doesNotContain("\"type\":\"error\"");
                if (message.startsWith("{\"type\":\"" + type + "\"")) {
                    return message;
                }
            }
        }

        private String next() throws IOException {
            int first = in.readUnsignedByte();
            int length = in.readUnsignedByte();
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
            byte[] payload = in.readNBytes(length);
            if ((first & 0x0F) != 1) {
                return "";
            }
            if ((first & 0x40) == 0) {
                return new String(payload, StandardCharsets.UTF_8);
            }
            byte[] text = inflated(payload);
            deflatedBytes += payload.length;
            inflatedBytes += text.length;
            return new String(text, StandardCharsets.UTF_8);
        }

        private byte[] inflated(byte[] payload) {
            if (forgets) {
                inflater.reset();
            }
            byte[] whole = Arrays.copyOf(payload, payload.length + 4);
            whole[payload.length + 2] = (byte) 0xFF;
            whole[payload.length + 3] = (byte) 0xFF;
            inflater.setInput(whole);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            byte[] part = new byte[4096];
            try {
                for (int bytes = inflater.inflate(part); bytes > 0; bytes = inflater.inflate(part)) {
                    text.write(part, 0, bytes);
                }
            } catch (DataFormatException e) {
                throw new AssertionError(e);
            }
            return text.toByteArray();
        }

        void sendDeflated(String message) throws IOException {
            Deflater deflater = new Deflater(6, true);
            deflater.setInput(message.getBytes(StandardCharsets.UTF_8));
            byte[] out = new byte[message.length() + 100];
            int bytes = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
            deflater.end();
            byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, Arrays.copyOf(out, bytes - 4), 0x12345678);
            frame[0] |= 0x40;
            socket.getOutputStream().write(frame);
        }

        @Override
        public void close() throws IOException {
            inflater.end();
            socket.close();
        }
    }
}
