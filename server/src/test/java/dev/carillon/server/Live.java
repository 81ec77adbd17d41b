package dev.carillon.server;

import dev.carillon.protocol.BinaryFeed;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.JsonWriter;
import dev.carillon.protocol.ServerMessage;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The JDK's WebSocket to a server in another process, in JSON or in the binary form. */
final class Live implements WebSocket.Listener, AutoCloseable {

    /** Completes with the close code, or with −1 if the connection broke. */
    final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Consumer<ServerMessage> heard;
    /** Null in JSON. */
    private final @Nullable BinaryFeed feed;

    private final WebSocket socket;

    private Live(Peer peer, String path, @Nullable BinaryFeed feed, Consumer<ServerMessage> heard) {
        this.heard = heard;
        this.feed = feed;
        URI at = URI.create("ws" + peer.server.resolve(path).toString().substring("http".length()));
        WebSocket.Builder builder = peer.http.newWebSocketBuilder();
        if (feed != null) {
            builder.subprotocols("carillon.v1.bin");
        }
        this.socket = builder.buildAsync(at, this).join();
    }

    /** Connects; the messages go to {@code heard}, on a thread of the client's. */
    static Live connect(Peer peer, String path, Consumer<ServerMessage> heard) {
        return new Live(peer, path, null, heard);
    }

    /** As {@link #connect}, in the binary form. */
    static Live connectBinary(Peer peer, String path, Consumer<ServerMessage> heard) {
        return new Live(peer, path, new BinaryFeed(), heard);
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

    /** As {@link #send}, in the form that this connection speaks. */
    boolean say(ClientMessage message) {
        if (feed == null) {
            JsonWriter json = new JsonWriter();
            message.writeTo(json);
            return send(new String(json.toBytes(), StandardCharsets.UTF_8));
        }
        try {
            socket.sendBinary(ByteBuffer.wrap(BinaryWriter.of(message)), true).join();
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] part = new byte[data.remaining()];
        data.get(part);
        bytes.writeBytes(part);
        if (last) {
            byte[] message = bytes.toByteArray();
            bytes.reset();
            heard.accept(read(message));
        }
        from.request(1);
        return CompletableFuture.completedStage(null);
    }

    private ServerMessage read(byte[] message) {
        if (feed != null && feed.read(message) instanceof JsonReader.Outcome.Read<ServerMessage>(ServerMessage read)) {
            return read;
        }
        throw new AssertionError("unreadable: " + HexFormat.of().formatHex(message));
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
