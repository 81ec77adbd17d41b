package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in at all, by the request's Host and Origin, before anybody asks who they are. Pure; from any thread.
 *
 * <p>A page of another site can send a browser here, and by DNS rebinding even under a name of its own. So in development
 * mode, where nobody has to prove anything, only loopback names are answered to and only loopback origins are let in; a
 * request that came through a proxy is refused, since behind one the whole world would look like loopback.
 */
final class AccessPolicy {

    private static final List<String> FORWARDED =
            List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP");

    /** A refusal, and what the operator could set to have it otherwise. */
    record Refused(Code code, String message, String hint) {}

    private final boolean development;
    private final boolean isTls;
    private final Set<String> origins;
    private final Set<String> hosts;

    /** @param isTls whether its own pages come by https only; a plain port may have a proxy before it that speaks https */
    AccessPolicy(GatewaySettings.Access access, boolean isTls) {
        this.isTls = isTls;
        development = access.development();
        origins = lowerCase(access.origins());
        hosts = lowerCase(access.hosts());
    }

    private static Set<String> lowerCase(List<String> texts) {
        Set<String> lower = new HashSet<>();
        texts.forEach(text -> lower.add(text.toLowerCase(Locale.ROOT)));
        return Set.copyOf(lower);
    }

    boolean isDevelopment() {
        return development;
    }

    /** Why the request is refused; null where it may pass. */
    @Nullable
    Refused check(HttpHeaders headers) {
        Refused refused = checkHost(headers);
        return refused == null ? checkOrigin(headers) : refused;
    }

    private @Nullable Refused checkHost(HttpHeaders headers) {
        List<String> given = headers.getAll(HttpHeaderNames.HOST);
        String host = given.size() == 1 ? hostOf(given.getFirst()) : null;
        if (host == null) {
            return new Refused(Code.BAD_REQUEST, "a request has exactly one Host header", "");
        }
        if (development) {
            if (!isLoopback(host)) {
                return hostRefused(host, "development mode answers to loopback names only; set keys and hosts");
            }
            for (String name : FORWARDED) {
                if (headers.contains(name)) {
                    return hostRefused(host, "development mode takes no forwarded request; set keys and hosts");
                }
            }
            return null;
        }
        boolean isAllowed = isLoopback(host) || hosts.contains(host);
        return isAllowed ? null : hostRefused(host, "to allow it: hosts: [" + printable(host) + "]");
    }

    private static Refused hostRefused(String host, String hint) {
        return new Refused(
                Code.HOST_REFUSED, Code.HOST_REFUSED.text(), "host " + printable(host) + " refused: " + hint);
    }

    private @Nullable Refused checkOrigin(HttpHeaders headers) {
        List<String> given = headers.getAll(HttpHeaderNames.ORIGIN);
        if (given.isEmpty()) {
            return null;
        }
        String origin = given.getFirst().toLowerCase(Locale.ROOT);
        if (given.size() == 1 && (isOwn(origin, headers) || origins.contains(origin))) {
            return null;
        }
        if (given.size() == 1 && development && isLoopbackOrigin(origin)) {
            return null;
        }
        String shown = printable(origin);
        return new Refused(
                Code.ORIGIN_REFUSED,
                Code.ORIGIN_REFUSED.text(),
                "origin " + shown + " refused: to allow it: origins: [" + shown + "]");
    }

    private boolean isOwn(String origin, HttpHeaders headers) {
        String host = String.valueOf(headers.get(HttpHeaderNames.HOST)).trim().toLowerCase(Locale.ROOT);
        return origin.equals(originOf("https", host, ":443"))
                || (!isTls && origin.equals(originOf("http", host, ":80")));
    }

    /** An origin as a browser writes it: without the scheme's own port (RFC 6454 §6.1). */
    private static String originOf(String scheme, String host, String ownPort) {
        boolean isOwnPort = host.endsWith(ownPort);
        return scheme + "://" + (isOwnPort ? host.substring(0, host.length() - ownPort.length()) : host);
    }

    private static boolean isLoopbackOrigin(String origin) {
        try {
            URI uri = URI.create(origin);
            String host = uri.getHost();
            return host != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && isLoopback(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The host name of a Host header, in lower case and without the port; null where it has none. */
    private static @Nullable String hostOf(String header) {
        String host = header.trim().toLowerCase(Locale.ROOT);
        int colon = host.lastIndexOf(':');
        if (colon > host.lastIndexOf(']') && colon >= 0) {
            host = host.substring(0, colon);
        }
        return host.isEmpty() ? null : host;
    }

    /** {@code localhost} and its subdomains (RFC 6761 §6.3), 127.0.0.0/8 and ::1. */
    static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.equals("[::1]")
                || host.equals("::1")
                || host.matches("127(\\.\\d{1,3}){3}");
    }

    /** What a stranger sent, fit for a log: printable ASCII, at most 120 characters. */
    private static String printable(String text) {
        String plain = text.replaceAll("[^\\x21-\\x7e]", "?");
        return plain.length() <= 120 ? plain : plain.substring(0, 120) + "…";
    }
}
