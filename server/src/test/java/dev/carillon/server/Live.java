package dev.carillon.server;

import dev.carillon.protocol.ServerMessage;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The JDK's WebSocket to a server in another process. */
final class Live implements WebSocket.Listener, AutoCloseable {

    /** Completes with the close code, or with −1 if the connection broke. */
    final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private final StringBuilder text = new StringBuilder();
    private final Consumer<ServerMessage> heard;
    private final WebSocket socket;

    private Live(Peer peer, String path, Consumer<ServerMessage> heard) {
        this.heard = heard;
        URI at = URI.create("ws" + peer.server.resolve(path).toString().substring("http".length()));
        this.socket = peer.http.newWebSocketBuilder().buildAsync(at, this).join();
    }

    /** Connects; the messages go to {@code heard}, on a thread of the client's. */
    static Live connect(Peer peer, String path, Consumer<ServerMessage> heard) {
        return new Live(peer, path, heard);
    }

    /** A connection whose messages are asked for one by one. */
    static Asked ask(Peer peer, String path) {
        BlockingQueue<ServerMessage> messages = new LinkedBlockingQueue<>();
        return new Asked(connect(peer, path, messages::add), messages);
    }

    record Asked(Live live, BlockingQueue<ServerMessage> messages) implements AutoCloseable {

        ServerMessage next() throws InterruptedException {
            ServerMessage message = messages.poll(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came; the connection ended: " + live.ended);
            }
            return message;
        }

        @Override
        public void close() {
            live.close();
        }
    }

    /** Sends, and does not wait for what is answered; false once the connection is broken. */
    boolean send(String message) {
        try {
            socket.sendText(message, true).join();
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            ServerMessage message = Peer.message(text.toString());
            text.setLength(0);
            heard.accept(message);
        }
        from.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        ended.complete(code);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        ended.complete(-1);
    }

    @Override
    public void close() {
        socket.abort();
        ended.complete(-1);
    }
}
