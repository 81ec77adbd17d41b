package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat's rules against those who don't use its page: a real server, and clients that say what they like. */
@Tag("process")
final class ChatProcessTest {

    private static final String ROOM = "/channels/chat:room:general";
    private static final String KEY = "0123456789abcdef";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private @Nullable Path data;

    private @Nullable Process process;
    private String url = "";

    @BeforeEach
    void start() throws IOException {
        Path home = Path.of(System.getProperty("carillon.home", ".."));
        process = new ProcessBuilder(
                        home.resolve("carillon").toString(), "serve", "--port", "0", "--data", String.valueOf(data))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String ready = Objects.requireNonNull(out.readLine(), "the server ended before it was ready");
        assertThat(ready).startsWith("ready http://");
        url = ready.substring("ready ".length());
    }

    @AfterEach
    void stop() throws InterruptedException {
        kill();
        http.close();
    }

    /** As {@code kill -9} does. The launcher has become the server, so it is the server that dies. */
    private void kill() throws InterruptedException {
        Objects.requireNonNull(process, "not started").destroyForcibly().waitFor();
    }

    private HttpResponse<String> post(String path, String token, String body, @Nullable String key) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String login(String name) throws Exception {
        HttpResponse<String> answer = post("/apps/login", "", "{\"name\":\"" + name + "\"}", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        Matcher token = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(answer.body());
        assertThat(token.find()).isTrue();
        return token.group(1);
    }

    private String history(String token) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create(url + ROOM + "?token=" + token))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** A WebSocket without any library of ours. */
    private final class Raw implements WebSocket.Listener {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Raw(String token) {
            URI live = URI.create(url.replaceFirst("^http", "ws") + "/live?token=" + token);
            socket = http.newWebSocketBuilder().buildAsync(live, this).join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                messages.add(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        void send(String message) {
            socket.sendText(message, true).join();
        }

        /** The next message of this type; others are passed over. */
        String next(String type) throws InterruptedException {
            while (true) {
                String message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(message).as("a message of type " + type).isNotNull();
                if (Objects.requireNonNull(message).contains("\"type\":\"" + type + "\"")) {
                    return message;
                }
            }
        }
    }

    private static String publish(int id, String data) {
        return "{\"type\":\"publish\",\"id\":" + id + ",\"channel\":\"chat:room:general\",\"data\":" + data + "}";
    }

    @Test
    void aForgedEditIsRefusedOnEveryWayAndSeenByNobodyAlsoAfterAKill() throws Exception {
        String ada = login("ada");
        String bo = login("bo");
        Raw reader = new Raw(bo);
        reader.send("{\"type\":\"subscribe\",\"id\":1,\"channel\":\"chat:room:general\"}");
        reader.next("subscribed");

        String hello = "{\"kind\":\"message\",\"text\":\"hello\",\"tab\":\"t\",\"n\":1}";
        assertThat(post(ROOM, ada, hello, KEY).statusCode()).isEqualTo(201);
        assertThat(reader.next("publication")).contains("\"from\":\"ada\"").contains("hello");

        String forged = "{\"kind\":\"edit\",\"of\":\"" + KEY + "\",\"text\":\"forged\"}";
        String deleted = "{\"kind\":\"delete\",\"of\":\"" + KEY + "\"}";
        assertForgeriesAreRefused(new Raw(bo), bo, forged, deleted);
        assertThat(post(ROOM, "", forged, null).statusCode()).as("nobody").isEqualTo(401);

        kill();
        start();
        assertForgeriesAreRefused(new Raw(bo), bo, forged, deleted);

        String better = "{\"kind\":\"edit\",\"of\":\"" + KEY + "\",\"text\":\"better\"}";
        assertThat(post(ROOM, ada, better, null).statusCode()).as("its author").isEqualTo(201);
        assertThat(history(bo))
                .contains("\"offset\":2")
                .contains("better")
                .doesNotContain("forged")
                .doesNotContain("delete")
                .doesNotContain("\"offset\":3");
        assertThat(reader.messages).as("what the reader was told beside").noneMatch(m -> m.contains("forged"));
    }

    private void assertForgeriesAreRefused(Raw raw, String token, String... forgeries) throws Exception {
        raw.next("hello");
        for (String forgery : forgeries) {
            HttpResponse<String> answer = post(ROOM, token, forgery, null);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("not_permitted").contains("only who wrote a message may");
            raw.send(publish(7, forgery));
            assertThat(raw.next("error")).contains("\"id\":7").contains("\"code\":4604");
        }
    }

    @Test
    void aTokenOfTheChatOpensNothingElse() throws Exception {
        String ada = login("ada");
        assertThat(post("/channels/orders", ada, "1", null).statusCode()).isEqualTo(403);
        assertThat(post("/channels/chat:user:bo", ada, "{\"kind\":\"read\",\"rooms\":{}}", null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(post("/channels/chat:user:ada", ada, "{\"kind\":\"read\",\"rooms\":{\"general\":1}}", null)
                        .statusCode())
                .isEqualTo(201);
        assertThat(post("/channels/chat:rooms", ada, "{}", null).statusCode()).isEqualTo(403);
        assertThat(post("/channels/chat:rooms", "", "{}", null).statusCode())
                .as("strangers may publish in development mode, but not here")
                .isEqualTo(403);
    }

    @Test
    void aNewRoomNeedsANameAndStaysOverARestart() throws Exception {
        String room = "{\"name\":\"cellar\",\"topic\":\"It is dark here\"}";
        assertThat(post("/apps/chat/rooms", "", room, null).statusCode()).isEqualTo(401);
        String ada = login("ada");
        assertThat(post("/apps/chat/rooms", ada, room, null).statusCode()).isEqualTo(201);
        kill();
        start();
        assertThat(post("/apps/chat/rooms", ada, room, null).statusCode()).isEqualTo(200);
        String hello = "{\"kind\":\"message\",\"text\":\"hello\",\"tab\":\"t\",\"n\":1}";
        assertThat(post("/channels/chat:room:cellar", ada, hello, KEY).statusCode())
                .isEqualTo(201);
        assertThat(post("/channels/chat:room:attic", ada, hello, KEY).statusCode())
                .isEqualTo(403);
    }

    @Test
    void whatIsNoLoginIsRefusedWithACode() throws Exception {
        for (String body : new String[] {
            "",
            "[]",
            "{}",
            "{\"name\":7}",
            "{\"name\":\"\"}",
            "{\"name\":\"a b\"}",
            "{\"name\":\"" + "a".repeat(41) + "\"}"
        }) {
            HttpResponse<String> answer = post("/apps/login", "", body, null);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.body()).contains("\"code\":4600").doesNotContain("Exception");
        }
        assertThat(post("/apps/login", "", "{\"name\":\"  ada \"}", null).body())
                .contains("\"user\":\"ada\"");
        assertThat(post("/apps/nothing", "", "{}", null).statusCode()).isEqualTo(404);
    }
}
