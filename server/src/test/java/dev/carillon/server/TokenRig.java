package dev.carillon.server;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server in this process, its channels in memory, and peers that present what they like. */
final class TokenRig implements AutoCloseable {

    /** The ways to a channel; each tells by which code it was refused. */
    enum Delivery {
        POST,
        GET,
        LONG_POLL,
        EVENT_STREAM,
        LIVE_POST,
        CHANNEL_WEBSOCKET,
        LIVE_WEBSOCKET,
        AUTHENTICATE
    }

    /** What somebody was answered: the code, 0 for none, and the status or close code beside it. */
    record Answer(int code, int status) {}

    final HttpClient http = HttpClient.newHttpClient();
    final CarillonServer server;

    TokenRig(Configuration configuration) throws StartException {
        server = CarillonServer.start(configuration, Site.NONE);
    }

    /** What a file says, on a free port, with channels in memory, and this folder for the rest. */
    static Configuration configuration(String yaml, @Nullable Path data) {
        ConfigurationFile.Outcome outcome = ConfigurationFile.parse(
                "channels: [{pattern: \"**\", durability: memory}]\n" + yaml, UnaryOperator.identity());
        if (!outcome.problems().isEmpty()) {
            throw new AssertionError(outcome.problems());
        }
        return outcome.configuration().toBuilder()
                .listen(new Listen(List.of("127.0.0.1"), 0))
                .data(data)
                .build();
    }

    HttpRequest.Builder request(String path, @Nullable String token) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url()).resolve(path)).timeout(Duration.ofSeconds(20));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> publish(String channel, @Nullable String token) throws Exception {
        return send(request("/channels/" + channel, token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("7")));
    }

    HttpResponse<String> revoke(@Nullable String secret, String body) throws Exception {
        return send(request("/admin/revocations", secret).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Asks for a channel on a delivery, presenting this. */
    Answer ask(Delivery delivery, String channel, @Nullable String token) throws Exception {
        return switch (delivery) {
            case POST -> of(publish(channel, token));
            case GET -> of(send(request("/channels/" + channel, token)));
            case LONG_POLL -> of(send(request("/channels/" + channel + "?wait=1ms", token)));
            case EVENT_STREAM -> eventStream(channel, token);
            case LIVE_POST ->
                of(send(request("/live", token)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"channels\":[{\"channel\":\"" + channel + "\"}],\"wait\":0}"))));
            case CHANNEL_WEBSOCKET -> channelWebSocket(channel, token);
            case LIVE_WEBSOCKET -> liveWebSocket(channel, token);
            case AUTHENTICATE -> authenticate(channel, token);
        };
    }

    private static Answer of(HttpResponse<String> answer) {
        return new Answer(codeIn(answer.body()), answer.statusCode());
    }

    private static int codeIn(String text) {
        return text.contains("\"type\":\"error\"")
                ? Integer.parseInt(text.replaceAll("(?s).*\"code\":(\\d+).*", "$1"))
                : 0;
    }

    private Answer eventStream(String channel, @Nullable String token) throws Exception {
        HttpResponse<java.io.InputStream> answer = http.send(
                request("/channels/" + channel, token)
                        .header("Accept", "text/event-stream")
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        try (var body = answer.body()) {
            int code = answer.statusCode() == 200 ? 0 : codeIn(new String(body.readAllBytes()));
            return new Answer(code, answer.statusCode());
        }
    }

    private String query(@Nullable String token) {
        return token == null ? "" : "?token=" + token;
    }

    private Answer channelWebSocket(String channel, @Nullable String token) throws Exception {
        Socket socket;
        try {
            socket = socket("/channels/" + channel + query(token));
        } catch (java.util.concurrent.CompletionException e) {
            // Refused with a status, which this client shows; its body it does not.
            if (e.getCause() instanceof java.net.http.WebSocketHandshakeException refused) {
                return new Answer(
                        refused.getResponse().statusCode() == 401 ? 4605 : 0,
                        refused.getResponse().statusCode());
            }
            throw e;
        }
        try (socket) {
            String first = socket.next();
            return first.contains("\"hello\"") ? new Answer(codeIn(socket.next()), 101) : socket.closing(first);
        }
    }

    private Answer liveWebSocket(String channel, @Nullable String token) throws Exception {
        try (Socket socket = socket("/live" + query(token))) {
            String first = socket.next();
            if (!first.contains("\"hello\"")) {
                return socket.closing(first);
            }
            socket.send("{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"}");
            return new Answer(codeIn(socket.next()), 101);
        }
    }

    private Answer authenticate(String channel, @Nullable String token) throws Exception {
        try (Socket socket = socket("/live")) {
            socket.next();
            if (token != null) {
                socket.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
                String answer = socket.next();
                if (!answer.contains("\"authenticated\"")) {
                    return new Answer(codeIn(answer), 101);
                }
            }
            socket.send("{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"}");
            return new Answer(codeIn(socket.next()), 101);
        }
    }

    Socket socket(String path) {
        return new Socket(http, URI.create("ws" + server.url().substring(4) + path));
    }

    /** The JDK's WebSocket. */
    static final class Socket implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Socket(HttpClient http, URI at) {
            socket = http.newWebSocketBuilder().buildAsync(at, this).join();
        }

        void send(String message) {
            socket.sendText(message, true).join();
        }

        String next() throws InterruptedException {
            String message = messages.poll(20, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came; closed: " + closed);
            }
            return message;
        }

        private Answer closing(String refusal) throws Exception {
            return new Answer(codeIn(refusal), closed.get(20, TimeUnit.SECONDS));
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                messages.add(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        server.close();
    }
}
