package dev.carillon.gateway;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket on a document, and the bytes that a client of Yjs would send. */
final class DocumentSocket implements WebSocket.Listener {

    final WebSocket socket;
    final CompletableFuture<String> closed = new CompletableFuture<>();
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    DocumentSocket(HttpClient http, URI uri) {
        socket = http.newWebSocketBuilder().buildAsync(uri, this).join();
    }

    /** One on an empty document, of which nothing more is to come before it says something. */
    static DocumentSocket joined(HttpClient http, URI uri) throws InterruptedException {
        DocumentSocket joined = new DocumentSocket(http, uri);
        joined.nextOf("0000");
        joined.send("0000" + "0100");
        joined.nextOf("0001");
        return joined;
    }

    /** The next message, in hex, that begins so. Others before it are passed over. */
    String nextOf(String head) throws InterruptedException {
        while (true) {
            String message = messages.poll(30, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("nothing came that begins with " + head + "; closed: " + closed);
            }
            if (message.startsWith(head)) {
                return message;
            }
        }
    }

    /** What came and was not asked for. */
    String rest() {
        return String.join(" ", messages);
    }

    void send(String hex) {
        socket.sendBinary(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), true).join();
    }

    /** Client 1 to 127 types a character behind its own last one, into the text {@code t}. */
    void type(int client, int clock, char character) {
        send(typed(client, clock, character));
    }

    /** As {@link #type}, as a message. */
    static String typed(int client, int clock, char character) {
        String anchor = clock == 0 ? "04" + "01" + "0174" : "84" + number(client) + number(clock - 1);
        return update("01" + "01" + number(client) + number(clock) + anchor + "01" + hex((byte) character) + "00");
    }

    /** A whole text by one client. */
    static String text(int client, String ascii) {
        byte[] text = ascii.getBytes(StandardCharsets.US_ASCII);
        return update("01" + "01" + number(client) + "00" + "04" + "01" + "0174" + number(text.length)
                + HexFormat.of().formatHex(text) + "00");
    }

    private static String update(String hex) {
        return "0002" + number(hex.length() / 2) + hex;
    }

    /** What a client says of itself. */
    static String present(int client, int clock, String json) {
        byte[] text = json.getBytes(StandardCharsets.US_ASCII);
        String entry = "01" + number(client) + number(clock) + number(text.length)
                + HexFormat.of().formatHex(text);
        return "01" + number(entry.length() / 2) + entry;
    }

    static String number(long number) {
        StringBuilder hex = new StringBuilder();
        long left = number;
        while (left > 0x7F) {
            hex.append(hex((byte) (left | 0x80)));
            left >>>= 7;
        }
        return hex.append(hex((byte) left)).toString();
    }

    static String hex(byte octet) {
        return HexFormat.of().toHexDigits(octet);
    }

    static String hexOf(String ascii) {
        return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] part = new byte[data.remaining()];
        data.get(part);
        bytes.writeBytes(part);
        if (last) {
            messages.add(HexFormat.of().formatHex(bytes.toByteArray()));
            bytes.reset();
        }
        from.request(1);
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
