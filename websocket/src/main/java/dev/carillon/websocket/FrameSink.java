package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;

/**
 * What a {@link FrameDecoder} hands on, in wire order, on the thread that feeds it. A payload is borrowed for the call:
 * whoever keeps it retains it, and then keeps the whole read buffer alive.
 */
public interface FrameSink {
    /** A whole text message; its bytes are valid UTF-8. */
    void onText(ByteBuf payload);

    /** A whole binary message. */
    void onBinary(ByteBuf payload);

    /** A ping, at most 125 bytes; it may come between the fragments of a message (RFC 6455 §5.4). */
    void onPing(ByteBuf payload);

    /** A pong, at most 125 bytes. */
    void onPong(ByteBuf payload);

    /**
     * The peer's close frame; nothing follows it.
     *
     * @param code the peer's code, or {@link CloseCode#NO_CODE} when the frame was empty
     * @param reason valid text of at most 123 bytes, perhaps empty
     */
    void onClose(int code, String reason);
}
