package dev.carillon.websocket;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One element of {@code Sec-WebSocket-Extensions} (RFC 6455 §9.1).
 *
 * @param name a token
 * @param parameters in the order in which they were given; a name may come twice
 */
public record ExtensionOffer(String name, List<Parameter> parameters) {

    public ExtensionOffer {
        parameters = List.copyOf(parameters);
    }

    /**
     * One parameter.
     *
     * @param name a token
     * @param value a token, which may have stood in quotes; null where there was none
     */
    public record Parameter(String name, @Nullable String value) {}

    /**
     * Reads a list, which may be spread over several header lines.
     *
     * @return the offers in the client's order of preference; null when a line is not as RFC 6455 §9.1 has it
     */
    public static @Nullable List<ExtensionOffer> read(List<String> lines) {
        List<ExtensionOffer> offers = new ArrayList<>();
        for (String line : lines) {
            if (!new Reader(line).list(offers)) {
                return null;
            }
        }
        return List.copyOf(offers);
    }

    /** A cursor over one line. A method that reads something answers null or false where it is not there. */
    private static final class Reader {
        private final String line;
        private int at;

        Reader(String line) {
            this.line = line;
        }

        /** {@code 1#extension}: elements may be empty (RFC 9110 §5.6.1.2). */
        boolean list(List<ExtensionOffer> into) {
            do {
                skipSpace();
                if (at == line.length() || line.charAt(at) == ',') {
                    continue;
                }
                ExtensionOffer offer = offer();
                if (offer == null) {
                    return false;
                }
                into.add(offer);
            } while (take(','));
            return at == line.length();
        }

        private @Nullable ExtensionOffer offer() {
            String name = token();
            List<Parameter> parameters = new ArrayList<>();
            while (name != null && take(';')) {
                Parameter parameter = parameter();
                if (parameter == null) {
                    return null;
                }
                parameters.add(parameter);
            }
            return name == null ? null : new ExtensionOffer(name, parameters);
        }

        private @Nullable Parameter parameter() {
            skipSpace();
            String name = token();
            if (name == null || !take('=')) {
                return name == null ? null : new Parameter(name, null);
            }
            skipSpace();
            String value = at < line.length() && line.charAt(at) == '"' ? quoted() : token();
            return value == null ? null : new Parameter(name, value);
        }

        private @Nullable String token() {
            int from = at;
            while (at < line.length() && isTokenCharacter(line.charAt(at))) {
                at++;
            }
            return at == from ? null : line.substring(from, at);
        }

        /** RFC 6455 §9.1: what is quoted must be a token once the quoting is taken off. */
        private @Nullable String quoted() {
            at++;
            StringBuilder value = new StringBuilder();
            while (at < line.length()) {
                char c = line.charAt(at++);
                if (c == '"') {
                    return value.isEmpty() ? null : value.toString();
                }
                if (c == '\\' && at < line.length()) {
                    c = line.charAt(at++);
                }
                if (!isTokenCharacter(c)) {
                    return null;
                }
                value.append(c);
            }
            return null;
        }

        private boolean take(char wanted) {
            skipSpace();
            if (at < line.length() && line.charAt(at) == wanted) {
                at++;
                return true;
            }
            return false;
        }

        private void skipSpace() {
            while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
                at++;
            }
        }

        /** RFC 9110 §5.6.2. */
        private static boolean isTokenCharacter(char c) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }
}
