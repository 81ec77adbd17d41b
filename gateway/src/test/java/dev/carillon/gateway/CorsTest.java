package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser is told about pages from elsewhere. */
class CorsTest {

    private static final String PAGE = "https://app.example";
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(
                Duration.ofSeconds(25), new GatewaySettings.Access(false, List.of(PAGE), List.of("chat.example")));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String ask(String line, String... headers) throws Exception {
        return server.raw(line + " HTTP/1.1\nHost: chat.example\nConnection: close\n" + String.join("\n", headers)
                + (headers.length == 0 ? "\n" : "\n\n"));
    }

    /** The answer's header lines, names in lower case. */
    private static List<String> head(String answer) {
        return answer.substring(0, answer.indexOf("\r\n\r\n"))
                .lines()
                .map(line -> {
                    int colon = line.indexOf(':');
                    return colon < 0 ? line : line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon);
                })
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /channels/orders", "GET /nowhere", "GET /channels/a%20b", "DELETE /channels/orders"})
    void anAllowedOriginIsNamedOnEveryAnswerAlsoOnARefusal(String line) throws Exception {
        assertThat(head(ask(line, "Origin: " + PAGE)))
                .contains(
                        "access-control-allow-origin: " + PAGE,
                        "access-control-allow-credentials: true",
                        "access-control-expose-headers: Carillon-Stale, ETag, Retry-After",
                        "vary: origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: https://app.example.evil.test",
                "Origin: http://app.example",
                "Origin: https://app.example:8443",
                "Origin: null",
                "Origin: *",
                "Origin: https://app.example\nOrigin: https://evil.test",
                "X-Nothing: 1"
            })
    void toAnyOtherOriginAndToNoneNothingIsSaid(String header) throws Exception {
        for (String line :
                List.of("GET /channels/orders", "OPTIONS /channels/orders", "GET /healthz", "OPTIONS /healthz")) {
            List<String> head = head(ask(line, header, "Access-Control-Request-Method: POST"));
            assertThat(head).noneMatch(text -> text.startsWith("access-control-"));
            assertThat(head).contains("vary: origin");
        }
    }

    @Test
    void noAnswerNamesEveryOrigin() throws Exception {
        for (String origin : List.of(PAGE, "https://evil.test", "https://chat.example")) {
            assertThat(ask("GET /channels/orders", "Origin: " + origin)).doesNotContain(": *");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/channels/orders         | GET, HEAD, POST, DELETE, OPTIONS",
                "/channels/orders/signals | GET, HEAD, POST, DELETE, OPTIONS",
                "/live                    | GET, HEAD, POST, OPTIONS",
                "/metrics                 | GET, HEAD, OPTIONS",
                "/                        | GET, HEAD, OPTIONS"
            })
    void whoAsksBeforeIsToldWhatIsTaken(String path, String methods) throws Exception {
        List<String> head = head(ask(
                "OPTIONS " + path,
                "Origin: " + PAGE,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization,x-strange"));
        assertThat(head)
                .contains(
                        "HTTP/1.1 204 No Content",
                        "access-control-allow-origin: " + PAGE,
                        "access-control-allow-credentials: true",
                        "access-control-allow-methods: " + methods,
                        "access-control-allow-headers: authorization, carillon-session, content-type, idempotency-key,"
                                + " if-none-match, last-event-id",
                        "access-control-max-age: 600",
                        "allow: " + methods);
    }

    @Test
    void optionsThatNoBrowserAskedAreOnlyWhatIsAllowed() throws Exception {
        assertThat(head(ask("OPTIONS /live")))
                .contains("HTTP/1.1 204 No Content", "allow: GET, HEAD, POST, OPTIONS")
                .noneMatch(line -> line.startsWith("access-control-"));
    }

    @Test
    void anEventStreamMayBeReadToo() throws Exception {
        String request = "GET /channels/orders HTTP/1.0\r\nHost: chat.example\r\nAccept: text/event-stream\r\nOrigin: "
                + PAGE + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
            }
            assertThat(head(head.toString()))
                    .contains("access-control-allow-origin: " + PAGE, "access-control-allow-credentials: true");
        }
    }
}
