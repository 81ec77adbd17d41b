package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Serves what is beside channels: pages, documentation, metrics. */
final class PageRoutes {

    /** Nothing from elsewhere, nothing inline: a page that shows strangers' text runs none of it. */
    private static final String CONTENT_POLICY =
            "default-src 'self'; connect-src 'self' ws: wss: http://localhost:* http://127.0.0.1:* https://localhost:*"
                    + " https://127.0.0.1:*; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    private PageRoutes() {}

    static void route(Exchange exchange) {
        Hall hall = exchange.connection.hall;
        String path = exchange.path();
        hall.waiters().execute(() -> {
            Pages.Content found = find(hall, path);
            exchange.connection.member().loop().mailbox().post(() -> answer(exchange, found));
        });
    }

    private static Pages.@Nullable Content find(Hall hall, String path) {
        try {
            return hall.pages().find(path);
        } catch (RuntimeException e) {
            hall.onFailure("a page", e);
            return new Pages.Content("text/plain; charset=utf-8", 500, new byte[0], false, null);
        }
    }

    private static void answer(Exchange exchange, Pages.@Nullable Content content) {
        if (content == null) {
            exchange.refuse(
                    Code.NOT_FOUND, "there is nothing at this address; / is the home page, /docs the documentation");
            return;
        }
        if (!exchange.isMethod(HttpMethod.GET) && !exchange.isMethod(HttpMethod.HEAD)) {
            Router.refuseMethod(exchange, "GET, HEAD");
            return;
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Security-Policy", CONTENT_POLICY);
        headers.put("Referrer-Policy", "no-referrer");
        if (content.location() != null) {
            headers.put(HttpHeaderNames.LOCATION.toString(), content.location());
        }
        if (content.cacheable()) {
            CRC32C sum = new CRC32C();
            sum.update(content.bytes());
            String tag = "\"" + Long.toHexString(sum.getValue()) + "-" + content.bytes().length + "\"";
            headers.put(HttpHeaderNames.ETAG.toString(), tag);
            if (tag.equals(exchange.header(HttpHeaderNames.IF_NONE_MATCH))) {
                exchange.connection.respond(exchange, 304, content.type(), new byte[0], headers);
                return;
            }
        } else {
            headers.put(HttpHeaderNames.CACHE_CONTROL.toString(), "no-store");
        }
        exchange.connection.respond(exchange, content.status(), content.type(), content.bytes(), headers);
    }
}
