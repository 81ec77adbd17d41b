package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The opening handshake of a server (RFC 6455 §4.2): a pure function from a request to {@link Accepted} or
 * {@link Refused}. Origins, hosts and who may connect are not decided here. Stateless, so any thread may call it.
 */
public final class Handshake {
    /** What the request comes to. */
    public sealed interface Result permits Accepted, Refused {}

    /**
     * A valid request.
     *
     * @param acceptKey value of {@code Sec-WebSocket-Accept}
     * @param subprotocol the chosen one of the supported subprotocols, or null when none is common
     * @param offers the extensions that the client offers, in its order of preference
     * @param extensions value of {@code Sec-WebSocket-Extensions} in the response, or null when none is agreed to
     */
    public record Accepted(
            String acceptKey,
            @Nullable String subprotocol,
            List<ExtensionOffer> offers,
            @Nullable String extensions) implements Result {
        public Accepted {
            offers = List.copyOf(offers);
        }

        /** Without extensions. */
        public Accepted(String acceptKey, @Nullable String subprotocol) {
            this(acceptKey, subprotocol, List.of(), null);
        }

        /** The same with what was agreed of permessage-deflate; null for nothing. */
        public Accepted with(@Nullable DeflatedMessages deflate) {
            return deflate == null ? this : new Accepted(acceptKey, subprotocol, offers, deflate.takeAnswer());
        }

        /** The response, to the byte as in RFC 6455 §1.3. To be written so that no HTTP encoder sees it. */
        public ByteBuf response(ByteBufAllocator allocator) {
            String head = "HTTP/1.1 101 Switching Protocols\r\n"
                    + "Upgrade: websocket\r\n"
                    + "Connection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: " + acceptKey + "\r\n"
                    + (subprotocol == null ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n")
                    + (extensions == null ? "" : "Sec-WebSocket-Extensions: " + extensions + "\r\n")
                    + "\r\n";
            return ByteBufUtil.writeAscii(allocator, head);
        }
    }

    /**
     * A request that gets an HTTP error.
     *
     * @param status HTTP status
     * @param message one sentence that helps whoever sent it; holds nothing that the request said
     * @param headers further response headers
     */
    public record Refused(int status, String message, Map<String, String> headers) implements Result {
        public Refused {
            headers = Map.copyOf(headers);
        }
    }

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String WEBSOCKET = "websocket";
    private static final String VERSION = "13";

    /** RFC 9110 §5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+\\-.^_`|~0-9A-Za-z]+");

    /** Sixteen bytes in base64: in 22 characters four bits are over, and they must be zero (RFC 4648 §3.5). */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{21}[AQgw]==");

    private static final Map<String, String> NO_HEADERS = Map.of();

    private Handshake() {}

    /** True when the request asks for a WebSocket at all, rightly or not. */
    public static boolean isUpgrade(HttpRequest request) {
        return hasToken(request.headers(), HttpHeaderNames.UPGRADE, WEBSOCKET);
    }

    /**
     * Checks a request against RFC 6455 §4.2.1.
     *
     * @param supported subprotocols that the server speaks, the one it likes best first
     */
    public static Result check(HttpRequest request, List<String> supported) {
        Refused refused = checkRequestLine(request);
        if (refused == null) {
            refused = checkUpgrade(request.headers());
        }
        if (refused == null) {
            refused = checkNoBody(request.headers());
        }
        if (refused != null) {
            return refused;
        }
        return accept(request.headers(), supported);
    }

    private static @Nullable Refused checkRequestLine(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return bad("This request is not valid HTTP.");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return new Refused(405, "A WebSocket is opened with GET.", Map.of("Allow", "GET"));
        }
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return bad("A WebSocket is opened with HTTP/1.1, exactly.");
        }
        String host = single(request.headers(), HttpHeaderNames.HOST);
        if (host == null || host.isBlank()) {
            return bad("A WebSocket request has exactly one Host header, and it is not empty.");
        }
        return null;
    }

    private static @Nullable Refused checkUpgrade(HttpHeaders headers) {
        if (!hasToken(headers, HttpHeaderNames.UPGRADE, WEBSOCKET)) {
            return new Refused(
                    426,
                    "This address speaks WebSocket: open it with new WebSocket(...) instead of loading it as a page.",
                    Map.of("Upgrade", WEBSOCKET, "Connection", "Upgrade"));
        }
        if (!hasToken(headers, HttpHeaderNames.CONNECTION, "upgrade")) {
            return bad("The Connection header must name Upgrade; a proxy on the way may have removed it.");
        }
        if (!VERSION.equals(single(headers, HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return new Refused(
                    426,
                    "This server speaks WebSocket version 13 (RFC 6455).",
                    Map.of("Upgrade", WEBSOCKET, "Connection", "Upgrade", "Sec-WebSocket-Version", VERSION));
        }
        String key = single(headers, HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (key == null || !KEY.matcher(key).matches()) {
            return bad("A WebSocket request has exactly one Sec-WebSocket-Key, which is 16 bytes in base64.");
        }
        return null;
    }

    /** What follows the head of an upgrade are frames, so nothing else may claim those bytes. */
    private static @Nullable Refused checkNoBody(HttpHeaders headers) {
        boolean isEmpty = headers.getAll(HttpHeaderNames.CONTENT_LENGTH).stream()
                .allMatch(length -> length.trim().equals("0"));
        if (!isEmpty || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return bad("A WebSocket request has no body.");
        }
        return null;
    }

    private static Result accept(HttpHeaders headers, List<String> supported) {
        Set<String> offered = new HashSet<>();
        for (String line : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String element : line.split(",", -1)) {
                String name = trim(element);
                if (!TOKEN.matcher(name).matches() || !offered.add(name)) {
                    return bad("Sec-WebSocket-Protocol is a list of different tokens with commas between them.");
                }
            }
        }
        String chosen = supported.stream().filter(offered::contains).findFirst().orElse(null);
        List<ExtensionOffer> offers = ExtensionOffer.read(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
        if (offers == null) {
            return bad("Sec-WebSocket-Extensions is a list of names and their parameters with commas between them.");
        }
        return new Accepted(acceptKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)), chosen, offers, null);
    }

    /** The proof that a server has read the handshake (RFC 6455 §4.2.2, item 5.4). */
    public static String acceptKey(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-1", e);
        }
    }

    private static Refused bad(String message) {
        return new Refused(400, message, NO_HEADERS);
    }

    private static @Nullable String single(HttpHeaders headers, CharSequence name) {
        List<String> values = headers.getAll(name);
        return values.size() == 1 ? trim(values.getFirst()) : null;
    }

    /** Looks through a comma-separated list, perhaps over several lines, without regard to case (RFC 9110 §5.6.1). */
    private static boolean hasToken(HttpHeaders headers, CharSequence name, String token) {
        for (String line : headers.getAll(name)) {
            for (String element : line.split(",", -1)) {
                if (AsciiString.contentEqualsIgnoreCase(trim(element), token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Removes optional white space: space and tab, nothing else (RFC 9110 §5.6.3). */
    private static String trim(String value) {
        int from = 0;
        int to = value.length();
        while (from < to && isOptionalSpace(value.charAt(from))) {
            from++;
        }
        while (to > from && isOptionalSpace(value.charAt(to - 1))) {
            to--;
        }
        return value.substring(from, to);
    }

    private static boolean isOptionalSpace(char c) {
        return c == ' ' || c == '\t';
    }
}
