package dev.carillon.gateway;

import dev.carillon.engine.Erasure;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Start;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.IdempotencyKey;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Selection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /channels/{name}}: one resource, delivered as the request asks for (PROTOCOL.md §7). */
final class ChannelRoutes {

    private static final String PRESENCE = "/presence";
    private static final String SIGNALS = "/signals";
    private static final String PUBLICATIONS = "/publications/";

    private ChannelRoutes() {}

    static void route(Exchange exchange, String rest) {
        int publications = rest.indexOf(PUBLICATIONS);
        if (publications >= 0) {
            publication(
                    exchange,
                    ChannelName.parse(rest.substring(0, publications)),
                    Position.parse(rest.substring(publications + PUBLICATIONS.length())));
            return;
        }
        boolean isPresence = rest.endsWith(PRESENCE);
        boolean isSignals = rest.endsWith(SIGNALS);
        int suffix = isPresence ? PRESENCE.length() : isSignals ? SIGNALS.length() : 0;
        ChannelName channel = ChannelName.parse(rest.substring(0, rest.length() - suffix));
        if (channel == null) {
            exchange.refuse(Code.INVALID_CHANNEL);
        } else if (isPresence) {
            presence(exchange, channel);
        } else if (isSignals) {
            signals(exchange, channel);
        } else if (exchange.isUpgrade()) {
            upgrade(exchange, channel);
        } else if (exchange.isMethod(HttpMethod.POST)) {
            exchange.countAs(Traffic.Transport.POST);
            publish(exchange, channel);
        } else if (exchange.isMethod(HttpMethod.GET) || exchange.isMethod(HttpMethod.HEAD)) {
            read(exchange, channel);
        } else if (exchange.isMethod(HttpMethod.DELETE)) {
            exchange.countAs(Traffic.Transport.POST);
            DocumentRoutes.purge(exchange, channel);
        } else {
            Router.refuseMethod(exchange, "GET, HEAD, POST, DELETE");
        }
    }

    /** One publication, by its position: it can be redacted. */
    private static void publication(Exchange exchange, @Nullable ChannelName channel, @Nullable Position position) {
        if (channel == null) {
            exchange.refuse(Code.INVALID_CHANNEL);
        } else if (position == null || position.equals(Position.ORIGIN)) {
            exchange.refuse(Code.INVALID_POSITION);
        } else if (exchange.isMethod(HttpMethod.DELETE)) {
            exchange.countAs(Traffic.Transport.POST);
            ReplyWire.erase(exchange, channel, new Erasure.Redaction(position));
        } else {
            Router.refuseMethod(exchange, "DELETE");
        }
    }

    private static void read(Exchange exchange, ChannelName channel) {
        if (exchange.acceptsEventStream() && exchange.isMethod(HttpMethod.GET)) {
            exchange.countAs(Traffic.Transport.EVENT_STREAM);
            stream(exchange, channel);
        } else if (exchange.parameter("wait") != null || MapQuery.isTracking(exchange)) {
            exchange.countAs(Traffic.Transport.LONG_POLL);
            longPoll(exchange, channel);
        } else {
            exchange.countAs(Traffic.Transport.POLL);
            poll(exchange, channel);
        }
    }

    private static void upgrade(Exchange exchange, ChannelName channel) {
        Integer last = count(exchange, "last");
        Long presence = last == null ? null : presenceSince(exchange);
        if (last == null || presence == null || MapQuery.isRefused(exchange)) {
            return;
        }
        Start start = startOrUnreadable(exchange.parameter("after"), last);
        Selection track = MapQuery.selection(exchange);
        Doorway.upgrade(exchange, false, wire -> wire.session().subscribe(null, channel, start, presence, track));
    }

    private static void stream(Exchange exchange, ChannelName channel) {
        Integer last = count(exchange, "last");
        Long presence = last == null ? null : presenceSince(exchange);
        String sessionId = presence == null ? null : Doorway.sessionId(exchange, exchange.parameter("session"));
        if (last == null || presence == null || sessionId == null || MapQuery.isRefused(exchange)) {
            return;
        }
        Selection track = MapQuery.selection(exchange);
        String lastEventId = exchange.header("Last-Event-ID");
        String after = lastEventId == null || lastEventId.isEmpty() ? exchange.parameter("after") : lastEventId;
        Start start = startOrUnreadable(after, last);
        if (!Doorway.mayBegin(exchange)) {
            return;
        }
        Doorway.admit(exchange, principal -> {
            EventStreamWire wire = new EventStreamWire(exchange, Framings.EVENT_STREAM);
            wire.open(session(exchange, principal, wire, sessionId)).subscribe(null, channel, start, presence, track);
        });
    }

    private static Start startOrUnreadable(@Nullable String after, int last) {
        if (after == null) {
            return new Start.Newest(last);
        }
        Position position = Position.parse(after);
        return position == null ? new Start.Unreadable(abridged(after)) : new Start.After(position);
    }

    private static String abridged(String text) {
        return text.length() <= Position.LENGTH_MAX ? text : text.substring(0, Position.LENGTH_MAX);
    }

    private static void longPoll(Exchange exchange, ChannelName channel) {
        Asked asked = Asked.of(exchange);
        Duration wait = asked == null ? null : wait(exchange);
        if (asked == null || wait == null || MapQuery.isRefused(exchange) || !Doorway.mayGoOn(exchange)) {
            return;
        }
        Selection track = MapQuery.selection(exchange);
        Start start = asked.after() != null ? new Start.After(asked.after()) : new Start.Newest(asked.last());
        Doorway.admit(exchange, principal -> {
            PollWire wire = new PollWire(exchange, channel, asked.limit(), wait);
            wire.open(session(exchange, principal, wire))
                    .subscribe(null, channel, start, ClientMessage.Subscribe.NO_PRESENCE, track);
        });
    }

    private static void poll(Exchange exchange, ChannelName channel) {
        Asked asked = Asked.of(exchange);
        if (asked == null) {
            return;
        }
        if (asked.after() != null && asked.before() != null) {
            exchange.refuse(Code.BAD_REQUEST, "after and before exclude each other");
            return;
        }
        int limit = asked.last() > 0 ? asked.last() : asked.limit();
        ReplyWire.ask(exchange, new ClientMessage.History(null, channel, asked.after(), asked.before(), limit));
    }

    private static void publish(Exchange exchange, ChannelName channel) {
        String key = exchange.header("Idempotency-Key");
        if (key != null && !IdempotencyKey.isValid(key)) {
            exchange.refuse(Code.INVALID_IDEMPOTENCY_KEY);
            return;
        }
        if (MapQuery.isRefused(exchange)) {
            return;
        }
        Change change = MapQuery.change(exchange);
        boolean isRemoval = change != null && change.isRemoved();
        Data data = isRemoval ? Data.NONE : data(exchange);
        if (data != null) {
            ReplyWire.ask(exchange, new ClientMessage.Publish(null, channel, data, key, change));
        }
    }

    private static void signals(Exchange exchange, ChannelName channel) {
        if (!exchange.isMethod(HttpMethod.POST)) {
            Router.refuseMethod(exchange, "POST");
            return;
        }
        exchange.countAs(Traffic.Transport.POST);
        String sessionId = Doorway.sessionId(exchange, exchange.header("Carillon-Session"));
        Data data = sessionId == null ? null : data(exchange);
        if (sessionId != null && data != null) {
            ReplyWire.ask(exchange, new ClientMessage.Signal(null, channel, data), sessionId);
        }
    }

    private static void presence(Exchange exchange, ChannelName channel) {
        if (exchange.isMethod(HttpMethod.GET) || exchange.isMethod(HttpMethod.HEAD)) {
            exchange.countAs(Traffic.Transport.POLL);
            Integer limit = count(exchange, "limit");
            if (limit != null) {
                boolean countsOnly = "true".equals(exchange.parameter("count"));
                String after = exchange.parameter("after");
                ReplyWire.ask(exchange, new ClientMessage.Presence(null, channel, after, limit, countsOnly));
            }
        } else {
            Router.refuseMethod(exchange, "GET, HEAD");
        }
    }

    /** The data in the body, as its type says; null once it was refused. */
    private static @Nullable Data data(Exchange exchange) {
        String type = exchange.header(HttpHeaderNames.CONTENT_TYPE);
        String plain = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        return switch (plain) {
            case "application/json" ->
                switch (JsonReader.data(exchange.body())) {
                    case JsonReader.Outcome.Read<Data> read -> counted(exchange, read.value());
                    case JsonReader.Outcome.Refused<Data> refused -> {
                        exchange.refuse(refused.refusal());
                        yield null;
                    }
                };
            case "application/octet-stream" -> counted(exchange, Data.own(Data.Form.BYTES, exchange.body()));
            default -> {
                exchange.refuse(
                        Code.UNSUPPORTED_MEDIA_TYPE,
                        "send application/json or application/octet-stream: curl -H 'Content-Type: application/json' -d"
                                + " '{\"item\":\"coffee\"}' " + (exchange.isSecure() ? "https://" : "http://")
                                + exchange.header(HttpHeaderNames.HOST) + exchange.path());
                yield null;
            }
        };
    }

    private static Data counted(Exchange exchange, Data data) {
        Traffic traffic = exchange.connection.hall.counters().traffic(Traffic.Transport.POST);
        traffic.inData.add(data.length());
        traffic.inEnvelope.add(exchange.body().length - data.length());
        if (exchange.account() != null) {
            exchange.account().in(0, -data.length(), data.length()); // the body counts as envelope until it is known
        }
        return data;
    }

    static Session session(Exchange exchange, Principal principal, Wire wire) {
        return session(exchange, principal, wire, Hall.newSessionId());
    }

    static Session session(Exchange exchange, Principal principal, Wire wire, String id) {
        HttpConnection connection = exchange.connection;
        return new Session(connection.hall.node(), connection.member().loop(), wire, id, principal);
    }

    /** A whole number of the query, 0 without; null once it was refused. */
    private static @Nullable Integer count(Exchange exchange, String name) {
        String text = exchange.parameter(name);
        if (text == null) {
            return 0;
        }
        if (!text.matches("\\d{1,9}")) {
            exchange.refuse(Code.BAD_REQUEST, name + " is a whole number");
            return null;
        }
        return Integer.parseInt(text);
    }

    /** {@code true}, {@code count} or a version, as in {@code subscribe}; null once it was refused. */
    private static @Nullable Long presenceSince(Exchange exchange) {
        String text = exchange.parameter("presence");
        if (text == null || text.equals("false")) {
            return ClientMessage.Subscribe.NO_PRESENCE;
        }
        if (text.equals("count")) {
            return ClientMessage.Subscribe.COUNT;
        }
        if (!text.matches("true|\\d{1,16}")) {
            exchange.refuse(Code.BAD_REQUEST, "presence is true, count, or a version");
            return null;
        }
        return text.equals("true") ? 0 : Long.parseLong(text);
    }

    /** {@code 25s}, {@code 500ms} or plain seconds, as far as the limit allows; null once it was refused. */
    private static @Nullable Duration wait(Exchange exchange) {
        String asked = exchange.parameter("wait");
        String text = asked == null ? "0" : asked;
        if (!text.matches("\\d{1,6}(ms|s)?")) {
            exchange.refuse(Code.BAD_REQUEST, "wait is a time such as 25s or 500ms");
            return null;
        }
        Duration wait = text.endsWith("ms")
                ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                : Duration.ofSeconds(Long.parseLong(text.replace("s", "")));
        Duration max = exchange.connection.hall.settings().waitMax();
        return wait.compareTo(max) > 0 ? max : wait;
    }

    /** What a GET asks for. */
    private record Asked(@Nullable Position after, @Nullable Position before, int last, int limit) {

        /** Reads the query; null once it was refused. */
        static @Nullable Asked of(Exchange exchange) {
            Integer last = count(exchange, "last");
            Integer limit = last == null ? null : count(exchange, "limit");
            if (last == null || limit == null) {
                return null;
            }
            String after = exchange.parameter("after");
            String before = exchange.parameter("before");
            Position afterPosition = after == null ? null : Position.parse(after);
            Position beforePosition = before == null ? null : Position.parse(before);
            if ((after != null && afterPosition == null) || (before != null && beforePosition == null)) {
                exchange.refuse(Code.INVALID_POSITION);
                return null;
            }
            return new Asked(afterPosition, beforePosition, last, limit);
        }
    }
}
