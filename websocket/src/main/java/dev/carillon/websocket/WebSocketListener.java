package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;

/**
 * What one connection's owner hears. One instance a connection; every method runs on its event loop and must not block.
 * Payloads are borrowed for the call: whoever keeps one copies it, or retains it and then keeps the whole read buffer.
 *
 * <p>Order: {@code onOpen}, then messages and the rest, then at most one {@code onClosing}, then exactly one
 * {@code onClosed}. After {@code onClosing} no message comes any more. An exception thrown here closes the connection
 * with 1011; its text stays here ({@link #onFailure}).
 */
public interface WebSocketListener {
    /** The connection may be written to; it is the same object for its whole life. */
    void onOpen(WebSocketConnection connection);

    /** A whole text message: valid UTF-8, at most {@link WebSocketLimits#messageBytesMax} bytes. */
    void onText(ByteBuf payload);

    /** A whole binary message of at most {@link WebSocketLimits#messageBytesMax} bytes. */
    void onBinary(ByteBuf payload);

    /** A ping of at most 125 bytes; it is answered by the connection itself. */
    default void onPing(ByteBuf payload) {}

    /** A pong of at most 125 bytes, asked for or not (RFC 6455 §5.5.3). */
    default void onPong(ByteBuf payload) {}

    /** All that was there to read has been handed on; what is written here still goes out with this read's flush. */
    default void onReadComplete() {}

    /** The socket's outbound buffer passed one of its water marks. */
    default void onWritabilityChanged(boolean isWritable) {}

    /**
     * A closing handshake begins, by whichever end; nothing can be sent any more.
     *
     * @param code the code of the close frame that began it; {@link CloseCode#NO_CODE} when it had none
     * @param reason its reason, perhaps empty
     */
    default void onClosing(int code, String reason) {}

    /**
     * The TCP connection is closed.
     *
     * @param code the code of the peer's close frame; without one, that of ours; without either
     *     {@link CloseCode#ABNORMAL}
     * @param reason the reason beside that code, perhaps empty
     * @param clean true exactly when both close frames were exchanged
     */
    void onClosed(int code, String reason, boolean clean);

    /** Something threw that should not have, for the log. The peer only gets 1011. */
    default void onFailure(Throwable cause) {}
}
