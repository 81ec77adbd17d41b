package dev.carillon.gateway;

import dev.carillon.protocol.BinaryFeed;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.ServerMessage;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket with the subprotocol {@code carillon.v1.bin}. */
final class BinarySocket implements WebSocket.Listener {

    final WebSocket socket;
    final CompletableFuture<String> closed = new CompletableFuture<>();
    private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final BinaryFeed feed = new BinaryFeed();

    BinarySocket(HttpClient http, URI uri, String... headers) {
        WebSocket.Builder builder = http.newWebSocketBuilder().subprotocols("carillon.v1", "carillon.v1.bin");
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        socket = builder.buildAsync(uri, this).join();
    }

    /** The next message's bytes; fails after 30 s. */
    byte[] nextBytes() throws InterruptedException {
        byte[] message = messages.poll(30, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message came; closed: " + closed);
        }
        return message;
    }

    ServerMessage next() throws InterruptedException {
        return read(nextBytes());
    }

    ServerMessage read(byte[] message) {
        if (feed.read(message) instanceof JsonReader.Outcome.Read<ServerMessage> read) {
            return read.value();
        }
        throw new AssertionError("unreadable: " + java.util.HexFormat.of().formatHex(message));
    }

    /** The next message, which is of this type. */
    <T extends ServerMessage> T next(Class<T> type) throws InterruptedException {
        return type.cast(next());
    }

    void say(ClientMessage message) {
        send(BinaryWriter.of(message));
    }

    void send(byte[] message) {
        socket.sendBinary(ByteBuffer.wrap(message), true).join();
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] part = new byte[data.remaining()];
        data.get(part);
        bytes.writeBytes(part);
        if (last) {
            messages.add(bytes.toByteArray());
            bytes.reset();
        }
        from.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        closed.completeExceptionally(new AssertionError("nobody sends text"));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code + " " + reason);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }
}
