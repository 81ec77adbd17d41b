package dev.carillon.gateway;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Heads of requests and answers between HTTP/2 and what the routes read and write. Pure; from any thread.
 *
 * <p>The frames' codec has refused already what RFC 9113 §8.2 and §8.3 forbid: names in upper case, headers of a connection,
 * pseudo-headers that are unknown, missing or behind others.
 */
final class Http2Heads {

    static final HttpVersion HTTP_2 = new HttpVersion("HTTP", 2, 0, true);

    /** Those that speak of a connection, and mean nothing in HTTP/2 (RFC 9113 §8.2.2). */
    private static final Set<String> OF_A_CONNECTION =
            Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");

    private static final List<String> PSEUDO_HEADERS =
            List.of(":method", ":scheme", ":authority", ":path", ":protocol");

    private Http2Heads() {}

    /** A request as HTTP/1.1 would have it, with {@code :authority} as its Host; null where it is malformed. */
    static @Nullable HttpRequest request(Http2Headers head) {
        for (String name : PSEUDO_HEADERS) {
            if (head.getAll(name).size() > 1) {
                return null;
            }
        }
        CharSequence path = head.path();
        boolean isPath = path != null
                && (path.toString().startsWith("/") || path.toString().equals("*"));
        CharSequence method = head.method();
        if (method == null || !isPath || (isConnect(head) != head.contains(":protocol"))) {
            return null;
        }
        try {
            HttpHeaders headers = headers(head);
            return headers == null
                    ? null
                    : new DefaultHttpRequest(HTTP_2, HttpMethod.valueOf(method.toString()), path.toString(), headers);
        } catch (IllegalArgumentException e) {
            return null; // a method, a path or a value that HTTP can't carry
        }
    }

    /** Whether it asks for a tunnel. */
    static boolean isConnect(Http2Headers head) {
        return HttpMethod.CONNECT.name().contentEquals(String.valueOf(head.method()));
    }

    private static @Nullable HttpHeaders headers(Http2Headers head) {
        HttpHeaders headers = new DefaultHttpHeaders();
        StringJoiner cookies = new StringJoiner("; ");
        cookies.setEmptyValue("");
        String authority = head.authority() == null ? null : head.authority().toString();
        if (authority != null) {
            headers.set(HttpHeaderNames.HOST, authority);
        }
        for (Map.Entry<CharSequence, CharSequence> field : head) {
            String name = field.getKey().toString();
            String value = field.getValue().toString();
            if (name.startsWith(":")) {
                continue;
            }
            switch (name) {
                case "host" -> {
                    // RFC 9113 §8.3.1: who names two hosts has one believed by us and the other by somebody else.
                    if (authority == null) {
                        headers.add(name, value);
                    } else if (!authority.equalsIgnoreCase(value)) {
                        return null;
                    }
                }
                case "cookie" -> cookies.add(value); // RFC 9113 §8.2.3: may come in several fields
                default -> headers.add(name, value);
            }
        }
        if (cookies.length() > 0) {
            headers.set(HttpHeaderNames.COOKIE, cookies.toString());
        }
        return headers;
    }

    /** An answer's head. */
    static Http2Headers response(HttpResponse response) {
        Http2Headers head = new DefaultHttp2Headers().status(response.status().codeAsText());
        for (Map.Entry<String, String> field : response.headers()) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (!OF_A_CONNECTION.contains(name)) {
                head.add(name, field.getValue());
            }
        }
        return head;
    }
}
