package dev.carillon.redis;

/**
 * Where one process of Redis listens.
 *
 * @param host its name or address
 * @param port its port
 */
public record Address(String host, int port) {

    /** @throws IllegalArgumentException if it is none; the message names what is wrong */
    public Address {
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '@' || c == '[' || c == ']')) {
            throw new IllegalArgumentException("'" + host + "' is not a name or an address of a host");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not from 1 to 65535");
        }
    }

    /**
     * Reads {@code host}, {@code host:port} or {@code [address]:port}.
     *
     * @param otherwise the port where none is said
     * @throws IllegalArgumentException if it is no such text; the message doesn't repeat it where it may hold a password
     */
    public static Address of(String text, int otherwise) {
        if (text.indexOf('@') >= 0 || text.indexOf('/') >= 0) {
            throw new IllegalArgumentException("not of the form host:port");
        }
        int colon = text.lastIndexOf(':');
        boolean isBracketed = text.startsWith("[");
        if (isBracketed && text.endsWith("]")) {
            return new Address(text.substring(1, text.length() - 1), otherwise);
        }
        if (isBracketed && (colon < 0 || text.charAt(colon - 1) != ']')) {
            throw new IllegalArgumentException("not of the form [address]:port");
        }
        if (colon < 0 || (!isBracketed && text.indexOf(':') != colon)) {
            return new Address(text, otherwise);
        }
        String host = text.substring(0, colon);
        if (isBracketed) {
            host = host.substring(1, host.length() - 1);
        }
        return new Address(host, port(text.substring(colon + 1)));
    }

    /** The number, or 0, which is no port. */
    static int port(String text) {
        return text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    }

    /** As in a URL. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
