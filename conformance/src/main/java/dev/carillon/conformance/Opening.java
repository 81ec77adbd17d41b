package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How a client opens the connection, and what the server must answer. Immutable; the host is the target's.
 *
 * @param requestLine {@code {path}} in it is the target's
 * @param headers lines of name and value; {@code {host}} is the target's
 */
public record Opening(String requestLine, List<String> headers, Reply expected) {
    /** The example of RFC 6455 §1.3. */
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /** What must come back. */
    sealed interface Reply {}

    /** What is to become of the extension that was offered. */
    enum Negotiation {
        /** None may be in the answer: none was offered, or none that may be taken. */
        NONE,
        /** permessage-deflate is hoped for. */
        DEFLATE,
        /** The same, and that our messages may refer to earlier ones. */
        DEFLATE_WITH_CONTEXT
    }

    /**
     * A 101.
     *
     * @param protocols that may be chosen; none may always be
     * @param mayRefuse whether an error is allowed, though not best
     */
    record Switches(Set<String> protocols, Negotiation negotiation, boolean mayRefuse) implements Reply {}

    /**
     * An HTTP error.
     *
     * @param statuses that are right; any 4xx if there is none
     * @param headers that must be there, in lower case, and what each must contain
     * @param mayOpen whether a 101 is allowed, though not best
     */
    record Refuses(Set<Integer> statuses, Map<String, String> headers, boolean mayOpen) implements Reply {}

    static final Switches OPENS = new Switches(Set.of(), Negotiation.NONE, false);
    static final Refuses REFUSED = new Refuses(Set.of(), Map.of(), false);

    public Opening {
        headers = List.copyOf(headers);
    }

    /** As every client opens it, without an extension. */
    static Opening plain() {
        return new Opening(
                "GET {path} HTTP/1.1",
                List.of(
                        "Host: {host}",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Key: " + KEY,
                        "Sec-WebSocket-Version: 13"),
                OPENS);
    }

    /** With an offer of permessage-deflate that every server that has it can take. */
    static Opening offering(String extensions) {
        return plain().plus("Sec-WebSocket-Extensions: " + extensions)
                .expecting(new Switches(Set.of(), Negotiation.DEFLATE, false));
    }

    Opening line(String other) {
        return new Opening(other, headers, expected);
    }

    Opening without(String name) {
        return new Opening(
                requestLine,
                headers.stream().filter(line -> !isNamed(line, name)).toList(),
                expected);
    }

    Opening plus(String... lines) {
        List<String> more = new ArrayList<>(headers);
        more.addAll(List.of(lines));
        return new Opening(requestLine, more, expected);
    }

    /** With these lines in the place of those of that name. */
    Opening with(String name, String... lines) {
        return without(name).plus(lines);
    }

    Opening expecting(Reply reply) {
        return new Opening(requestLine, headers, reply);
    }

    /** All that was offered in {@code Sec-WebSocket-Extensions}. */
    String offers() {
        return headers.stream()
                .filter(line -> isNamed(line, "sec-websocket-extensions"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .reduce((one, more) -> one + ", " + more)
                .orElse("");
    }

    String request(Target target) {
        StringBuilder request = new StringBuilder(requestLine.replace("{path}", target.path()));
        request.append("\r\n");
        for (String line : headers) {
            request.append(line.replace("{host}", target.host())).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    private static boolean isNamed(String line, String name) {
        return line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT));
    }
}
