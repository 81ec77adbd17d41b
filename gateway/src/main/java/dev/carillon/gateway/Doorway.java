package dev.carillon.gateway;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Action;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.DeflatedMessages;
import dev.carillon.websocket.FrameObserver;
import dev.carillon.websocket.Handshake;
import dev.carillon.websocket.LoopDeflate;
import dev.carillon.websocket.WebSocketHandler;
import dev.carillon.websocket.WebSocketListener;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way in: who asks, and from HTTP to WebSocket. */
final class Doorway {

    private static final long RETRY_MILLIS = 1000;

    private Doorway() {}

    /** Finds out who asks and goes on with that on the connection's loop, or refuses; strangers too. */
    static void admit(Exchange exchange, Consumer<Principal> then) {
        find(exchange, then, rejected -> refuse(exchange, rejected.code(), rejected.message()), false);
    }

    /**
     * Asks who it is. While somebody decides, nothing more is read: the bytes behind an upgrade are frames and not HTTP.
     *
     * @param then is given one who may come in
     * @param otherwise is given why what was presented proves nothing
     * @param takesStrangers whether those may come in who have nothing to present where something must be presented
     */
    private static void find(
            Exchange exchange,
            Consumer<Principal> then,
            Consumer<Decisions.Admission.Rejected> otherwise,
            boolean takesStrangers) {
        String token;
        switch (Credential.of(exchange)) {
            case Credential.None _ -> token = null;
            case Credential.Presented(String presented) -> token = presented;
            case Credential.Refused(Code code, String message) -> {
                refuse(exchange, code, message);
                return;
            }
        }
        HttpConnection connection = exchange.connection;
        ChannelConfig config = connection.context().channel().config();
        connection.hall.node().admit(connection.member().loop(), token, () -> config.setAutoRead(false), admission -> {
            if (!connection.isAnswering(exchange)) {
                return; // the client did not wait for it, and nobody would end what began now
            }
            config.setAutoRead(true);
            switch (admission) {
                case Decisions.Admission.Admitted(Principal principal) -> {
                    if (principal.isStranger() && !takesStrangers) {
                        refuse(exchange, Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text());
                    } else {
                        then.accept(principal);
                    }
                }
                case Decisions.Admission.Rejected rejected -> otherwise.accept(rejected);
            }
        });
    }

    /** Refuses a request for what proves who asks, or because that could not be found out now. */
    static void refuse(Exchange exchange, Code code, String message) {
        exchange.connection.hall.counters().refused(code);
        if (code.action() != Action.STOP) {
            long retryMillis = Math.max(code.retryMillis(), RETRY_MILLIS);
            exchange.refuseForNow(new ServerMessage.Refusal(null, code, null, message, retryMillis));
            return;
        }
        ServerMessage.Refusal refusal = ServerMessage.Refusal.of(null, code, null, message);
        // RFC 9110 §11.6.1: a 401 says how to prove it.
        exchange.refuse(
                refusal, code.http() == 401 ? Map.of(HttpHeaderNames.WWW_AUTHENTICATE.toString(), "Bearer") : Map.of());
    }

    /**
     * Turns the connection into a WebSocket, if the request is a handshake as it should be.
     *
     * @param takesStrangers whether a peer may come in that has nothing to present, to prove who it is later
     */
    static void upgrade(Exchange exchange, boolean takesStrangers, Consumer<WebSocketWire> opened) {
        switch (exchange.handshake(Dialect.SUBPROTOCOLS)) {
            case Handshake.Refused refused -> refuse(exchange, refused);
            case Handshake.Accepted accepted -> {
                String sessionId = sessionId(exchange, exchange.parameter("session"));
                ServerMessage.Refusal full = sessionId == null
                        ? null
                        : exchange.connection.hall.entrance().begin(System.nanoTime());
                if (full != null) {
                    turnAway(exchange, accepted, full);
                } else if (sessionId != null) {
                    Dialect dialect = Dialect.of(accepted.subprotocol());
                    find(
                            exchange,
                            principal -> open(
                                    exchange,
                                    accepted,
                                    new WebSocketWire.Opening(
                                            dialect, principal, sessionId, exchange.account(), opened)),
                            rejected -> {
                                exchange.connection.hall.counters().refused(rejected.code());
                                turnAway(
                                        exchange,
                                        accepted,
                                        ServerMessage.Refusal.of(null, rejected.code(), null, rejected.message()));
                            },
                            takesStrangers);
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
        if (connection.isHttp2()) {
            hall.counters().http2WebSockets.increment();
        }
        WebSocketWire wire = new WebSocketWire(hall, connection.member(), tap, opening);
        Handshake.Accepted answered = upgrade(connection, accepted, wire, tap);
        int answer = connection.isHttp2() ? 0 : Inspector.responseOf(answered).length();
        traffic.outFraming.add(answer);
        if (exchange.account() != null) {
            exchange.account().webSockets.increment();
            exchange.account().out(answer, 0, 0);
        }
    }

    private static void turnAway(Exchange exchange, Handshake.Accepted accepted, ServerMessage.Refusal why) {
        HttpConnection connection = exchange.connection;
        upgrade(connection, accepted, new TurnedAway(connection.hall, Dialect.of(accepted.subprotocol()), why), null);
    }

    /** Refuses what may come again later, in the way that the one who asks can hear: a WebSocket in messages. */
    static void refuseForNow(Exchange exchange, ServerMessage.Refusal refusal) {
        if (!exchange.isUpgrade()) {
            exchange.refuseForNow(refusal);
            return;
        }
        switch (exchange.handshake(Dialect.SUBPROTOCOLS)) {
            case Handshake.Refused refused -> refuse(exchange, refused);
            case Handshake.Accepted accepted -> turnAway(exchange, accepted, refusal);
        }
    }

    /** Whether a stream, or a run of polls, may begin now; if not, the request was refused for now. */
    static boolean mayBegin(Exchange exchange) {
        return isLetIn(exchange, exchange.connection.hall.entrance().begin(System.nanoTime()));
    }

    /** Likewise for one more poll of a run. */
    static boolean mayGoOn(Exchange exchange) {
        return isLetIn(exchange, exchange.connection.hall.entrance().goOn(System.nanoTime()));
    }

    private static boolean isLetIn(Exchange exchange, ServerMessage.@Nullable Refusal refusal) {
        if (refusal != null) {
            exchange.refuseForNow(refusal);
        }
        return refusal == null;
    }

    /**
     * Answers an accepted handshake, and has the listener hear what follows. One that an inspector shows is agreed no compression
     * with: it is for a person to read, and what it must not show has to be found. Nor with one that speaks the binary form,
     * which is compact.
     *
     * @return what was answered
     */
    static Handshake.Accepted upgrade(
            HttpConnection connection,
            Handshake.Accepted accepted,
            WebSocketListener listener,
            @Nullable FrameObserver observer) {
        ChannelPipeline pipeline = connection.context().pipeline();
        pipeline.remove(connection.bytes);
        LoopDeflate loop =
                connection.hall.deflates().of(pipeline.channel().eventLoop()).deflate();
        boolean mayDeflate = observer == null && Dialect.of(accepted.subprotocol()) == Dialect.JSON;
        DeflatedMessages deflate = mayDeflate ? loop.agree(accepted.offers()) : null;
        Handshake.Accepted answered = accepted.with(deflate);
        WebSocketHandler handler = new WebSocketHandler(connection.hall.webSocketLimits(), listener, observer, deflate);
        if (!connection.isHttp2()) {
            WebSocketHandler.upgrade(pipeline, pipeline.get(HttpServerCodec.class), answered, handler);
        } else if (!Http2Tunnel.open(pipeline, answered, handler) && deflate != null) {
            deflate.close();
        }
        return answered;
    }
}
