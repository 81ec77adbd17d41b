package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What proves who asks reaches no log, whatever is set to be logged: a server that logs everything is asked on every
 * address, well and badly, with tokens that can be found again; then all that it wrote is searched.
 */
@Tag("process")
final class TokenLogTest {

    private static final String INSPECTOR = "0123456789abcdefghij-_";
    private static final String UPGRADE = "Upgrade: websocket\nConnection: Upgrade\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n";
    private static final String REFUSED_UPGRADE = UPGRADE.replace("Connection: ", "Connection: close, ");
    private static final String CLOSE = "\n\u0088\u0080\u0000\u0000\u0000\u0000";

    @TempDir
    private Path folder = Path.of("");

    private int port;

    /** All that a peer was told; some of it is what an inspector shows. */
    private final StringBuilder told = new StringBuilder();

    private ServerProcess start(String yaml) throws Exception {
        Path config = Files.writeString(folder.resolve("carillon.yaml"), yaml);
        Path logback = Files.writeString(folder.resolve("debug.xml"), """
                <configuration>
                    <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
                        <target>System.err</target>
                        <encoder><pattern>%level %logger: %msg%n%ex{full}</pattern></encoder>
                    </appender>
                    <root level="TRACE"><appender-ref ref="stderr"/></root>
                </configuration>
                """);
        Path logging = Files.writeString(folder.resolve("logging.properties"), """
                handlers=java.util.logging.ConsoleHandler
                java.util.logging.ConsoleHandler.level=ALL
                .level=ALL
                """);
        ServerProcess server = ServerProcess.startWith(
                System.getProperty("java.class.path"),
                List.of("-Dlogback.configurationFile=" + logback, "-Djava.util.logging.config.file=" + logging),
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                config.toString());
        port = server.ready().getPort();
        return server;
    }

    private String say(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(500);
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            told.append(answer);
            return answer;
        } catch (IOException e) {
            return ""; // the server has ended it without a word, or leaves it open
        }
    }

    /** Asks everywhere with a token, in every way that it can be carried. */
    private void askEverywhere(String token) throws Exception {
        List<String> targets = new ArrayList<>();
        for (String path : List.of(
                "/",
                "/live",
                "/chat",
                "/channels/orders",
                "/channels/a%20b",
                "/channels/orders/presence",
                "/channels/orders/signals",
                "/docs",
                "/docs/nowhere",
                "/metrics",
                "/healthz",
                "/favicon.ico",
                "/inspect/nobody",
                "/admin",
                "/admin/revocations",
                "/apps/login",
                "/network/lanes",
                "/nowhere",
                "/%zz",
                "//evil.test/live",
                "/..%2f..%2fetc")) {
            targets.add(path + "?token=" + token);
            targets.add(path + "?a=%zz&token=" + token);
            targets.add(path + "?%74oken=" + token + "#token=" + token);
        }
        targets.add("http://localhost/live?token=" + token);
        targets.add("/channels/orders?wait=1ms&token=" + token);
        targets.add("/channels/orders?wait=soon&token=" + token);
        targets.add("/channels/orders?after=nonsense&token=" + token);
        targets.add("/" + "x".repeat(9000) + "?token=" + token);
        for (String target : targets) {
            say("GET " + target + " HTTP/1.1\nHost: localhost\nConnection: close\n\n");
            say("POST " + target + " HTTP/1.1\nHost: localhost\nConnection: close\n"
                    + "Content-Type: application/json\nContent-Length: 24\n\n{\"channels\":[],\"wait\":0}");
        }
        askLiveStreams(token);
        askBadly(token);
    }

    private void askLiveStreams(String token) throws IOException {
        for (String path : List.of("/live", "/chat", "/channels/orders")) {
            String target = path + "?token=" + token;
            say("GET " + target + " HTTP/1.1\nHost: localhost\nCookie: carillon_inspect=" + INSPECTOR
                    + "; carillon_token=" + token + "\nAuthorization: Basic " + token
                    + "\nReferer: http://localhost/?token=" + token + "\n" + UPGRADE + CLOSE);
            say("GET " + target + " HTTP/1.1\nHost: localhost\n" + REFUSED_UPGRADE.replace("13", "12") + "\n");
            say("GET " + target + " HTTP/1.1\nHost: localhost\nOrigin: https://evil.test\n" + REFUSED_UPGRADE + "\n");
            // A frame that breaks RFC 6455 right behind the handshake.
            say("GET " + target + " HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n\u00ff\u00ff\u00ff\u00ff");
        }
        String authenticate = "{\"type\":\"authenticate\",\"token\":\"" + token + "\"}";
        for (String message : List.of(authenticate, authenticate.substring(1), authenticate + "}")) {
            StringBuilder frame = new StringBuilder("\u0081");
            frame.append((char) (0x80 | 126))
                    .append((char) (message.length() >> 8))
                    .append((char) (message.length() & 255));
            say("GET /live HTTP/1.1\nHost: localhost\n" + UPGRADE + "\n" + frame + "\0\0\0\0" + message
                    + CLOSE.substring(1));
        }
    }

    private void askBadly(String token) throws IOException {
        String target = "/live?token=" + token;
        say("GET " + target + " HTTP/1.1\nHost: evil.test\nConnection: close\n\n");
        say("GET " + target + " HTTP/1.1\nConnection: close\n\n");
        say("GET " + target + " HTTP/9.9\nHost: localhost\nConnection: close\n\n");
        say("GET " + target + "\n\n");
        say("GET " + target + " \n");
        say(target + "\n\n");
        say("PATCH " + target + " HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        say("GET " + target + " HTTP/1.1\nHost: localhost\nX-Forwarded-For: 1.2.3.4\nConnection: close\n\n");
        say("GET " + target + " HTTP/1.1\nHost: localhost\nNo colon here\n\n");
        say("GET " + target + " HTTP/1.1\nHost: localhost\nX: " + "x".repeat(20_000) + "\n\n");
        say("POST " + target + " HTTP/1.1\nHost: localhost\nContent-Length: 99999999\n\n");
        say("POST " + target + " HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\nzz\n");
        say("GET / HTTP/1.1\nHost: localhost\nAuthorization: Bearer " + token + "\nAuthorization: Bearer x\n"
                + "Connection: close\n\n");
        say("GET / HTTP/1.1\nHost: localhost\nAuthorization: Bearer " + token + "\nX\u0000: y\n\n");
    }

    /** An inspector that is read to its end, in the background. */
    private Thread inspect() throws Exception {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream()
                .write(("GET /inspect/" + INSPECTOR + " HTTP/1.0\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        Peer.until("the inspector is open", () -> {
            try {
                return in.available() > 0;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        StringBuffer shown = new StringBuffer();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (socket) {
                shown.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                shown.append("the inspector broke: ").append(e.getClass());
            }
            synchronized (told) {
                told.append(shown);
            }
        });
        return reader;
    }

    /** Searches all that the server wrote: its output, its data, and what it told its peers. */
    private void assertNowhere(ServerProcess server, List<String> secrets) throws Exception {
        assertThat(server.out() + server.err()).contains("DEBUG").doesNotContain(secrets);
        assertThat(told.toString()).isNotEmpty().doesNotContain(secrets);
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(secrets);
            }
        }
    }

    /** What must not be found of a token: the whole, what it says, and its signature. */
    private static List<String> secretsOf(String token) {
        List<String> secrets = new ArrayList<>(List.of(token));
        if (token.contains(".")) {
            secrets.add(token.split("\\.")[1]);
            secrets.add(token.split("\\.")[2]);
        }
        return secrets;
    }

    @Test
    void aTokenInAUrlReachesNoLogInDevelopmentMode() throws Exception {
        try (ServerProcess server = start("data: data\nrequestTime: 1s\n")) {
            byte[] key = Base64.getDecoder()
                    .decode(Files.readString(folder.resolve("data").resolve(DevelopmentTokens.FILE))
                            .strip());
            String head = "{\"alg\":\"HS256\",\"kid\":\"development\"}";
            Thread inspector = inspect();
            List<String> secrets = new ArrayList<>();
            for (String token : List.of(
                    Jwt.token(head, Jwt.claims("alice", 600, ""), Jwt.hmac(key)),
                    Jwt.token(head, Jwt.claims("alice", -600, ""), Jwt.hmac(key)),
                    Jwt.token(head, Jwt.claims("mallory", 600, ""), Jwt.hmac(Jwt.SECRET)),
                    "a-secret-that-is-no-token-at-all")) {
                askEverywhere(token);
                secrets.addAll(secretsOf(token));
            }
            try (Peer peer = new Peer(URI.create("http://127.0.0.1:" + port))) {
                told.append(peer.get("/metrics").body());
                assertThat(peer.metric("carillon_failures_total")).isZero();
            }
            server.terminate();
            server.exitCode();
            inspector.join();
            assertThat(told.toString()).contains("event: handshake", "?token=…");
            assertNowhere(server, secrets);
        }
    }

    @Test
    void neitherAKeyNorTheAdminsSecretReachesALog() throws Exception {
        String key = "backend-0123456789-of-the-test";
        String admin = "admin-0123456789-of-the-test";
        String ecToken = Jwt.token("{\"alg\":\"ES256\",\"kid\":\"ec\"}", Jwt.claims("alice", 600, ""), Jwt.ec(Jwt.EC));
        try (ServerProcess server =
                start("""
                data: data
                requestTime: 1s
                keys: [{name: backend, secret: %s, grants: [{channels: "**", may: [subscribe, publish]}]}]
                tokens:
                  keys:
                    - {id: k1, algorithm: HS256, secret: %s}
                    - {id: ec, algorithm: ES256, publicKey: "%s"}
                admin: {secret: %s}
                """.formatted(key, Jwt.SECRET, Jwt.pem(Jwt.EC).replace("\n", "\\n"), admin))) {
            List<String> secrets = new ArrayList<>(List.of(Jwt.SECRET));
            for (String credential : List.of(key, admin, ecToken)) {
                askEverywhere(credential);
                secrets.addAll(secretsOf(credential));
            }
            server.terminate();
            server.exitCode();
            assertNowhere(server, secrets);
        }
    }
}
