package dev.carillon.gateway;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.Handshake;
import dev.carillon.websocket.WebSocketHandler;
import dev.carillon.websocket.WebSocketLimits;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way in: who asks, and from HTTP to WebSocket. */
final class Doorway {

    /** The subprotocols that are spoken, the one liked best first. */
    private static final List<String> SUBPROTOCOLS = List.of("carillon.v1");

    private Doorway() {}

    /** Finds out who asks and goes on with that on the connection's loop, or refuses. */
    static void admit(Exchange exchange, Consumer<Principal> then) {
        admit(exchange, exchange.token(), then);
    }

    private static void admit(Exchange exchange, @Nullable String token, Consumer<Principal> then) {
        Admittance admittance = new Admittance(exchange, then);
        exchange.connection.hall.decisions().onConnect(token, admittance::answer);
        admittance.holdUnlessSettled();
    }

    /** One question who asks, whose answer may come at once, or later from any thread. */
    private static final class Admittance {

        private final Exchange exchange;
        private final Consumer<Principal> then;
        private final ChannelConfig config;
        private final Mailbox mailbox;
        /** Owned by the loop, like all here but {@link #answer}. */
        private boolean settled;

        private boolean waiting;

        Admittance(Exchange exchange, Consumer<Principal> then) {
            this.exchange = exchange;
            this.then = then;
            this.config = exchange.connection.context().channel().config();
            this.mailbox = exchange.connection.member().loop().mailbox();
        }

        void answer(Decisions.Admission admission) {
            if (mailbox.isOwner()) {
                settle(admission);
            } else {
                mailbox.post(() -> settle(admission));
            }
        }

        /** While somebody decides, nothing more is read: the bytes behind an upgrade are frames and not HTTP. */
        void holdUnlessSettled() {
            if (!settled) {
                waiting = true;
                config.setAutoRead(false);
            }
        }

        private void settle(Decisions.Admission admission) {
            if (settled) {
                return;
            }
            settled = true;
            if (!exchange.connection.isAnswering(exchange)) {
                return; // the client did not wait for it, and nobody would end what began now
            }
            if (waiting) {
                config.setAutoRead(true);
            }
            switch (admission) {
                case Decisions.Admission.Admitted(Principal principal) -> then.accept(principal);
                case Decisions.Admission.Rejected rejected ->
                    exchange.refuse(ServerMessage.Refusal.of(null, rejected.code(), null, rejected.message()));
            }
        }
    }

    /** Turns the connection into a WebSocket, if the request is a handshake as it should be. */
    static void upgrade(Exchange exchange, Consumer<WebSocketWire> opened) {
        switch (Handshake.check(exchange.request(), SUBPROTOCOLS)) {
            case Handshake.Refused refused -> refuse(exchange, refused);
            case Handshake.Accepted accepted -> {
                String sessionId = sessionId(exchange, exchange.parameter("session"));
                if (sessionId != null) {
                    admit(
                            exchange,
                            principal ->
                                    open(exchange, accepted, new WebSocketWire.Opening(principal, sessionId, opened)));
                }
            }
        }
    }

    /** The id that a client made for its session, or one of ours where it made none; null once it was refused. */
    static @Nullable String sessionId(Exchange exchange, @Nullable String given) {
        if (given == null) {
            return Hall.newSessionId();
        }
        if (!given.matches("[A-Za-z0-9_-]{22}")) {
            exchange.refuse(Code.BAD_REQUEST, "a session's id is 22 characters of A-Z a-z 0-9 _ -");
            return null;
        }
        return given;
    }

    static void refuse(Exchange exchange, Handshake.Refused refused) {
        byte[] message = (refused.message() + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.connection.respond(
                exchange, refused.status(), "text/plain; charset=utf-8", message, refused.headers());
    }

    private static void open(Exchange exchange, Handshake.Accepted accepted, WebSocketWire.Opening opening) {
        HttpConnection connection = exchange.connection;
        Hall hall = connection.hall;
        Inspector.Tap tap = hall.inspector().tap(exchange, accepted);
        Traffic traffic = hall.counters().traffic(Traffic.Transport.WEBSOCKET);
        traffic.inFraming.add(connection.bytes.takeIn());
        traffic.outFraming.add(Inspector.responseOf(accepted).length());
        WebSocketWire wire = new WebSocketWire(hall, connection.member(), tap, opening);
        WebSocketLimits limits = new WebSocketLimits(
                hall.settings().messageBytesMax(), hall.settings().closeTimeMax());
        ChannelPipeline pipeline = connection.context().pipeline();
        pipeline.remove(connection.bytes);
        WebSocketHandler.upgrade(
                pipeline, pipeline.get(HttpServerCodec.class), accepted, new WebSocketHandler(limits, wire, tap));
    }
}
