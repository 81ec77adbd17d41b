package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request carries to prove who asks: of header, query and cookie the first one that is there (PROTOCOL.md §8.1). It
 * never reaches a log.
 *
 * <p>A browser sends a cookie along with whatever another site's page makes it ask. So a cookie counts only where the browser
 * says that the request comes from a page that is allowed here: by its Origin, which {@link AccessPolicy} has let pass, or,
 * where it sends none, by {@code Sec-Fetch-Site} (Fetch Metadata, W3C): the server's own page, or somebody who opened the
 * address by hand.
 */
sealed interface Credential {

    /** The cookie's name. */
    String COOKIE = "carillon_token";

    /** The parameter of the query. */
    String PARAMETER = "token";

    /** What stands for what is not shown. */
    String HIDDEN = "…";

    /** Nothing. */
    record None() implements Credential {}

    /** A token or key. */
    record Presented(String token) implements Credential {
        @Override
        public String toString() {
            return "Presented[…]";
        }
    }

    /** Something that does not count. */
    record Refused(Code code, String message) implements Credential {}

    /** What the request carries. */
    static Credential of(Exchange exchange) {
        String bearer = bearerOf(exchange);
        if (bearer != null) {
            return new Presented(bearer);
        }
        String parameter = exchange.parameter(PARAMETER);
        if (parameter != null) {
            return new Presented(parameter);
        }
        return cookieOf(exchange);
    }

    private static @Nullable String bearerOf(Exchange exchange) {
        String authorization = exchange.header(HttpHeaderNames.AUTHORIZATION);
        if (authorization == null || !authorization.regionMatches(true, 0, "Bearer", 0, 6)) {
            return null;
        }
        String rest = authorization.substring(6);
        return rest.isEmpty() || rest.charAt(0) == ' ' ? rest.trim() : null;
    }

    private static Credential cookieOf(Exchange exchange) {
        String found = null;
        for (String header : exchange.headers().getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie cookie : ServerCookieDecoder.LAX.decodeAll(header)) {
                if (!cookie.name().equals(COOKIE)) {
                    continue;
                }
                if (found != null && !found.equals(cookie.value())) {
                    return new Refused(
                            Code.TOKEN_INVALID, "the cookie " + COOKIE + " is there twice, with different values");
                }
                found = cookie.value();
            }
        }
        if (found == null) {
            return new None();
        }
        return isFromAllowedPage(exchange)
                ? new Presented(found)
                : new Refused(
                        Code.ORIGIN_REFUSED,
                        "the cookie " + COOKIE
                                + " counts only with an allowed Origin, or with Sec-Fetch-Site: same-origin");
    }

    private static boolean isFromAllowedPage(Exchange exchange) {
        if (exchange.headers().contains(HttpHeaderNames.ORIGIN)) {
            return true; // one that isn't allowed does not come so far
        }
        List<String> sites = exchange.headers().getAll("Sec-Fetch-Site");
        if (sites.size() != 1) {
            return false;
        }
        return switch (sites.getFirst()) {
            case "same-origin" -> true;
            case "none" -> exchange.isMethod(HttpMethod.GET) || exchange.isMethod(HttpMethod.HEAD);
            default -> false;
        };
    }

    /** An address as it may be shown: without the value of the parameter, however that is written. */
    static String shownAddress(String address) {
        int query = address.indexOf('?');
        if (query < 0) {
            return address;
        }
        StringBuilder shown = new StringBuilder(address.substring(0, query + 1));
        int from = query + 1;
        while (from <= address.length()) {
            int to = from;
            while (to < address.length() && "&;#".indexOf(address.charAt(to)) < 0) {
                to++;
            }
            String pair = address.substring(from, to);
            int value = pair.indexOf('=');
            boolean isHidden = value >= 0 && !isHarmless(pair.substring(0, value));
            shown.append(isHidden ? pair.substring(0, value + 1) + HIDDEN : pair);
            shown.append(address, to, Math.min(to + 1, address.length()));
            from = to + 1;
        }
        return shown.toString();
    }

    private static boolean isHarmless(String name) {
        try {
            return !QueryStringDecoder.decodeComponent(name).equalsIgnoreCase(PARAMETER);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The value of a header as it may be shown. */
    static String shownHeader(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "authorization", "proxy-authorization" -> HIDDEN;
            case "cookie" -> {
                int at = value.indexOf(COOKIE);
                yield at < 0 ? value : value.substring(0, at) + COOKIE + "=" + HIDDEN;
            }
            case "referer", "origin" -> shownAddress(value);
            default -> value;
        };
    }
}
