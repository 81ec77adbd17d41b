package dev.carillon.gateway;

import static dev.carillon.gateway.DocumentSocket.hexOf;
import static dev.carillon.gateway.DocumentSocket.number;
import static dev.carillon.gateway.DocumentSocket.present;
import static dev.carillon.gateway.DocumentSocket.text;
import static dev.carillon.gateway.DocumentSocket.typed;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Documents over WebSockets, in the bytes of y-protocols. */
@Timeout(120)
class DocumentTest {

    private static final Duration GRACE = Duration.ofSeconds(5);

    /** Asks nobody; but whose name is {@code reader} may not write. */
    private static final class Readers extends AllComers {

        private final Guests guests = new Guests();

        @Override
        public void onConnect(@Nullable String token, Consumer<Admission> answer) {
            guests.onConnect(token, answer);
        }

        @Override
        public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
            answer.accept(
                    "reader".equals(principal.name())
                            ? new Verdict.Refuse(Code.NOT_PERMITTED, "no")
                            : new Verdict.Accept());
        }

        Readers with(String user) {
            guests.add(user, user, 1000, 600_000);
            return this;
        }
    }

    @Test
    void whatOneWritesTheOthersAreToldAndWhoComesLaterIsGiven() throws Exception {
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            DocumentSocket other = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            one.type(1, 0, 'h');
            assertThat(other.nextOf("0002")).isEqualTo(typed(1, 0, 'h'));
            other.type(2, 0, 'x');
            assertThat(one.nextOf("0002")).isEqualTo(typed(2, 0, 'x'));

            DocumentSocket late = new DocumentSocket(server.http, server.ws("/documents/a"));
            assertThat(late.nextOf("0000")).contains("0201").contains("0101");
            late.send("0000" + "0100");
            assertThat(late.nextOf("0001")).contains(hexOf("h")).contains(hexOf("x"));
            assertThat(one.rest()).isEmpty();
        }
    }

    @Test
    void whoWasThereAlreadyIsGivenOnlyWhatItLacks() throws Exception {
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            one.type(1, 0, 'h');
            one.type(1, 1, 'i');
            one.nextOf("64" + "02");
            DocumentSocket back = new DocumentSocket(server.http, server.ws("/documents/a"));
            back.nextOf("0000");
            back.send("0000" + "03" + "01" + "01" + "01");
            assertThat(back.nextOf("0001")).contains(hexOf("i")).doesNotContain(hexOf("h"));
        }
    }

    @Test
    void whatIsKeptIsToldToThoseWhoAskAlsoWhereItSaysNothingNew() throws Exception {
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            one.type(1, 0, 'h');
            one.type(1, 0, 'h');
            one.type(1, 1, 'i');
            assertThat(one.nextOf("65")).hasSize(2 + 2 + 32);
            assertThat(one.nextOf("6403")).isEqualTo("6403");
            assertThat(server.counters.documents().changes()).isEqualTo(2);
            assertThat(server.counters.documents().known()).isEqualTo(1);
        }
    }

    /** Hundreds of strokes are one piece for whoever comes, and the log does not grow with them. */
    @Test
    void whatWasTypedIsCompactedInTheLog() throws Exception {
        int strokes = 1500;
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            for (int clock = 0; clock < strokes; clock++) {
                one.type(1, clock, (char) ('a' + clock % 26));
                one.nextOf("64" + number(clock + 1));
            }
            assertThat(server.counters.documents().snapshots()).isPositive();
            one.socket.sendClose(1000, "").join();
            Await.until(() -> server.counters.documents().open() == 0);

            DocumentSocket late = new DocumentSocket(server.http, server.ws("/documents/a"));
            assertThat(late.nextOf("0000")).isEqualTo("0000" + "04" + "01" + "01" + number(strokes));
            late.send("0000" + "0100");
            assertThat(late.nextOf("0001").length() / 2).isLessThan(8000);
        }
    }

    @Test
    void whoMayOnlyReadIsToldSoAndNobodySeesWhatItSent() throws Exception {
        Readers decisions = new Readers().with("reader").with("writer");
        try (TestServer server = new TestServer(decisions, GRACE)) {
            DocumentSocket reader = DocumentSocket.joined(server.http, server.ws("/documents/a?token=reader"));
            DocumentSocket writer = DocumentSocket.joined(server.http, server.ws("/documents/a?token=writer"));
            reader.type(1, 0, 'x');
            assertThat(reader.nextOf("0200")).contains(hexOf("you may read this document, and not write to it"));
            writer.type(2, 0, 'y');
            assertThat(reader.nextOf("0002")).isEqualTo(typed(2, 0, 'y'));
            assertThat(writer.rest()).isEmpty();
            // What it has got from others it may say again.
            reader.send(typed(2, 0, 'y'));
            reader.send("03");
            Await.until(() -> server.counters.documents().known() == 1);
            assertThat(reader.closed).isNotDone();
            assertThat(server.counters.documents().denied()).isEqualTo(1);
        }
    }

    @Test
    void brokenBytesCloseTheirConnectionAndNoOther() throws Exception {
        String[] broken = {
            "",
            "00",
            "0003",
            "0002",
            "000205",
            "00020100",
            "000202ffff",
            "0102",
            "010401010161",
            "ffffffffffffffffff01",
            typed(1, 0, 'x') + "00",
            "0002" + "0d" + "01010100070101740700" + "000000"
        };
        try (TestServer server = new TestServer()) {
            DocumentSocket other = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            for (String bytes : broken) {
                DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a"));
                one.send(bytes);
                assertThat(one.closed.get(30, TimeUnit.SECONDS)).as(bytes).isEqualTo("4600 malformed");
            }
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            one.send("7f");
            assertThat(one.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4601 unknown_type");
            DocumentSocket writer = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            writer.type(1, 0, 'y');
            assertThat(other.nextOf("0002")).isEqualTo(typed(1, 0, 'y'));
            assertThat(server.counters.documents().malformed()).isEqualTo(broken.length);
        }
    }

    @Test
    void aDocumentThatIsFullTakesOnlyWhatDeletes() throws Exception {
        int max = TestServer.DOCUMENTS_BYTES_MAX / 4;
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            one.send(text(1, "x".repeat(max - 1000)));
            one.nextOf("6401");
            DocumentSocket second = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            second.send(text(2, "y".repeat(2000)));
            assertThat(second.nextOf("0200")).contains(hexOf("may have " + max));
            second.type(2, 2000, 'z');
            second.nextOf("0200");
            // Client 1's characters are gone; the next snapshot is small.
            second.send("0002" + number(5 + number(max - 1000).length() / 2) + "00" + "01" + "01" + "01" + "00"
                    + number(max - 1000));
            second.nextOf("6401");
            assertThat(one.nextOf("0002")).endsWith(number(max - 1000));
            for (int clock = 0; clock < 600; clock++) {
                one.type(3, clock, 'w');
                one.nextOf("64" + number(clock + 2));
            }
            assertThat(server.counters.documents().snapshots()).isGreaterThan(1);
            DocumentSocket fourth = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            fourth.send(text(4, "y".repeat(2000)));
            fourth.nextOf("6401");
        }
    }

    @Test
    void whoIsThereGoesWithItsConnectionAndIsBackAtOnce() throws Exception {
        try (TestServer server = new TestServer()) {
            DocumentSocket watcher = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            one.send(present(7, 3, "{}"));
            assertThat(one.nextOf("01"))
                    .as("its own entry comes back as it was")
                    .isEqualTo(present(7, 3, "{}"));
            long first = clockOf(watcher.nextOf("01"), "{}");
            one.socket.abort();
            assertThat(clockOf(watcher.nextOf("01"), "null")).isEqualTo(first);

            DocumentSocket back = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            back.send(present(7, 3, "{}"));
            assertThat(clockOf(watcher.nextOf("01"), "{}")).isGreaterThan(first);
            DocumentSocket late = new DocumentSocket(server.http, server.ws("/documents/a"));
            assertThat(late.nextOf("01")).endsWith(hexOf("{}"));
        }
    }

    /** The clock in an entry of client 7. */
    private static long clockOf(String message, String json) {
        assertThat(message).endsWith(hexOf(json));
        int at = message.indexOf("0107") + 4;
        long clock = 0;
        for (int shift = 0; ; shift += 7, at += 2) {
            int octet = Integer.parseInt(message.substring(at, at + 2), 16);
            clock |= (octet & 0x7FL) << shift;
            if (octet < 0x80) {
                return clock;
            }
        }
    }

    @Test
    void nobodySpeaksForSomebodyElseAndTheNameIsTheServersWord() throws Exception {
        Readers decisions = new Readers().with("ada").with("eve");
        try (TestServer server = new TestServer(decisions, GRACE)) {
            DocumentSocket ada = DocumentSocket.joined(server.http, server.ws("/documents/a?token=ada"));
            DocumentSocket eve = DocumentSocket.joined(server.http, server.ws("/documents/a?token=eve"));
            ada.send(present(7, 1, "{\"user\":{\"name\":\"Bob\",\"color\":\"red\"},\"cursor\":[1,2]}"));
            assertThat(eve.nextOf("01"))
                    .endsWith(hexOf("{\"user\":{\"name\":\"ada\",\"color\":\"red\"},\"cursor\":[1,2]}"));
            eve.send(present(7, 9, "{\"user\":{\"name\":\"ada\"}}"));
            eve.send(present(8, 1, "{}"));
            assertThat(ada.nextOf("01")).as("her own").contains(hexOf("Bob"));
            assertThat(ada.nextOf("01")).endsWith(hexOf("{\"user\":{\"name\":\"eve\"}}"));
            eve.send(present(7, 10, "null"));
            eve.send(present(8, 2, "{}"));
            assertThat(ada.nextOf("01")).endsWith(hexOf("{\"user\":{\"name\":\"eve\"}}"));
            assertThat(server.counters.documents().strangers()).isEqualTo(2);
        }
    }

    @Test
    void aDocumentThatWasPurgedIsNotMixedWithTheNextOfItsName() throws Exception {
        try (TestServer server = new TestServer()) {
            DocumentSocket one = DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
            one.type(1, 0, 'h');
            String epoch = new String(HexFormat.of().parseHex(one.nextOf("65").substring(4)), US_ASCII);
            one.nextOf("6401");
            DocumentSocket knows = DocumentSocket.joined(server.http, server.ws("/documents/a?epoch=" + epoch));
            HttpRequest purge = HttpRequest.newBuilder(server.uri("/channels/document:a"))
                    .DELETE()
                    .build();
            assertThat(server.http
                            .send(purge, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(204);
            assertThat(one.closed.get(30, TimeUnit.SECONDS)).startsWith("4618 ");
            assertThat(knows.closed.get(30, TimeUnit.SECONDS)).startsWith("4618 ");
            DocumentSocket back = new DocumentSocket(server.http, server.ws("/documents/a?epoch=" + epoch));
            assertThat(back.closed.get(30, TimeUnit.SECONDS)).isEqualTo("4618 this is another document of that name");
            DocumentSocket fresh = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            fresh.type(2, 0, 'n');
            Await.until(() -> server.counters.documents().changes() == 2);
        }
    }

    @Test
    void onlyTheNodeWritesToTheChannelOfADocument() throws Exception {
        try (TestServer server = new TestServer()) {
            HttpResponse<String> published = server.post("/channels/document:a?key=snapshot", "1");
            assertThat(published.statusCode()).isEqualTo(501);
            assertThat(published.body()).contains("unsupported");
            assertThat(server.get("/documents/a").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void twoHundredEditorsEndWithTheSameDocument() throws Exception {
        int editors = 200;
        try (TestServer server = new TestServer()) {
            DocumentSocket watcher = DocumentSocket.joined(server.http, server.ws("/documents/a"));
            for (int client = 1; client <= editors; client++) {
                DocumentSocket editor = new DocumentSocket(server.http, server.ws("/documents/a"));
                editor.type(client, 0, 'e');
                editor.type(client, 1, 'f');
                editor.socket.sendClose(1000, "").join();
            }
            for (int told = 0; told < 2 * editors; told++) {
                watcher.nextOf("0002");
            }
            assertThat(server.counters.documents().changes()).isEqualTo(2L * editors);
        }
    }
}
