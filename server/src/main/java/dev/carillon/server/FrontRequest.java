package dev.carillon.server;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Front} understands of a request.
 *
 * @param path without the query; not decoded
 * @param query each parameter that has a value, as it stands; of two with one name the first
 * @param headers by their names in lower case; of several with one name all, with commas between
 */
record FrontRequest(String method, String path, Map<String, String> query, Map<String, String> headers) {

    FrontRequest {
        query = Map.copyOf(query);
        headers = Map.copyOf(headers);
    }

    /** Reads a head, up to and with its empty line; null for what has no request line. */
    static @Nullable FrontRequest of(byte[] head) {
        List<String> lines =
                new String(head, StandardCharsets.ISO_8859_1).strip().lines().toList();
        String[] first = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", -1);
        if (first.length != 3) {
            return null;
        }
        int question = first[1].indexOf('?');
        String path = question < 0 ? first[1] : first[1].substring(0, question);
        Map<String, String> query = question < 0 ? Map.of() : parameters(first[1].substring(question + 1));
        Map<String, String> headers = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
                headers.merge(name, line.substring(colon + 1).strip(), (one, other) -> one + "," + other);
            }
        }
        return new FrontRequest(first[0], path, query, headers);
    }

    private static Map<String, String> parameters(String text) {
        Map<String, String> all = new HashMap<>();
        for (String parameter : text.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals > 0) {
                all.putIfAbsent(parameter.substring(0, equals), parameter.substring(equals + 1));
            }
        }
        return all;
    }

    /** A header's value; null where it is absent. */
    @Nullable
    String header(String name) {
        return headers.get(name);
    }
}
