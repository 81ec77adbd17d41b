package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What other programs are to a server: HTTP and WebSocket clients of the JDK. Every wait has an end. */
final class Peer implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    final HttpClient http;
    final URI server;

    Peer(URI server) {
        this(server, HttpClient.newHttpClient());
    }

    /** One whose client knows whom to trust. */
    Peer(URI server, HttpClient http) {
        this.server = server;
        this.http = http;
    }

    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.resolve(path)).timeout(PATIENCE);
        return headers.length == 0 ? request : request.headers(headers);
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return http.send(request(path, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Publishes JSON with an idempotency key. */
    HttpResponse<String> post(String channel, String key, String data) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request("/channels/" + channel, "Content-Type", "application/json", "Idempotency-Key", key);
        return http.send(
                request.POST(HttpRequest.BodyPublishers.ofString(data)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Publishes what must be accepted, or answered as a duplicate. */
    ServerMessage.Published publish(String channel, String key, String data) throws IOException, InterruptedException {
        HttpResponse<String> answer = post(channel, key, data);
        assertThat(message(answer.body())).isInstanceOf(ServerMessage.Published.class);
        ServerMessage.Published published = (ServerMessage.Published) message(answer.body());
        assertThat(answer.statusCode()).isEqualTo(published.duplicate() ? 200 : 201);
        return published;
    }

    /** Publishes until it is accepted, with the same key; each refusal must say that it may be tried again. */
    Position publishUntilAccepted(String channel, String key, String data) throws InterruptedException {
        List<Position> accepted = new ArrayList<>();
        until(data + " is accepted", () -> {
            try {
                HttpResponse<String> answer = post(channel, key, data);
                switch (message(answer.body())) {
                    case ServerMessage.Published published -> accepted.add(published.position());
                    case ServerMessage.Refusal refusal ->
                        assertThat(refusal.code()).isEqualTo(Code.BROKER_AWAY);
                    case ServerMessage other -> throw new AssertionError(other);
                }
                return !accepted.isEmpty();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return accepted.getFirst();
    }

    ServerMessage.HistoryPage page(String channel, String query) throws IOException, InterruptedException {
        HttpResponse<String> answer = get("/channels/" + channel + "?" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return (ServerMessage.HistoryPage) message(answer.body());
    }

    /** All that is kept, from the beginning. */
    List<Publication> history(String channel) throws IOException, InterruptedException {
        List<Publication> all = new ArrayList<>();
        Position position = Position.ORIGIN;
        boolean more = true;
        while (more) {
            ServerMessage.HistoryPage page = page(channel, "limit=400&after=" + position);
            assertThat(page.gap()).isNull();
            all.addAll(page.publications());
            position = page.position();
            more = page.more();
        }
        return all;
    }

    /** All that is still kept of a channel whose history may have let go of its beginning. */
    List<Publication> retained(String channel) throws IOException, InterruptedException {
        ServerMessage.HistoryPage page = page(channel, "limit=400&after=" + Position.ORIGIN);
        List<Publication> all = new ArrayList<>(page.publications());
        while (page.more()) {
            page = page(channel, "limit=400&after=" + page.position());
            assertThat(page.gap()).isNull();
            all.addAll(page.publications());
        }
        return all;
    }

    /**
     * Which node answers, if one does and not only what stands before them: two that were started at the same moment differ
     * too.
     */
    Optional<String> node() throws IOException, InterruptedException {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("carillon_info{"))
                .findFirst();
    }

    /** The value of a series that has no tags, or with the tags as they are written. */
    double metric(String series) throws IOException, InterruptedException {
        HttpResponse<String> answer = get("/metrics");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no series " + series));
    }

    static ServerMessage message(String json) {
        return switch (JsonReader.serverMessage(json.strip().getBytes(StandardCharsets.UTF_8))) {
            case JsonReader.Outcome.Read<ServerMessage>(ServerMessage message) -> message;
            case JsonReader.Outcome.Refused<ServerMessage>(var refusal) -> throw new AssertionError(refusal + json);
        };
    }

    /** The messages of what {@code POST /live} answers without an event stream. */
    static List<ServerMessage> messages(String answer) {
        List<ServerMessage> all = new ArrayList<>();
        boolean isText = false;
        boolean isEscaped = false;
        int depth = 0;
        int begin = 0;
        for (int i = answer.indexOf('[') + 1; i < answer.length(); i++) {
            char c = answer.charAt(i);
            if (isText) {
                isText = c != '"' || isEscaped;
                isEscaped = c == '\\' && !isEscaped;
            } else if (c == '"') {
                isText = true;
            } else if (c == '{') {
                begin = depth == 0 ? i : begin;
                depth++;
            } else if (c == '}') {
                depth--;
                if (depth == 0) {
                    all.add(message(answer.substring(begin, i + 1)));
                }
            }
        }
        return all;
    }

    /** Waits for something that nobody tells. */
    static void until(String what, BooleanSupplier claim) throws InterruptedException {
        until(what, PATIENCE, claim);
    }

    /** As {@link #until(String, BooleanSupplier)}, for what is much work, such as the start of a process. */
    static void until(String what, Duration patience, BooleanSupplier claim) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!claim.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it did not come true in " + patience.toSeconds() + " s: " + what);
            }
            Thread.sleep(10);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
