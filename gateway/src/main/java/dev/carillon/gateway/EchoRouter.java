package dev.carillon.gateway;

import dev.carillon.websocket.DeflatedMessages;
import dev.carillon.websocket.Handshake;
import dev.carillon.websocket.WebSocketConnection;
import dev.carillon.websocket.WebSocketHandler;
import dev.carillon.websocket.WebSocketLimits;
import dev.carillon.websocket.WebSocketListener;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends every WebSocket message back, on every path, over the same pipeline as {@code /live}. */
final class EchoRouter implements Router {

    private static final byte[] HELP =
            "This server echoes WebSocket messages on every path.\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void route(Exchange exchange) {
        HttpConnection connection = exchange.connection;
        Hall hall = connection.hall;
        AccessPolicy.Refused refused = hall.access().check(exchange.headers());
        if (refused != null) {
            hall.onRefused(refused);
            exchange.refuse(refused.code(), refused.message());
            return;
        }
        if (!Handshake.isUpgrade(exchange.request())) {
            connection.respond(
                    exchange, 426, "text/plain", HELP, Map.of("Upgrade", "websocket", "Connection", "Upgrade"));
            return;
        }
        switch (Handshake.check(exchange.request(), List.of())) {
            case Handshake.Refused bad -> Doorway.refuse(exchange, bad);
            case Handshake.Accepted accepted -> {
                var pipeline = connection.context().pipeline();
                WebSocketLimits limits = new WebSocketLimits(
                        hall.settings().messageBytesMax(), hall.settings().closeTimeMax());
                pipeline.remove(connection.bytes);
                DeflatedMessages deflate = hall.deflates()
                        .of(pipeline.channel().eventLoop())
                        .deflate()
                        .agree(accepted.offers());
                WebSocketHandler.upgrade(
                        pipeline,
                        pipeline.get(HttpServerCodec.class),
                        accepted.with(deflate),
                        new WebSocketHandler(limits, new Echo(hall), null, deflate));
            }
        }
    }

    private static final class Echo implements WebSocketListener {

        private final Hall hall;
        private @Nullable WebSocketConnection connection;

        Echo(Hall hall) {
            this.hall = hall;
        }

        @Override
        public void onOpen(WebSocketConnection opened) {
            connection = opened;
        }

        @Override
        public void onText(ByteBuf payload) {
            if (connection != null) {
                connection.sendText(payload);
            }
        }

        @Override
        public void onBinary(ByteBuf payload) {
            if (connection != null) {
                connection.sendBinary(payload);
            }
        }

        @Override
        public void onWritabilityChanged(boolean isWritable) {
            if (connection != null) {
                connection.channel().config().setAutoRead(isWritable);
            }
        }

        @Override
        public void onClosed(int code, String reason, boolean clean) {}

        @Override
        public void onFailure(Throwable cause) {
            hall.onFailure("an echo", cause);
        }
    }
}
