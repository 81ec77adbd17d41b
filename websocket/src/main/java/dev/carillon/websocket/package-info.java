/**
 * RFC 6455 on Netty's buffers: the opening handshake, an incremental frame decoder in one pipeline handler, the frame
 * encoder and the closing handshake.
 *
 * <p>Owned by the connection's event loop. It must never know a channel, a session or a message's meaning.
 */
@NullMarked
package dev.carillon.websocket;

import org.jspecify.annotations.NullMarked;
