package dev.carillon.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The suite itself under test: servers that do one thing wrong are found out. */
@Timeout(60)
class ExaminerTest {
    /** What a server of this test does with a connection that is open. */
    private interface Manners {
        void speak(DataInputStream in, OutputStream out) throws IOException;
    }

    private ServerSocket listening;

    @BeforeEach
    void listen() throws IOException {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        listening.close();
    }

    @Test
    void aServerThatChecksNothingPassesOnlyWhatIsValid() throws Exception {
        serve(ExaminerTest::echoWhatever);
        assertThat(verdict("1.1.2")).isEqualTo(Verdict.STRICT);
        assertThat(verdict("7.3.3")).isEqualTo(Verdict.STRICT);
        for (String id : List.of("3.1", "4.1.1", "6.3.1", "7.9.1", "L.8", "L.5")) {
            assertThat(verdict(id)).as(id).isEqualTo(Verdict.FAILED);
        }
    }

    @Test
    void aServerThatOpensWhateverItIsAskedFailsTheHandshakes() throws Exception {
        serve(ExaminerTest::echoWhatever);
        for (String id : List.of("H.2.1", "H.3.2", "H.4.1", "H.5.4")) {
            assertThat(verdict(id)).as(id).isEqualTo(Verdict.FAILED);
        }
        assertThat(verdict("H.5.3")).isEqualTo(Verdict.LENIENT);
        assertThat(verdict("H.6.3")).isEqualTo(Verdict.LENIENT);
    }

    @Test
    void aServerThatHangsUpWithoutACloseFrameIsLenientWhereItMayFailAndWrongWhereItMayNot() throws Exception {
        serve((in, out) -> in.readUnsignedByte());
        assertThat(verdict("3.1")).isEqualTo(Verdict.LENIENT);
        assertThat(verdict("1.1.2")).isEqualTo(Verdict.FAILED);
        assertThat(verdict("7.3.3")).isEqualTo(Verdict.FAILED);
    }

    @Test
    void aServerThatSaysNothingFails() throws Exception {
        serve((in, out) -> in.readAllBytes());
        for (String id : List.of("1.1.2", "3.1", "7.3.3")) {
            assertThat(verdict(id)).as(id).isEqualTo(Verdict.FAILED);
        }
    }

    @Test
    void aServerThatHasNoCompressionDeclinesIt() throws Exception {
        serve(ExaminerTest::echoWhatever);
        assertThat(verdict("12.1.1")).isEqualTo(Verdict.DECLINED);
        assertThat(verdict("D.4.1")).isEqualTo(Verdict.STRICT);
    }

    private Verdict verdict(String id) throws InterruptedException {
        Target target = Target.of(
                URI.create("ws://127.0.0.1:" + listening.getLocalPort() + "/"),
                Duration.ofSeconds(1),
                Duration.ofMillis(200));
        List<Case> cases = Suite.chapters(Volume.QUICK).stream()
                .flatMap(chapter -> chapter.cases().stream())
                .filter(asked -> asked.id().equals(id))
                .toList();
        return new Examiner(target, 1).examine(cases).getFirst().verdict();
    }

    private void serve(Manners manners) {
        Thread.startVirtualThread(() -> {
            while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                    DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
                    readHead(in);
                    OutputStream out = socket.getOutputStream();
                    out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    + "Sec-WebSocket-Accept: " + Opening.ACCEPT + "\r\n\r\n")
                            .getBytes(ISO_8859_1));
                    manners.speak(in, out);
                } catch (IOException e) {
                    continue; // the next one
                }
            }
        });
    }

    private static void readHead(DataInputStream in) throws IOException {
        int matched = 0;
        while (matched < 4) {
            int octet = in.readUnsignedByte();
            matched = octet == "\r\n\r\n".charAt(matched) ? matched + 1 : 0;
        }
    }

    /** Sends back every frame as it came, without its mask, and ends behind a close frame. */
    private static void echoWhatever(DataInputStream in, OutputStream out) throws IOException {
        int first;
        do {
            first = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            int length = second & 0x7F;
            length = length == 126 ? in.readUnsignedShort() : length;
            byte[] key = in.readNBytes((second & 0x80) == 0 ? 0 : 4);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < payload.length && key.length > 0; i++) {
                payload[i] ^= key[i & 3];
            }
            out.write(Octets.join(header(first, length), Octets.of(payload)).bytes);
        } while (!Set.of(0x88, 0xF8).contains(first));
    }

    private static Octets header(int first, int length) {
        return length <= 125
                ? Octets.of(new byte[] {(byte) first, (byte) length})
                : Octets.of(new byte[] {(byte) first, 126, (byte) (length >> 8), (byte) length});
    }
}
