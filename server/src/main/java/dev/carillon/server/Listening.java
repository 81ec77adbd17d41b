package dev.carillon.server;

import java.util.List;
import java.util.Locale;

/** What is said about the addresses that a server listens on. */
final class Listening {

    private static final List<String> ANY = List.of("0.0.0.0", "::", "localhost");

    private Listening() {}

    /** Where a browser on this machine finds what listens there. */
    static String url(boolean isTls, Listen listen, int port) {
        String host = listen.hosts().getFirst();
        if (ANY.contains(host.toLowerCase(Locale.ROOT))) {
            host = "127.0.0.1";
        }
        return (isTls ? "https://" : "http://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** An exception's words on one line. */
    static String oneLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.replaceAll("\\s+", " ").strip();
    }
}
