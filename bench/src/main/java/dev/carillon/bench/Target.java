package dev.carillon.bench;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A server to be loaded, and how it is looked at from outside.
 *
 * @param path what its WebSockets are asked for by; null for the dialect's own
 * @param process its id; null for one whose CPU can't be read, such as one on another machine
 * @param memory null where its memory can't be asked for
 */
record Target(
        InetSocketAddress address,
        @Nullable String path,
        Dialect dialect,
        @Nullable Long process,
        @Nullable MemoryProbe memory) {

    /** The same, spoken to in the binary form of its messages, where it has one. */
    Target inBinary() {
        return dialect == Dialect.CARILLON ? new Target(address, path, Dialect.CARILLON_BINARY, process, memory) : this;
    }

    /** What a handshake asks for. */
    String path(boolean isEcho) {
        return path == null ? dialect.target(isEcho) : path;
    }

    /** Asks for a server's memory, after a full collection where it has one. */
    interface MemoryProbe {
        Memory ask() throws BenchException;
    }

    /**
     * Memory in bytes.
     *
     * @param heap live objects; NaN where the server doesn't tell
     * @param direct what the program allocated outside the heap; NaN where the server doesn't tell
     * @param runtime what a virtual machine takes for itself: code, classes, threads, the collector's tables; NaN likewise
     * @param resident its own pages in memory, with those that hold nothing at the moment
     */
    record Memory(double heap, double direct, double runtime, double resident) {}
}
