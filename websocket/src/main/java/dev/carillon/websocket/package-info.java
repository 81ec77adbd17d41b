/**
 * RFC 6455 on Netty's buffers: the opening handshake, an incremental frame decoder in one pipeline handler, the frame
 * encoder and the closing handshake; and RFC 7692, permessage-deflate.
 *
 * <p>{@link Handshake} decides on a request, {@link WebSocketHandler#upgrade} turns the pipeline over, and from then on a
 * {@link WebSocketListener} hears what {@link FrameDecoder} reads and speaks through its {@link WebSocketConnection}.
 *
 * <p>{@link LoopDeflate} agrees to what a client offers and has the loop's zlib; {@link DeflatedMessages} is what a
 * connection then has of it.
 *
 * <p>Owned by the connection's event loop. It must never know a channel, a session or a message's meaning.
 */
@NullMarked
package dev.carillon.websocket;

import org.jspecify.annotations.NullMarked;
