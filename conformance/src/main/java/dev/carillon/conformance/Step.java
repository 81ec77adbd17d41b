package dev.carillon.conformance;

import java.util.Set;
import java.util.function.IntFunction;

/** One thing that a client does or waits for. */
sealed interface Step {
    /**
     * Writes octets as they are.
     *
     * @param pieceOctets of each write; 0 for one write
     */
    record Send(Octets octets, int pieceOctets) implements Step {}

    /** Waits for this, and for nothing else before it. */
    record Hear(Heard expected) implements Step {}

    /**
     * Sends messages and waits for each to come back, compressed where that was negotiated.
     *
     * @param payload of each message by its number, from 0
     * @param fragmentOctets 0 for one frame
     */
    record Rounds(int messages, boolean isText, IntFunction<Octets> payload, int fragmentOctets) implements Step {}

    /** Sends a compressed message, if compression was negotiated, in fragments of a size, and hears nothing yet. */
    record SendCompressed(boolean isText, Octets payload, int fragmentOctets) implements Step {}

    /** A message that came was compressed, or the server is lenient: it may agree to compress and not do it. */
    record Compressed() implements Step {}

    /** The last of a script. */
    sealed interface Ending extends Step {}

    /** Closes with 1000 and waits for the answer and the end of the TCP connection. */
    record Leave() implements Ending {}

    /**
     * Our close frame is out: waits for the answer and the end of the TCP connection.
     *
     * @param codes each of which is right; {@link Heard.Close#NO_CODE} for a close frame without one
     */
    record Answered(Set<Integer> codes) implements Ending {}

    /**
     * The server must fail the connection (RFC 6455 §7.1.7).
     *
     * @param codes each of which is right
     */
    record Fails(Set<Integer> codes) implements Ending {}

    /**
     * The server should fail the connection before it has seen {@code rest}, and must when it has.
     *
     * @param codes each of which is right
     */
    record FailsAtOnce(Set<Integer> codes, Octets rest) implements Ending {}
}
