package dev.carillon.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;

/**
 * What a browser is told about a page from elsewhere (Fetch, CORS protocol): that it may read what was answered, with the
 * credentials that it sent, if its origin is one that {@link AccessPolicy} lets in. The origin is always named, never
 * {@code *}; to any other origin nothing is said. Stateless.
 */
final class Cors {

    /** The request headers that mean something here, and that a page may set. */
    private static final String REQUEST_HEADERS =
            "authorization, carillon-session, content-type, idempotency-key, if-none-match, last-event-id";

    private static final String ANSWER_HEADERS = "Carillon-Stale, ETag, Retry-After";

    /** How long a browser need not ask again, in seconds. */
    private static final String ASKED_FOR = "600";

    private Cors() {}

    /** Lets the page that sent the request read the answer, if it may. */
    static void permit(HttpHeaders answer, HttpHeaders request, AccessPolicy access) {
        answer.add(HttpHeaderNames.VARY, HttpHeaderNames.ORIGIN);
        String origin = request.get(HttpHeaderNames.ORIGIN);
        if (origin != null && access.check(request) == null) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            answer.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
    }

    /** Answers {@code OPTIONS}, which a browser asks before it sends a page's request elsewhere. */
    static void preflight(Exchange exchange, String methods) {
        boolean isPreflight = exchange.header(HttpHeaderNames.ORIGIN) != null
                && exchange.header(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD) != null
                && exchange.connection.hall.access().check(exchange.headers()) == null;
        Map<String, String> headers = isPreflight
                ? Map.of(
                        "Allow", methods,
                        "Access-Control-Allow-Methods", methods,
                        "Access-Control-Allow-Headers", REQUEST_HEADERS,
                        "Access-Control-Max-Age", ASKED_FOR)
                : Map.of("Allow", methods);
        exchange.connection.respond(exchange, 204, "text/plain", new byte[0], headers);
    }
}
