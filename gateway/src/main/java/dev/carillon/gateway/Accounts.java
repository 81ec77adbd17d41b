package dev.carillon.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Account}s that somebody asked for, by the port that requests name in their {@code Host}. Where there are none, a
 * request costs a look at an empty map and a connection nothing. Who opens accounts bounds their number. Thread-safe.
 */
public final class Accounts {

    private final Map<String, Account> byPort = new ConcurrentHashMap<>(0);

    Accounts() {}

    /** The account of a port; a new one, of what comes from now on, where there is none. */
    public Account open(int port) {
        return byPort.computeIfAbsent(Integer.toString(port), _ -> new Account());
    }

    /** Forgets an account; connections that it counts are counted on, for nobody. */
    public void close(int port) {
        byPort.remove(Integer.toString(port));
    }

    /** Accounts now. */
    public int open() {
        return byPort.size();
    }

    /** The account of a request; null where nobody asked for one. */
    @Nullable
    Account of(HttpHeaders headers) {
        if (byPort.isEmpty()) {
            return null;
        }
        String host = headers.get(HttpHeaderNames.HOST);
        return host == null ? null : byPort.get(host.substring(host.lastIndexOf(':') + 1));
    }
}
