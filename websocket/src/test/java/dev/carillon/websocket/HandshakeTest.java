package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.websocket.Handshake.Accepted;
import dev.carillon.websocket.Handshake.Refused;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Opening handshake, RFC 6455 §4.2")
class HandshakeTest {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    @Test
    @DisplayName("RFC 6455 §1.3: the example is answered to the byte")
    void exampleOfTheRfcIsAnsweredToTheByte() {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/chat");
        request.headers()
                .add("Host", "server.example.com")
                .add("Upgrade", "websocket")
                .add("Connection", "Upgrade")
                .add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
                .add("Origin", "http://example.com")
                .add("Sec-WebSocket-Protocol", "chat, superchat")
                .add("Sec-WebSocket-Version", "13");

        assertThat(responseTo(request, List.of("chat")))
                .isEqualTo("HTTP/1.1 101 Switching Protocols\r\n"
                        + "Upgrade: websocket\r\n"
                        + "Connection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                        + "Sec-WebSocket-Protocol: chat\r\n"
                        + "\r\n");
    }

    @Test
    void withoutSubprotocolNoHeaderNamesOne() {
        assertThat(responseTo(request(), List.of("carillon.v1")))
                .doesNotContain("Protocol:")
                .endsWith("=\r\n\r\n");
    }

    @Test
    @DisplayName("RFC 6455 §4.2.1 item 1: GET")
    void onlyGetOpensAWebSocket() {
        HttpRequest request = request();
        request.setMethod(HttpMethod.POST);
        Refused refused = refused(request);
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.headers()).containsEntry("Allow", "GET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9"})
    @DisplayName("RFC 6455 §4.2.1 item 1: HTTP/1.1")
    void onlyHttp11OpensAWebSocket(String version) {
        HttpRequest request = request();
        request.setProtocolVersion(HttpVersion.valueOf(version));
        assertThat(refused(request).status()).isEqualTo(400);
    }

    @Test
    @DisplayName("RFC 6455 §4.2.1 item 2, RFC 9112 §3.2: exactly one Host")
    void hostIsThereOnceAndNotEmpty() {
        assertThat(refusedWithout("Host").status()).isEqualTo(400);
        assertThat(refusedWith("Host", "").status()).isEqualTo(400);
        assertThat(refusedWithAnother("Host", "other").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "WebSocket", "h2c, WEBSOCKET", ",\twebsocket ,"})
    @DisplayName("RFC 6455 §4.2.1 item 3: Upgrade is a list of tokens without regard to case")
    void upgradeNamesWebSocket(String value) {
        HttpRequest request = request();
        request.headers().set("Upgrade", value);
        assertThat(Handshake.isUpgrade(request)).isTrue();
        assertThat(Handshake.check(request, List.of())).isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"websockets", "web socket", "websocket/13", "h2c", "", "\u00a0websocket", "websoc\u212aet"})
    void anythingElseIsNotAnUpgrade(String value) {
        HttpRequest request = request();
        request.headers().set("Upgrade", value);
        assertThat(Handshake.isUpgrade(request)).isFalse();
        Refused refused = refused(request);
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers()).containsEntry("Upgrade", "websocket").containsEntry("Connection", "Upgrade");
    }

    @Test
    void aPageGets426WithOneHelpfulSentence() {
        Refused refused = refusedWithout("Upgrade");
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.message()).contains("new WebSocket(").endsWith(".");
    }

    @Test
    void tokensMayStandOnSeveralLines() {
        HttpRequest request = request();
        request.headers().set("Upgrade", List.of("h2c", "websocket"));
        request.headers().set("Connection", List.of("keep-alive, foo", "x, UPGRADE"));
        assertThat(Handshake.check(request, List.of())).isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-alive", "upgraded", "", "not-upgrade"})
    @DisplayName("RFC 6455 §4.2.1 item 4: Connection names Upgrade")
    void connectionMustNameUpgrade(String value) {
        assertThat(refusedWith("Connection", value).status()).isEqualTo(400);
        assertThat(refusedWithout("Connection").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "8", "12", "14", "013", "13, 8", "x"})
    @DisplayName("RFC 6455 §4.2.1 item 6, §4.4: another version gets 426 and ours")
    void anotherVersionGets426AndOurs(String version) {
        Refused refused = refusedWith("Sec-WebSocket-Version", version);
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers()).containsEntry("Sec-WebSocket-Version", "13");
        assertThat(refusedWithout("Sec-WebSocket-Version").status()).isEqualTo(426);
        assertThat(refusedWithAnother("Sec-WebSocket-Version", "13").status()).isEqualTo(426);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "AAAA",
                "AAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAA=",
                "AAAAAAAAAAAAAAAAAAAAAB==",
                "AAAAAAAAAAAAAAAAAAAAAAA=",
                "AAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAA AA==",
                "AAAAAAAAAAAAAAAAAAAA-A==",
                "AAAAAAAAAAAAAAAAAAAAAA==\u00a0"
            })
    @DisplayName("RFC 6455 §4.2.1 item 5: the key is 16 bytes in canonical base64")
    void keyIsSixteenBytesInCanonicalBase64(String key) {
        assertThat(refusedWith("Sec-WebSocket-Key", key).status()).isEqualTo(400);
    }

    @Test
    void keyIsThereOnce() {
        assertThat(refusedWithout("Sec-WebSocket-Key").status()).isEqualTo(400);
        assertThat(refusedWithAnother("Sec-WebSocket-Key", KEY).status()).isEqualTo(400);
    }

    @Test
    void anUpgradeHasNoBody() {
        assertThat(refusedWith("Content-Length", "5").status()).isEqualTo(400);
        assertThat(refusedWith("Content-Length", "-1").status()).isEqualTo(400);
        assertThat(refusedWith("Transfer-Encoding", "chunked").status()).isEqualTo(400);
        HttpRequest empty = request();
        empty.headers().set("Content-Length", "0");
        assertThat(Handshake.check(empty, List.of())).isInstanceOf(Accepted.class);
    }

    @Test
    void theServersFirstChoiceAmongTheOfferedSubprotocolsWins() {
        HttpRequest request = request();
        request.headers().set("Sec-WebSocket-Protocol", List.of("chat", "carillon.v1 ,carillon.v1.bin"));
        assertThat(accepted(request, List.of("carillon.v1.bin", "carillon.v1")).subprotocol())
                .isEqualTo("carillon.v1.bin");
        assertThat(accepted(request, List.of("none")).subprotocol()).isNull();
        assertThat(accepted(request, List.of("CHAT")).subprotocol()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "a,,b", "a b", "a,a", "a;b", "(a)", "a,", "\"a\"", "\u00e4"})
    @DisplayName("RFC 6455 §4.1 item 10: subprotocols are different tokens, none empty")
    void malformedSubprotocolsAreRefused(String value) {
        assertThat(refusedWith("Sec-WebSocket-Protocol", value).status()).isEqualTo(400);
    }

    private static HttpRequest connect() {
        HttpRequest request = new DefaultHttpRequest(new HttpVersion("HTTP", 2, 0, true), HttpMethod.CONNECT, "/live");
        request.headers().add("Host", "localhost").add("Sec-WebSocket-Version", "13");
        return request;
    }

    @Test
    @DisplayName("RFC 8441 §5: over HTTP/2 there is no key, and none is answered")
    void anExtendedConnectIsAcceptedWithoutAKey() {
        HttpRequest request = connect();
        request.headers().add("Sec-WebSocket-Protocol", "other, carillon.v1");
        Handshake.Result result = Handshake.checkConnect(request, List.of("carillon.v1"));
        assertThat(result).isEqualTo(new Accepted(null, "carillon.v1"));
        assertThat(((Accepted) result).agreed()).isEqualTo(Map.of("Sec-WebSocket-Protocol", "carillon.v1"));
        assertThatThrownBy(() -> ((Accepted) result).response(UnpooledByteBufAllocator.DEFAULT))
                .isInstanceOf(IllegalStateException.class);
        assertThat(Handshake.isUpgrade(connect())).isFalse();
    }

    @Test
    @DisplayName("RFC 8441 §5: what else a handshake must have, it must have over HTTP/2 too")
    void anExtendedConnectOfAnotherVersionOrWithABodyOrBrokenSubprotocolsIsRefused() {
        HttpRequest version = connect();
        version.headers().set("Sec-WebSocket-Version", "8");
        HttpRequest body = connect();
        body.headers().add("Content-Length", "1");
        HttpRequest subprotocols = connect();
        subprotocols.headers().add("Sec-WebSocket-Protocol", "a, a");
        for (HttpRequest broken : List.of(version, body, subprotocols)) {
            assertThat(Handshake.checkConnect(broken, List.of()))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.status()).isEqualTo(400));
        }
    }

    @Test
    void aRefusalNeverRepeatsTheRequest() {
        String evil = "<script>";
        for (String name : List.of("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version")) {
            Refused refused = refusedWith(name, evil);
            assertThat(refused.toString()).doesNotContain(evil);
        }
    }

    static HttpRequest request() {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/live");
        request.headers()
                .add("Host", "localhost")
                .add("Upgrade", "websocket")
                .add("Connection", "keep-alive, Upgrade")
                .add("Sec-WebSocket-Key", KEY)
                .add("Sec-WebSocket-Version", "13");
        return request;
    }

    private static String responseTo(HttpRequest request, List<String> supported) {
        ByteBuf response = accepted(request, supported).response(UnpooledByteBufAllocator.DEFAULT);
        try {
            return response.toString(US_ASCII);
        } finally {
            response.release();
        }
    }

    private static Accepted accepted(HttpRequest request, List<String> supported) {
        return (Accepted) Handshake.check(request, supported);
    }

    private static Refused refused(HttpRequest request) {
        return (Refused) Handshake.check(request, List.of());
    }

    private static Refused refusedWithout(String header) {
        HttpRequest request = request();
        request.headers().remove(header);
        return refused(request);
    }

    private static Refused refusedWith(String header, String value) {
        HttpRequest request = request();
        request.headers().set(header, value);
        return refused(request);
    }

    private static Refused refusedWithAnother(String header, String value) {
        HttpRequest request = request();
        request.headers().add(header, value);
        return refused(request);
    }
}
