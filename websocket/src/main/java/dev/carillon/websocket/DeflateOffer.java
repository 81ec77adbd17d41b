package dev.carillon.websocket;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's offer of permessage-deflate, valid by RFC 7692 §7.1.
 *
 * @param serverNoContextTakeover whether the server is asked to keep nothing between messages
 * @param clientNoContextTakeover whether the client says that it will keep nothing
 * @param serverMaxWindowBits the largest window that the server may use, 8 to 15; 0 where nothing is asked
 * @param clientMaxWindowBits the largest window that the client may use, 8 to 15, and so that it takes a limit; 0 where it
 *     takes none
 */
record DeflateOffer(
        boolean serverNoContextTakeover,
        boolean clientNoContextTakeover,
        int serverMaxWindowBits,
        int clientMaxWindowBits) {

    static final String NAME = "permessage-deflate";
    static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
    static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
    static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
    static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

    /** The first offer that is valid; others are declined (RFC 7692 §7.1). Null without one. */
    static @Nullable DeflateOffer firstOf(List<ExtensionOffer> offers) {
        for (ExtensionOffer offer : offers) {
            DeflateOffer valid = offer.name().equalsIgnoreCase(NAME) ? of(offer.parameters()) : null;
            if (valid != null) {
                return valid;
            }
        }
        return null;
    }

    /** Null where a parameter is unknown, comes twice, or has a value that it may not have. */
    private static @Nullable DeflateOffer of(List<ExtensionOffer.Parameter> parameters) {
        Set<String> seen = new HashSet<>();
        boolean serverForgets = false;
        boolean clientForgets = false;
        int serverBits = 0;
        int clientBits = 0;
        for (ExtensionOffer.Parameter parameter : parameters) {
            String name = parameter.name().toLowerCase(Locale.ROOT);
            String value = parameter.value();
            boolean isValid = seen.add(name);
            switch (name) {
                case SERVER_NO_CONTEXT_TAKEOVER -> {
                    serverForgets = true;
                    isValid &= value == null;
                }
                case CLIENT_NO_CONTEXT_TAKEOVER -> {
                    clientForgets = true;
                    isValid &= value == null;
                }
                case SERVER_MAX_WINDOW_BITS -> {
                    serverBits = bits(value);
                    isValid &= serverBits != 0;
                }
                case CLIENT_MAX_WINDOW_BITS -> {
                    clientBits = value == null ? DeflateSettings.WINDOW_BITS_MAX : bits(value);
                    isValid &= clientBits != 0;
                }
                default -> isValid = false;
            }
            if (!isValid) {
                return null;
            }
        }
        return new DeflateOffer(serverForgets, clientForgets, serverBits, clientBits);
    }

    /** RFC 7692 §7.1.2: a decimal integer from 8 to 15 without leading zeros; 0 for anything else. */
    private static int bits(@Nullable String value) {
        return value != null && value.matches("[89]|1[0-5]") ? Integer.parseInt(value) : 0;
    }
}
