package dev.carillon.gateway;

import dev.carillon.engine.Session;
import dev.carillon.protocol.JsonReader;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** {@code /live}, and {@code /chat} over WebSocket: the session for many channels, over WebSocket or, as a POST, over what gets through (PROTOCOL.md §8). */
final class LiveRoutes {

    private LiveRoutes() {}

    static void route(Exchange exchange) {
        if (exchange.isUpgrade()) {
            Doorway.upgrade(exchange, true, _ -> {});
        } else if (exchange.isMethod(HttpMethod.POST)) {
            post(exchange);
        } else if (exchange.isMethod(HttpMethod.GET) || exchange.isMethod(HttpMethod.HEAD)) {
            exchange.connection.respond(
                    exchange,
                    426,
                    "text/plain; charset=utf-8",
                    help(exchange.isSecure() ? "wss" : "ws").getBytes(StandardCharsets.UTF_8),
                    Map.of("Upgrade", "websocket", "Connection", "Upgrade"));
        } else {
            Router.refuseMethod(exchange, "GET, POST");
        }
    }

    private static String help(String scheme) {
        return "This address speaks WebSocket: in a browser's console, new WebSocket('" + scheme
                + "://' + location.host + '/live'); the home page at / shows it.\n";
    }

    private static void post(Exchange exchange) {
        boolean streams = exchange.acceptsEventStream();
        exchange.countAs(streams ? Traffic.Transport.EVENT_STREAM : Traffic.Transport.LONG_POLL);
        switch (JsonReader.liveRequest(exchange.body())) {
            case JsonReader.Outcome.Refused<JsonReader.LiveRequest> refused -> exchange.refuse(refused.refusal());
            case JsonReader.Outcome.Read<JsonReader.LiveRequest>(JsonReader.LiveRequest live) -> {
                exchange.connection
                        .hall
                        .counters()
                        .traffic(exchange.transport())
                        .inEnvelope
                        .add(exchange.body().length);
                String id = Doorway.sessionId(exchange, live.session());
                boolean isFirst = streams || wait(exchange, live).isZero();
                boolean isLetIn = id != null && (isFirst ? Doorway.mayBegin(exchange) : Doorway.mayGoOn(exchange));
                if (id == null || !isLetIn) {
                    return;
                }
                long heartbeatMillis =
                        exchange.connection.hall.settings().heartbeat().toMillis();
                Doorway.admit(exchange, principal -> {
                    if (streams) {
                        EventStreamWire wire = new EventStreamWire(exchange, Framings.LIVE_STREAM);
                        Session session = wire.open(ChannelRoutes.session(exchange, principal, wire, id));
                        session.greet(heartbeatMillis);
                        session.onMessage(live.resume());
                    } else {
                        Duration wait = wait(exchange, live);
                        int channels = live.resume().channels().size()
                                + live.resume().unreadable().size();
                        LivePollWire wire = new LivePollWire(exchange, channels, wait);
                        Session session = wire.open(ChannelRoutes.session(exchange, principal, wire, id));
                        if (wait.isZero()) {
                            session.greet(heartbeatMillis); // the first of a run of polls does not wait
                        }
                        session.onMessage(live.resume());
                    }
                });
            }
        }
    }

    private static Duration wait(Exchange exchange, JsonReader.LiveRequest live) {
        Duration max = exchange.connection.hall.settings().waitMax();
        Duration asked = live.waitMillis() < 0 ? max : Duration.ofMillis(live.waitMillis());
        return asked.compareTo(max) > 0 ? max : asked;
    }
}
