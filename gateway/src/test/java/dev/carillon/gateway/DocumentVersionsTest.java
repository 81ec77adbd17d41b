package dev.carillon.gateway;

import static dev.carillon.gateway.DocumentSocket.hexOf;
import static dev.carillon.gateway.DocumentSocket.number;
import static dev.carillon.gateway.DocumentSocket.text;
import static dev.carillon.gateway.DocumentSocket.typed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What documents were before, over HTTP, and with what they begin. */
@Timeout(120)
class DocumentVersionsTest {

    private static final int VERSIONS = 3;

    private static TestServer server(Duration versionEvery) throws Exception {
        return new TestServer(settings(versionEvery));
    }

    private static GatewaySettings settings(Duration versionEvery) {
        return TestServer.settings(
                        Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1000)
                .with(new DocumentSettings(VERSIONS, versionEvery));
    }

    /** One that keeps versions only where they are asked for. */
    private static TestServer server() throws Exception {
        return server(Duration.ZERO);
    }

    private static DocumentSocket writer(TestServer server) throws Exception {
        return DocumentSocket.joined(server.http, server.ws("/documents/a?receipts=true"));
    }

    private static HttpResponse<String> keep(TestServer server, String name) throws Exception {
        return server.post("/documents/a/versions?name=" + name, "");
    }

    private static String versions(TestServer server) throws Exception {
        HttpResponse<String> listed = server.get("/documents/a/versions");
        assertThat(listed.statusCode()).isEqualTo(200);
        return listed.body();
    }

    private static List<String> numbers(TestServer server) throws Exception {
        return Pattern.compile("\"version\":(\\d+)")
                .matcher(versions(server))
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    private static HttpResponse<byte[]> read(TestServer server, long number) throws Exception {
        return server.http.send(
                HttpRequest.newBuilder(server.uri("/documents/a/versions/" + number))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void aVersionIsWhatTheDocumentWasWhenItWasKept() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'h');
            one.nextOf("6401");
            assertThat(keep(server, "Before%20%22lunch%22").statusCode()).isEqualTo(201);
            one.type(1, 1, 'i');
            one.nextOf("6402");

            assertThat(versions(server))
                    .contains("{\"versions\":[{\"version\":1,\"at\":")
                    .contains("\"name\":\"Before \\\"lunch\\\"\"}]");
            HttpResponse<byte[]> version = read(server, 1);
            assertThat(version.statusCode()).isEqualTo(200);
            assertThat(version.headers().firstValue("Content-Type")).contains("application/octet-stream");
            assertThat("0002" + number(version.body().length) + HexFormat.of().formatHex(version.body()))
                    .isEqualTo(typed(1, 0, 'h'));
        }
    }

    @Test
    void versionsOutliveTheDocumentsStayInMemory() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'h');
            one.nextOf("6401");
            keep(server, "first");
            one.socket.sendClose(1000, "").join();
            Await.until(() -> server.counters.documents().open() == 0);
            assertThat(numbers(server)).containsExactly("1");
            Await.until(() -> server.counters.documents().open() == 0);
        }
    }

    @Test
    void beyondTheirNumberTheOldestWithoutANameGoesFirst() throws Exception {
        try (TestServer server = server(Duration.ofMillis(1))) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'a');
            one.nextOf("6401");
            keep(server, "named");
            // Each of these comes later than a millisecond after the version before it.
            for (int clock = 1; clock <= 4; clock++) {
                long before = server.counters.documents().versions();
                long now = System.currentTimeMillis();
                Await.until(() -> System.currentTimeMillis() > now + 1);
                one.type(1, clock, 'b');
                one.nextOf("64" + number(clock + 1));
                if (clock > 1) {
                    Await.until(() -> server.counters.documents().versions() > before);
                }
            }
            assertThat(numbers(server)).hasSize(VERSIONS).first().isEqualTo("1");
            assertThat(server.counters.documents().versionsDropped()).isPositive();
            keep(server, "second");
            keep(server, "third");
            keep(server, "fourth");
            assertThat(versions(server))
                    .doesNotContain("\"named\"")
                    .contains("\"second\"")
                    .contains("\"third\"")
                    .contains("\"fourth\"");
        }
    }

    @Test
    void aChangeIsPrecededByAVersionOnlyWhereTheLastOneIsOldEnough() throws Exception {
        try (TestServer server = server(Duration.ofHours(1))) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'a');
            one.nextOf("6401");
            one.socket.sendClose(1000, "").join();
            Await.until(() -> server.counters.documents().open() == 0);
            // Opened anew, nobody knows of a version: what it was is one.
            DocumentSocket two = new DocumentSocket(server.http, server.ws("/documents/a?receipts=true"));
            two.nextOf("0000");
            two.type(1, 1, 'b');
            two.nextOf("6401");
            Await.until(() -> server.counters.documents().versions() == 1);
            two.socket.sendClose(1000, "").join();
            Await.until(() -> server.counters.documents().open() == 0);
            // Opened again, that one is found, and young.
            DocumentSocket three = new DocumentSocket(server.http, server.ws("/documents/a?receipts=true"));
            three.nextOf("0000");
            three.type(1, 2, 'c');
            three.nextOf("6401");
            three.socket.sendClose(1000, "").join();
            Await.until(() -> server.counters.documents().open() == 0);
            assertThat(numbers(server)).containsExactly("1");
            assertThat(HexFormat.of().formatHex(read(server, 1).body()))
                    .contains(hexOf("a"))
                    .doesNotContain(hexOf("b"));
        }
    }

    @Test
    void theVersionsOfAPurgedDocumentGoWithIt() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'h');
            one.nextOf("6401");
            keep(server, "gone");
            HttpRequest purge = HttpRequest.newBuilder(server.uri("/channels/document:a"))
                    .DELETE()
                    .build();
            assertThat(server.http
                            .send(purge, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(204);
            assertThat(server.get("/channels/document-versions:a").body()).contains("\"publications\":[]");
            assertThat(numbers(server)).isEmpty();
            DocumentSocket next = writer(server);
            next.type(2, 0, 'n');
            next.nextOf("6401");
            assertThat(numbers(server)).isEmpty();
            assertThat(read(server, 1).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void whoMayOnlyReadReadsVersionsAndKeepsNone() throws Exception {
        AllComers decisions = new AllComers() {
            @Override
            public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
                answer.accept(
                        principal.isDocuments()
                                ? new Verdict.Accept()
                                : new Verdict.Refuse(Code.NOT_PERMITTED, "you read here"));
            }
        };
        try (TestServer server = new TestServer(settings(Duration.ZERO), decisions)) {
            assertThat(numbers(server)).isEmpty();
            assertThat(keep(server, "mine").statusCode()).isEqualTo(403);
        }
    }

    @Test
    void whatIsNoVersionIsRefused() throws Exception {
        try (TestServer server = server()) {
            assertThat(keep(server, "of-nothing").statusCode()).isEqualTo(404);
            assertThat(keep(server, "").statusCode()).isEqualTo(400);
            assertThat(keep(server, "two%0Alines").statusCode()).isEqualTo(400);
            assertThat(keep(server, "x".repeat(81)).statusCode()).isEqualTo(400);
            assertThat(read(server, 7).statusCode()).isEqualTo(404);
            assertThat(server.get("/documents/a/versions/x").statusCode()).isEqualTo(404);
            assertThat(server.get("/documents/a/versions/1/2").statusCode()).isEqualTo(404);
            assertThat(server.get("/documents/a%20b/versions").statusCode()).isEqualTo(400);
            assertThat(server.post("/documents/a/versions/1", "").statusCode()).isEqualTo(405);
            assertThat(server.post("/channels/document-versions:a?key=version-1", "1")
                            .statusCode())
                    .isEqualTo(501);
        }
    }

    /** The sizes tell what compaction is for. */
    @Test
    void theSizesBeforeAndAfterACompactionAreTold() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            one.send(text(1, "x".repeat(3000)));
            one.nextOf("6401");
            assertThat(versions(server)).contains("\"compacted\":{\"from\":0,\"to\":0}");
            one.send(text(2, "y".repeat(3000)));
            one.nextOf("6402");
            assertThat(versions(server)).containsPattern("\"compacted\":\\{\"from\":6\\d{3},\"to\":6\\d{3}}");
        }
    }

    // ---- first contents

    /** As the message 102 says it. */
    private static String seed(int client, String ascii) {
        return "66" + text(client, ascii).substring(4);
    }

    @Test
    void ofTwoWhoSayWithWhatANewDocumentBeginsOneIsBelieved() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            DocumentSocket other = writer(server);
            one.send(seed(1, "template"));
            other.send(seed(2, "template"));
            String told = one.nextOf("0002");
            assertThat(other.nextOf("0002")).isEqualTo(told);
            one.type(3, 0, 'x');
            other.nextOf("0002");
            DocumentSocket late = new DocumentSocket(server.http, server.ws("/documents/a"));
            late.nextOf("0000");
            late.send("0000" + "0100");
            assertThat(late.nextOf("0001").split(hexOf("template"), -1)).hasSize(2);
            assertThat(server.counters.documents().seeds()).isEqualTo(1);
        }
    }

    @Test
    void whatWasWrittenToIsNotBegunAgain() throws Exception {
        try (TestServer server = server()) {
            DocumentSocket one = writer(server);
            one.type(1, 0, 'x');
            one.send(seed(2, "template"));
            one.type(1, 1, 'y');
            one.nextOf("6402");
            assertThat(server.counters.documents().changes()).isEqualTo(2);
            assertThat(server.counters.documents().seeds()).isZero();
        }
    }
}
