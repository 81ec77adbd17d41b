package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was agreed about permessage-deflate (RFC 7692 §7.1).
 *
 * @param serverResets whether the server starts each message anew
 * @param serverBits logarithm of the server's window
 * @param clientResets whether we must start each message anew
 * @param clientBits logarithm of our window
 */
record Deflate(boolean serverResets, int serverBits, boolean clientResets, int clientBits) {
    static final int BITS_MIN = 8;
    static final int BITS_MAX = 15;

    private static final String NAME = "permessage-deflate";
    private static final String SERVER_RESETS = "server_no_context_takeover";
    private static final String CLIENT_RESETS = "client_no_context_takeover";
    private static final String SERVER_BITS = "server_max_window_bits";
    private static final String CLIENT_BITS = "client_max_window_bits";
    private static final Set<String> PARAMETERS = Set.of(SERVER_RESETS, CLIENT_RESETS, SERVER_BITS, CLIENT_BITS);

    /** A name with parameters; a value is empty where there is none. */
    private record Extension(String name, Map<String, String> parameters) {
        boolean has(String parameter) {
            return parameters.containsKey(parameter);
        }

        /** The bits that a parameter gives; 15 where it gives none. */
        int bits(String parameter) {
            String value = parameters.getOrDefault(parameter, "");
            return value.isEmpty() ? BITS_MAX : Integer.parseInt(value);
        }
    }

    /**
     * Holds the server's answer against the offers.
     *
     * @param answered the value of {@code Sec-WebSocket-Extensions} in the answer; empty where there is none
     * @return null when the extension is not in use
     */
    static @Nullable Deflate agreed(String offered, String answered) throws Violation {
        if (answered.isEmpty()) {
            return null;
        }
        List<Extension> answers = parse(answered);
        if (answers.size() != 1 || !answers.getFirst().name().equals(NAME)) {
            throw new Violation("it takes '" + answered + "', which was not offered (RFC 6455 §9.1)");
        }
        Extension answer = answers.getFirst();
        checkParameters(answer);
        for (Extension offer : parse(offered)) {
            if (offer.name().equals(NAME) && fits(offer, answer)) {
                return new Deflate(
                        answer.has(SERVER_RESETS),
                        answer.bits(SERVER_BITS),
                        answer.has(CLIENT_RESETS),
                        answer.bits(CLIENT_BITS));
            }
        }
        throw new Violation("it answers '" + answered + "', which fits no offer (RFC 7692 §7.1)");
    }

    /** RFC 7692 §7.1: names, values and their range. */
    private static void checkParameters(Extension answer) throws Violation {
        for (Map.Entry<String, String> parameter : answer.parameters().entrySet()) {
            String name = parameter.getKey();
            boolean hasBits = name.endsWith("_bits");
            String valid = hasBits ? "[89]|1[0-5]" : "";
            if (!PARAMETERS.contains(name) || !parameter.getValue().matches(valid)) {
                throw new Violation(
                        "it answers with the parameter " + name + "=" + parameter.getValue() + " (RFC 7692 §7.1)");
            }
        }
    }

    /** RFC 7692 §7.1.1.1, §7.1.2.1 and §7.1.2.2: what an answer must repeat, and what it may only say if asked. */
    private static boolean fits(Extension offer, Extension answer) {
        boolean resetsAsAsked = !offer.has(SERVER_RESETS) || answer.has(SERVER_RESETS);
        boolean hasBitsAsAsked = !offer.has(SERVER_BITS)
                || (answer.has(SERVER_BITS) && answer.bits(SERVER_BITS) <= offer.bits(SERVER_BITS));
        boolean mayLimitUs = !answer.has(CLIENT_BITS)
                || (offer.has(CLIENT_BITS) && answer.bits(CLIENT_BITS) <= offer.bits(CLIENT_BITS));
        return resetsAsAsked && hasBitsAsAsked && mayLimitUs;
    }

    private static List<Extension> parse(String header) throws Violation {
        List<Extension> extensions = new ArrayList<>();
        for (String element : header.split(",", -1)) {
            String[] words = element.split(";", -1);
            Map<String, String> parameters = new LinkedHashMap<>();
            for (int i = 1; i < words.length; i++) {
                String[] pair = words[i].strip().split("=", 2);
                String value = pair.length == 1 ? "" : pair[1].strip().replace("\"", "");
                if (parameters.put(pair[0].strip(), value) != null) {
                    throw new Violation("'" + header + "' has a parameter twice (RFC 7692 §7)");
                }
            }
            extensions.add(new Extension(words[0].strip(), parameters));
        }
        return extensions;
    }
}
