package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the front does to a request's head, and what it leaves as it is. */
class FrontHeadTest {

    private static InputStream of(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String passedOn(String head) {
        return new String(
                FrontHead.lastOfItsConnection(head.getBytes(StandardCharsets.ISO_8859_1)), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aHeadIsReadUpToItsEndAndNotBeyond() throws Exception {
        InputStream in = of("POST / HTTP/1.1\r\nHost: a\r\n\r\nbody");
        assertThat(new String(Objects.requireNonNull(FrontHead.read(in)), StandardCharsets.ISO_8859_1))
                .isEqualTo("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)).isEqualTo("body");
        assertThat(FrontHead.read(of(""))).isNull();
    }

    @Test
    void aHeadWithoutEndIsRefused() {
        assertThatThrownBy(() -> FrontHead.read(of("GET / HTTP/1.1\r\nHo"))).isInstanceOf(IOException.class);
        String endless = "GET / HTTP/1.1\r\nX: " + "a".repeat(FrontHead.BYTES_MAX);
        assertThatThrownBy(() -> FrontHead.read(of(endless)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("65536");
    }

    @Test
    void aRequestIsTheLastOfItsConnection() {
        assertThat(passedOn("GET /a HTTP/1.1\r\nHost: b\r\nconnection: keep-alive\r\nKeep-Alive: 5\r\nX: y\r\n\r\n"))
                .isEqualTo("GET /a HTTP/1.1\r\nHost: b\r\nX: y\r\nConnection: close\r\n\r\n");
    }

    @Test
    void onlyWhatBecomesAWebSocketStaysAsItCame() {
        String head = "GET /live HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        assertThat(passedOn(head)).isEqualTo(head);
        assertThat(passedOn("GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nHost: b\r\n\r\n"))
                .isEqualTo("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    }
}
