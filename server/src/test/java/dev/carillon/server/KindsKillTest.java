package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps, purges and redactions of a real process that is killed. */
final class KindsKillTest {

    private static final Pattern VALUE = Pattern.compile("\"key\":\"([^\"]+)\",\"data\":(\\d+)");
    private static final Pattern POSITION = Pattern.compile("\"position\":\"([^\"]+)\"");
    private static final int ROUNDS = 4;
    private static final int CHANGES = 150;

    @TempDir
    private Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Random random = new Random(Seed.of(KindsKillTest.class));
    private final Map<String, Integer> model = new TreeMap<>();
    private URI at = URI.create("http://localhost");

    private ServerProcess start() throws Exception {
        Files.writeString(folder.resolve("carillon.yaml"), """
                channels:
                  - {pattern: "map:*", preset: state, history: {count: 20}}
                  - {pattern: "**"}
                """);
        return ServerProcess.start(folder, "serve", "--port", "0", "--config", "carillon.yaml");
    }

    private String send(HttpRequest.Builder request, int status) throws Exception {
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body();
    }

    private String post(String path, String body) throws Exception {
        return send(
                HttpRequest.newBuilder(at.resolve(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                201);
    }

    private String get(String path) throws Exception {
        return send(HttpRequest.newBuilder(at.resolve(path)), 200);
    }

    private void delete(String path) throws Exception {
        send(HttpRequest.newBuilder(at.resolve(path)).DELETE(), 204);
    }

    private static String position(String json) {
        Matcher matcher = POSITION.matcher(json);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private void change() throws Exception {
        String key = "k" + random.nextInt(9);
        if (random.nextInt(4) == 0) {
            post("/channels/map:fleet?key=" + key + "&removed=true", "");
            model.remove(key);
        } else {
            int value = random.nextInt(1_000_000);
            post("/channels/map:fleet?key=" + key, Integer.toString(value));
            model.put(key, value);
        }
    }

    private Map<String, Integer> map() throws Exception {
        Map<String, Integer> found = new TreeMap<>();
        Matcher matcher = VALUE.matcher(get("/channels/map:fleet"));
        while (matcher.find()) {
            found.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
        }
        return found;
    }

    /** Killed again and again right after an answer, with so little history that values outlive their records' neighbours. */
    @Test
    void whatWasAnsweredIsSoAfterKill() throws Exception {
        String kept = "";
        for (int round = 0; round < ROUNDS; round++) {
            try (ServerProcess server = start()) {
                at = server.ready();
                assertThat(map()).isEqualTo(model);
                if (round == 0) {
                    post("/channels/map:fleet?key=old", "7");
                    model.put("old", 7);
                    post("/channels/orders", "{\"secret\":1}");
                    kept = position(post("/channels/orders", "2"));
                }
                if (round == 1) {
                    assertThat(get("/channels/orders")).contains("secret");
                    delete("/channels/orders/publications/" + position(get("/channels/orders?after=0&limit=1")));
                }
                if (round == 2) {
                    assertThat(get("/channels/orders?after=0"))
                            .contains("\"redacted\":true")
                            .doesNotContain("secret", "\"gap\"");
                }
                for (int i = 0; i < CHANGES; i++) {
                    change();
                }
                if (round == 2) {
                    delete("/channels/orders");
                    delete("/channels/map:fleet");
                    model.clear();
                    post("/channels/map:fleet?key=new", "5");
                    model.put("new", 5);
                }
                server.kill();
            }
        }
        try (ServerProcess server = start()) {
            at = server.ready();
            assertThat(map()).isEqualTo(model);
            assertThat(get("/channels/orders?after=" + kept)).contains("\"cause\":\"epoch\"", "\"publications\":[]");
            server.terminate();
            server.exitCode();
            assertThat(server.err()).doesNotContain("Exception", "ERROR");
        }
    }
}
