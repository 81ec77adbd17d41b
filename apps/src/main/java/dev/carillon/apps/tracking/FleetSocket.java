package dev.carillon.apps.tracking;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A WebSocket to the server, by the JDK's client: what is said waits until it is sent. Thread-safe. */
final class FleetSocket implements WebSocket.Listener {

    private final ReentrantLock sending = new ReentrantLock();
    private final StringBuilder part = new StringBuilder();
    private final Consumer<String> received;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile @Nullable WebSocket socket;

    private FleetSocket(Consumer<String> received) {
        this.received = received;
    }

    /**
     * Connects.
     *
     * @param received is told each message, one at a time
     */
    static FleetSocket open(HttpClient client, URI live, String token, Consumer<String> received) {
        FleetSocket opened = new FleetSocket(received);
        opened.socket = client.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(live, opened)
                .join();
        return opened;
    }

    /** Resolves with the reason once it has ended. */
    CompletableFuture<String> ended() {
        return ended;
    }

    /** Sends a message; returns when it has gone to the system. */
    void say(String message) {
        WebSocket open = socket;
        if (open == null || ended.isDone()) {
            return;
        }
        sending.lock();
        try {
            open.sendText(message, true).join();
        } catch (CompletionException e) {
            ended.complete("a connection broke: " + e.getMessage());
        } finally {
            sending.unlock();
        }
    }

    void close() {
        ended.complete("");
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        part.append(data);
        if (last) {
            String message = part.toString();
            part.setLength(0);
            received.accept(message);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        ended.complete("the server closed a connection: " + code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        ended.complete("a connection broke: " + error.getMessage());
    }
}
