package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;

/**
 * Sees every whole frame of one connection, for an inspector that shows a person the bytes. Called on the connection's
 * event loop; a connection without an observer pays nothing for it.
 */
public interface FrameObserver {
    /** Which way a frame went, seen from this end. */
    enum Direction {
        IN,
        OUT
    }

    /**
     * One frame. An inbound frame is shown before the message that it completes is handed on; one that is refused is
     * not shown.
     *
     * @param direction which way
     * @param header the 2 to 14 bytes before the payload as they were on the wire, the masking key last where there is
     *     one; borrowed for the call
     * @param maskKey the masking key, big endian; 0 when the frame is not masked (bit 7 of the second header byte tells)
     * @param payload the payload, unmasked; borrowed for the call
     * @param nanoTime {@link System#nanoTime} when the frame was complete, or handed to the socket
     */
    void onFrame(Direction direction, ByteBuf header, int maskKey, ByteBuf payload, long nanoTime);
}
