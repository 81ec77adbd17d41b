package dev.carillon.gateway;

import dev.carillon.protocol.BinaryReader;
import dev.carillon.protocol.Code;
import dev.carillon.websocket.FrameObserver;
import dev.carillon.websocket.Handshake;
import dev.carillon.websocket.WebSocketConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Shows a page what its WebSockets look like from the server: the handshake, each frame's bytes, pings and their round
 * trips, the close. Development mode only. A page chooses a random id, sets it as a cookie and opens
 * {@code /inspect/{id}} as an event stream; the WebSockets that it opens with that cookie are tapped.
 *
 * <p>Nothing waits here: what a page doesn't read fast enough is dropped.
 */
final class Inspector {

    private static final String COOKIE = "carillon_inspect";
    private static final int PAYLOAD_SHOWN_MAX = 512;
    private static final int VIEWERS_MAX = 100;
    private static final ByteBuf AUTHENTICATE =
            Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer("authenticate".getBytes(StandardCharsets.US_ASCII)));
    private static final JsonFactory JSON = new JsonFactory();

    private final boolean enabled;
    private final ConcurrentMap<String, Viewer> viewers = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();

    Inspector(boolean enabled) {
        this.enabled = enabled;
    }

    /** The answer to a handshake: the 101 as it goes out, or what stands in the HEADERS of HTTP/2. */
    static String responseOf(Handshake.Accepted accepted) {
        if (accepted.acceptKey() == null) {
            StringBuilder head = new StringBuilder(":status: 200\r\n");
            accepted.agreed()
                    .forEach((name, value) -> head.append(name.toLowerCase(Locale.ROOT))
                            .append(": ")
                            .append(value)
                            .append("\r\n"));
            return head.append("\r\n").toString();
        }
        ByteBuf response = accepted.response(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT);
        try {
            return response.toString(StandardCharsets.US_ASCII);
        } finally {
            response.release();
        }
    }

    /** Opens the event stream of a viewer. */
    void serve(Exchange exchange, String id) {
        if (!enabled) {
            exchange.refuse(Code.NOT_FOUND);
        } else if (!exchange.isMethod(HttpMethod.GET)) {
            Router.refuseMethod(exchange, "GET");
        } else if (!id.matches("[A-Za-z0-9_-]{22}")) {
            exchange.refuse(Code.BAD_REQUEST, "an inspector's id has 22 characters of base64url");
        } else if (viewers.size() >= VIEWERS_MAX) {
            exchange.refuse(Code.OVERLOADED);
        } else {
            Viewer viewer = new Viewer(exchange, id);
            viewers.put(id, viewer);
            exchange.connection.beginStream(exchange, "text/event-stream", viewer);
            viewer.write("ready", "{}");
        }
    }

    /** A tap for a WebSocket whose page has an inspector open; null for all others. */
    @Nullable
    Tap tap(Exchange exchange, Handshake.Accepted accepted) {
        String header = enabled ? exchange.header(HttpHeaderNames.COOKIE) : null;
        if (header == null) {
            return null;
        }
        for (Cookie cookie : ServerCookieDecoder.LAX.decode(header)) {
            if (cookie.name().equals(COOKIE) && viewers.containsKey(cookie.value())) {
                Tap tap = new Tap(cookie.value(), connections.incrementAndGet());
                tap.onHandshake(exchange, accepted);
                return tap;
            }
        }
        return null;
    }

    private interface Fields {
        void write(JsonGenerator json);
    }

    private void tell(String id, String event, int connection, Fields fields) {
        Viewer viewer = viewers.get(id);
        if (viewer == null) {
            return;
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("connection", connection);
            json.writeNumberProperty("at", System.currentTimeMillis());
            fields.write(json);
            json.writeEndObject();
        }
        viewer.post(event, text.toString());
    }

    /** One page that looks. Its connection's loop owns it; {@link #post} is for any thread. */
    private final class Viewer implements HttpConnection.Stream {

        private final Exchange exchange;
        private final String id;

        Viewer(Exchange exchange, String id) {
            this.exchange = exchange;
            this.id = id;
        }

        void post(String event, String json) {
            exchange.connection.member().loop().mailbox().post(() -> write(event, json));
        }

        void write(String event, String json) {
            var context = exchange.connection.context();
            if (!context.isRemoved() && !context.channel().isWritable()) {
                exchange.connection.hall.counters().inspectorDrops.increment();
            } else if (!context.isRemoved()) {
                String text = "event: " + event + "\ndata: " + json + "\n\n";
                exchange.connection.writePart(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
                exchange.connection.count(exchange, json.length(), 0);
            }
        }

        @Override
        public void onNodeEnds(long afterMillis) {
            exchange.connection.endStream(exchange);
        }

        @Override
        public void onClosed() {
            viewers.remove(id, this);
        }
    }

    /** What is told of one WebSocket; on its event loop. */
    final class Tap implements FrameObserver {

        private final String viewer;
        private final int connection;
        private long inJson;
        private long inData;
        private long outJson;
        private long outData;
        private boolean changed = true;
        private String closedBy = "network";
        private final Secrecy secrecy = new Secrecy();

        private Tap(String viewer, int connection) {
            this.viewer = viewer;
            this.connection = connection;
        }

        private void onHandshake(Exchange exchange, Handshake.Accepted accepted) {
            String key = exchange.header(HttpHeaderNames.SEC_WEBSOCKET_KEY);
            String accept = accepted.acceptKey();
            tell(viewer, "handshake", connection, json -> {
                json.writeStringProperty("request", Router.head(exchange.request()));
                json.writeStringProperty("response", responseOf(accepted));
                if (key != null && accept != null) { // HTTP/2 has neither
                    json.writeObjectPropertyStart("proof");
                    json.writeStringProperty("key", key);
                    json.writeStringProperty("guid", "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
                    json.writeStringProperty("accept", accept);
                    json.writeEndObject();
                }
            });
        }

        @Override
        public void onFrame(Direction direction, ByteBuf header, int maskKey, ByteBuf payload, long nanoTime) {
            int start = header.readerIndex();
            int first = header.getUnsignedByte(start);
            boolean masked = (header.getUnsignedByte(start + 1) & 0x80) != 0;
            if ((first & 0x0F) == 8) {
                closedBy = closedBy.equals("network") ? (direction == Direction.IN ? "client" : "server") : closedBy;
            }
            changed = true;
            int headerBytes = header.readableBytes() - (masked ? 4 : 0);
            boolean isSecret = direction == Direction.IN && secrecy.holds(first & 0x0F, payload);
            tell(viewer, "frame", connection, json -> {
                json.writeStringProperty("direction", direction == Direction.IN ? "in" : "out");
                json.writeNumberProperty("opcode", first & 0x0F);
                json.writeBooleanProperty("fin", (first & 0x80) != 0);
                json.writeStringProperty("header", ByteBufUtil.hexDump(header, start, headerBytes));
                if (masked) {
                    json.writeStringProperty("mask", String.format("%08x", maskKey));
                } else {
                    json.writeNullProperty("mask");
                }
                int shown = isSecret ? 0 : Math.min(payload.readableBytes(), PAYLOAD_SHOWN_MAX);
                json.writeStringProperty("payload", ByteBufUtil.hexDump(payload, payload.readerIndex(), shown));
                json.writeNumberProperty("length", payload.readableBytes());
            });
        }

        void onRoundTrip(long nanos) {
            tell(viewer, "roundtrip", connection, json -> json.writeNumberProperty("millis", nanos / 1e6));
        }

        void onClosing(boolean isOpen) {
            changed = true;
        }

        void onClosed(int code, String reason, boolean clean) {
            tell(viewer, "closed", connection, json -> {
                json.writeNumberProperty("code", code);
                json.writeStringProperty("reason", reason);
                json.writeBooleanProperty("clean", clean);
                json.writeStringProperty("by", closedBy);
            });
        }

        void countIn(long json, long data) {
            inJson += json;
            inData += data;
        }

        void countOut(long json, long data) {
            outJson += json;
            outData += data;
        }

        /** Tells the totals, if they have changed since. */
        void onTotals(WebSocketConnection of) {
            if (!changed) {
                return;
            }
            changed = false;
            tell(viewer, "totals", connection, json -> {
                totals(json, "in", of.inboundBytes(), inJson, inData);
                totals(json, "out", of.outboundBytes(), outJson, outData);
            });
        }

        private void totals(JsonGenerator json, String direction, long all, long jsonBytes, long data) {
            json.writeObjectPropertyStart(direction);
            json.writeNumberProperty("framing", Math.max(0, all - jsonBytes));
            json.writeNumberProperty("envelope", jsonBytes - data);
            json.writeNumberProperty("data", data);
            json.writeEndObject();
        }
    }

    /** Which of the frames that come in may hold a token: those of a message that authenticates, in either form. */
    private static final class Secrecy {

        private static final int TEXT = 1;
        private static final int BINARY = 2;
        private static final int CONTROL = 8;

        private boolean isSecret;
        /** True exactly while a message in binary has not shown its first byte. */
        private boolean isTypeDue;

        boolean holds(int opcode, ByteBuf payload) {
            if (opcode >= CONTROL) {
                return false;
            }
            if (opcode == TEXT || opcode == BINARY) {
                isSecret = false;
                isTypeDue = opcode == BINARY;
            }
            if (isTypeDue && payload.isReadable()) {
                isTypeDue = false;
                isSecret = BinaryReader.isAuthenticate(payload.getByte(payload.readerIndex()));
            }
            isSecret |= ByteBufUtil.indexOf(AUTHENTICATE.duplicate(), payload) >= 0;
            return isSecret;
        }
    }
}
