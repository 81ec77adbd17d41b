package dev.carillon.gateway;

import dev.carillon.protocol.Action;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.WebSocketConnection;
import dev.carillon.websocket.WebSocketListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that is not let in: its credential was refused, or there is no room for it now. It is told why, and when to come
 * back where that is worth while, and closed with the code. A browser shows its scripts neither the status nor the body of a
 * handshake that failed, so this one must not. Owned by the event loop.
 */
final class TurnedAway implements WebSocketListener {

    private final Hall hall;
    private final @Nullable Dialect dialect;
    private final ServerMessage.Refusal why;

    /** @param dialect in which it is told why; null where the peer speaks another protocol, and has only the code */
    TurnedAway(Hall hall, @Nullable Dialect dialect, ServerMessage.Refusal why) {
        this.hall = hall;
        this.dialect = dialect;
        this.why = why;
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        say(connection, why);
        if (why.retryMillis() > 0 && why.code().action() != Action.STOP) {
            say(connection, new ServerMessage.Reconnect(why.retryMillis()));
        }
        connection.close(why.code().number(), why.code().wire());
    }

    private void say(WebSocketConnection connection, ServerMessage message) {
        if (dialect == null) {
            return;
        }
        byte[] frame = dialect.frame(message);
        int payload = FrameEncoder.payloadBytes(frame);
        connection.write(Unpooled.wrappedBuffer(frame), payload);
        hall.counters().traffic(Traffic.Transport.WEBSOCKET).outEnvelope.add(payload);
    }

    @Override
    public void onText(ByteBuf payload) {
        // It is being closed; nobody listens.
    }

    @Override
    public void onBinary(ByteBuf payload) {
        // Likewise.
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {}

    @Override
    public void onFailure(Throwable cause) {
        hall.onFailure("a WebSocket that was turned away", cause);
    }
}
