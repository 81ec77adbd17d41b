package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client of HTTP/2 that says what it is told to, frame by frame, be it wrong. One thread. */
final class Http2Peer implements AutoCloseable {

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;

    static final int ENHANCE_YOUR_CALM = 11;

    /** A frame that came. */
    record Frame(int type, int flags, int stream, String payload) {

        boolean isEnd() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }

        int number(int at) {
            return ByteBuffer.wrap(payload.getBytes(StandardCharsets.ISO_8859_1))
                    .getInt(at);
        }
    }

    final SSLSocket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final DefaultHttp2HeadersDecoder heads = new DefaultHttp2HeadersDecoder(false);
    /** Whether PINGs are answered. */
    boolean isAlive = true;

    /** Greets, with this many bytes that each stream may be sent unasked. */
    Http2Peer(TestServer server, int window) throws IOException {
        socket = (SSLSocket) server.connect();
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        send(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6).putShort((short) 4).putInt(window).array());
    }

    Http2Peer(TestServer server) throws IOException {
        this(server, 65_535);
    }

    // ---- what it says

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        out.write(frame.array());
    }

    void sendNumber(int type, int stream, int number) throws IOException {
        send(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
    }

    void data(int stream, int flags, String bytes) throws IOException {
        send(DATA, flags, stream, bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Names and values in turn. */
    void headers(int stream, int flags, String... fields) throws IOException {
        send(HEADERS, flags | END_HEADERS, stream, block(fields));
    }

    void get(int stream, String path, String... more) throws IOException {
        String[] fields = {":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", path};
        headers(stream, END_STREAM, joined(fields, more));
    }

    void connect(int stream, String path, String... more) throws IOException {
        String[] fields = {
            ":method",
            "CONNECT",
            ":protocol",
            "websocket",
            ":scheme",
            "https",
            ":authority",
            "localhost",
            ":path",
            path,
            "sec-websocket-version",
            "13"
        };
        headers(stream, 0, joined(fields, more));
    }

    static String[] joined(String[] first, String[] second) {
        String[] all = new String[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** Literal header fields that are never indexed (RFC 7541 §6.2.3), without Huffman coding. */
    static byte[] block(String... fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            block.write(0x10);
            text(block, fields[i]);
            text(block, fields[i + 1]);
        }
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        int length = text.length();
        if (length < 127) {
            block.write(length);
        } else {
            block.write(127);
            for (length -= 127; length >= 128; length >>= 7) {
                block.write(length & 127 | 128);
            }
            block.write(length);
        }
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A masked frame of a client's WebSocket, with at most 125 bytes and a mask of zeros. */
    static String frame(int opcode, String payload) {
        return String.valueOf((char) (0x80 | opcode)) + (char) (0x80 | payload.length()) + "\0\0\0\0" + payload;
    }

    // ---- what it hears

    /** The next frame; headers read as lines. Settings and pings are answered, and windows opened again. */
    Frame next() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new EOFException();
        }
        if (type == SETTINGS && flags == 0) {
            send(SETTINGS, ACK, 0, new byte[0]);
        } else if (type == PING && flags == 0 && isAlive) {
            send(PING, ACK, 0, payload);
        }
        return new Frame(type, flags, stream, type == HEADERS ? linesOf(stream, payload) : latin(payload));
    }

    /** Lets the server send as much again as a frame of data had. */
    void take(Frame data) throws IOException {
        if (data.type() == DATA && !data.payload().isEmpty()) {
            sendNumber(WINDOW_UPDATE, 0, data.payload().length());
            if (!data.isEnd()) {
                sendNumber(WINDOW_UPDATE, data.stream(), data.payload().length());
            }
        }
    }

    static boolean isReset(Frame frame) {
        return frame.type() == RST_STREAM;
    }

    private static String latin(byte[] payload) {
        return new String(payload, StandardCharsets.ISO_8859_1);
    }

    private String linesOf(int stream, byte[] block) throws IOException {
        ByteBuf bytes = Unpooled.wrappedBuffer(block);
        StringBuilder lines = new StringBuilder();
        try {
            heads.decodeHeaders(stream, bytes)
                    .forEach(field -> lines.append(field.getKey())
                            .append(": ")
                            .append(field.getValue())
                            .append('\n'));
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        return lines.toString();
    }

    /** The next frame of which this holds. */
    Frame await(Predicate<Frame> what) throws IOException {
        Frame frame = next();
        while (!what.test(frame)) {
            frame = next();
        }
        return frame;
    }

    Frame await(int type, int stream) throws IOException {
        return await(frame -> frame.type() == type && frame.stream() == stream);
    }

    /** The text of the next data frames of the stream, up to one with the words in it. */
    String awaitText(int stream, String words) throws IOException {
        StringBuilder all = new StringBuilder();
        while (!all.toString().contains(words)) {
            Frame frame = await(DATA, stream);
            take(frame);
            all.append(frame.payload());
        }
        return all.toString();
    }

    /** An answer as head, an empty line and body; reads to the end of the stream. */
    String answer(int stream) throws IOException {
        Frame head = await(HEADERS, stream);
        StringBuilder answer = new StringBuilder(head.payload()).append('\n');
        for (Frame last = head; !last.isEnd(); ) {
            last = await(DATA, stream);
            answer.append(last.payload());
        }
        return answer.toString();
    }

    /** Everything up to the connection's end, by stream: heads, data and {@code RST n}; 0 for {@code GOAWAY n}. */
    Map<Integer, String> toTheEnd() throws IOException {
        Map<Integer, String> said = new LinkedHashMap<>();
        try {
            while (true) {
                Frame frame = next();
                String words = switch (frame.type()) {
                    case RST_STREAM -> "RST " + frame.number(0);
                    case GOAWAY ->
                        "GOAWAY " + frame.number(4) + " " + frame.payload().substring(8);
                    case HEADERS, DATA -> frame.payload();
                    default -> "";
                };
                said.merge(frame.stream(), words, String::concat);
            }
        } catch (EOFException e) {
            return said;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
