package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;

/** What inflating a message comes to. */
sealed interface Inflated {
    /**
     * The whole message; text is valid UTF-8.
     *
     * @param bytes the receiver's to release
     */
    record Message(ByteBuf bytes) implements Inflated {}

    /** It may not be handed on, and its connection is to be failed. */
    record Refused(Refusal why) implements Inflated {}
}
