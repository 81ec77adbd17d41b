package dev.carillon.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1.1 request as a {@link Front} passes it on: as it came, but that its connection is asked to end with
 * the answer, unless it is to become something else. So the next request comes on another connection, and can go to another
 * node.
 */
final class FrontHead {

    /** The most bytes; a request with more is not passed on. */
    static final int BYTES_MAX = 64 << 10;

    /** What is about this connection alone, and not about the request. */
    private static final Set<String> OF_THE_CONNECTION =
            Set.of("connection", "keep-alive", "upgrade", "http2-settings");

    private FrontHead() {}

    /**
     * Reads up to the empty line, and not beyond. Blocks.
     *
     * @return null where the connection ended before it had said anything
     * @throws IOException if it ends in the middle, or has more than {@link #BYTES_MAX}
     */
    @SuppressWarnings("ReturnsNullArray") // there is no empty head
    static byte @Nullable [] read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream(1024);
        int ends = 0; // how many of the last line feeds had nothing but carriage returns between them
        while (ends < 2) {
            int next = in.read();
            if (next < 0) {
                if (head.size() == 0) {
                    return null;
                }
                throw new IOException("the connection ended within a head");
            }
            head.write(next);
            if (head.size() > BYTES_MAX) {
                throw new IOException("a head of more than " + BYTES_MAX + " bytes");
            }
            if (next == '\n') {
                ends++;
            } else if (next != '\r') {
                ends = 0;
            }
        }
        return head.toByteArray();
    }

    /** The same, which asks for the end of the connection, unless it asks for a WebSocket. */
    static byte[] lastOfItsConnection(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        StringBuilder changed = new StringBuilder(text.length() + 32);
        for (String line : text.strip().lines().toList()) {
            String name = line.substring(0, Math.max(line.indexOf(':'), 0)).toLowerCase(Locale.ROOT);
            if (name.equals("upgrade") && line.toLowerCase(Locale.ROOT).endsWith("websocket")) {
                return head;
            }
            if (!OF_THE_CONNECTION.contains(name)) {
                changed.append(line).append("\r\n");
            }
        }
        return changed.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
