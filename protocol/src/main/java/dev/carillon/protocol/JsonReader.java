package dev.carillon.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages from their JSON form (PROTOCOL.md §4). A total function: any bytes give a message or a coded refusal.
 * Unknown members are ignored, unknown types are refused.
 */
public final class JsonReader {

    /** The largest whole number that JavaScript counts exactly to. */
    private static final long VERSION_MAX = (1L << 53) - 1;

    private JsonReader() {}

    /** What came of the bytes. */
    public sealed interface Outcome<T> {
        /** A value. */
        record Read<T>(T value) implements Outcome<T> {}

        /** A refusal for the sender, with the id of its command where that could be read. */
        record Refused<T>(ServerMessage.Refusal refusal) implements Outcome<T> {}
    }

    /**
     * The body of {@code POST /live} (PROTOCOL.md §8): what the client is subscribed to, and from where.
     *
     * @param resume the same, as a session over WebSocket would say it
     * @param session the id that the client made for itself; null without
     * @param waitMillis for a long poll: how long to wait for something; −1 for the server's own choice
     */
    public record LiveRequest(
            ClientMessage.Resume resume, @Nullable String session, long waitMillis) {}

    private interface Reading<T> {
        T read(JsonObject object) throws JsonObject.Malformed;
    }

    /** A client's message from a WebSocket text message, whose UTF-8 is known to be valid. */
    public static Outcome<ClientMessage> clientMessage(byte[] utf8) {
        return read(utf8, true, JsonReader::clientMessage);
    }

    /** A server's message. */
    public static Outcome<ServerMessage> serverMessage(byte[] utf8) {
        return read(utf8, false, ServerMessageReader::read);
    }

    /** The body of {@code POST /live}. */
    public static Outcome<LiveRequest> liveRequest(byte[] body) {
        return read(body, false, JsonReader::liveRequest);
    }

    /** A body that is one JSON value: the data of a publication. */
    public static Outcome<Data> data(byte[] body) {
        try {
            return new Outcome.Read<>(JsonObject.parseValue(body, false));
        } catch (JsonObject.Malformed e) {
            return new Outcome.Refused<>(ServerMessage.Refusal.of(null, e.code(), null, e.sentence()));
        }
    }

    private static <T> Outcome<T> read(byte[] utf8, boolean utf8Known, Reading<T> reading) {
        RequestId id = null;
        try {
            JsonObject object = JsonObject.parse(utf8, utf8Known);
            id = object.id();
            return new Outcome.Read<>(reading.read(object));
        } catch (JsonObject.Malformed e) {
            return new Outcome.Refused<>(ServerMessage.Refusal.of(id, e.code(), null, e.sentence()));
        }
    }

    private static ClientMessage clientMessage(JsonObject object) throws JsonObject.Malformed {
        RequestId id = object.id();
        String type = object.requiredText("type");
        return switch (type) {
            case "subscribe" -> subscribe(id, object);
            case "resume" -> resume(id, object);
            case "unsubscribe" -> new ClientMessage.Unsubscribe(id, object.channel(), object.flag("presence"));
            case "publish" -> publish(id, object);
            case "track" -> new ClientMessage.Track(id, object.channel(), object.selection());
            case "abandon" -> abandon(id, object);
            case "signal" -> new ClientMessage.Signal(id, object.channel(), object.data());
            case "history" -> history(id, object);
            case "presence" -> presence(id, object);
            case "authenticate" -> new ClientMessage.Authenticate(id, object.requiredText("token"));
            case "ping" -> new ClientMessage.Ping(id);
            default -> throw new JsonObject.Malformed(Code.UNKNOWN_TYPE, Code.UNKNOWN_TYPE.text());
        };
    }

    private static ClientMessage.Subscribe subscribe(@Nullable RequestId id, JsonObject object)
            throws JsonObject.Malformed {
        JsonObject track = object.object("track");
        return new ClientMessage.Subscribe(
                id,
                object.channel(),
                object.position("after"),
                (int) object.number("last", 0, Integer.MAX_VALUE, 0),
                presenceOf(object),
                track == null ? null : track.selection());
    }

    private static ClientMessage publish(@Nullable RequestId id, JsonObject object) throws JsonObject.Malformed {
        Change change = object.change();
        Data data = object.data(change != null && change.isRemoved());
        return new ClientMessage.Publish(id, object.channel(), data, object.idempotencyKey(), change);
    }

    /** A version, {@code true} for none yet, {@code "count"}, or nothing. */
    private static long presenceOf(JsonObject object) throws JsonObject.Malformed {
        if (object.isText("presence") && "count".equals(object.text("presence"))) {
            return ClientMessage.Subscribe.COUNT;
        }
        if (object.isFlag("presence")) {
            return object.flag("presence") ? 0 : ClientMessage.Subscribe.NO_PRESENCE;
        }
        return object.number("presence", 0, VERSION_MAX, ClientMessage.Subscribe.NO_PRESENCE);
    }

    private static ClientMessage abandon(@Nullable RequestId id, JsonObject object) throws JsonObject.Malformed {
        String key = object.idempotencyKey();
        if (key == null) {
            throw new JsonObject.Malformed("\"idempotencyKey\" is missing");
        }
        return new ClientMessage.Abandon(id, object.channel(), key);
    }

    private static ClientMessage history(@Nullable RequestId id, JsonObject object) throws JsonObject.Malformed {
        Position after = object.position("after");
        Position before = object.position("before");
        if (after != null && before != null) {
            throw new JsonObject.Malformed("\"after\" and \"before\" exclude each other");
        }
        int limit = (int) object.number("limit", 1, Integer.MAX_VALUE, 0);
        return new ClientMessage.History(id, object.channel(), after, before, limit);
    }

    private static ClientMessage presence(@Nullable RequestId id, JsonObject object) throws JsonObject.Malformed {
        int limit = (int) object.number("limit", 1, Integer.MAX_VALUE, 0);
        return new ClientMessage.Presence(id, object.channel(), object.text("after"), limit, object.flag("count"));
    }

    /** What is wrong with one of them is told of that one, as far as it says which it is. */
    private static ClientMessage.Resume resume(@Nullable RequestId id, JsonObject object) throws JsonObject.Malformed {
        List<ClientMessage.Subscribe> channels = new ArrayList<>();
        List<ServerMessage.Refusal> unreadable = new ArrayList<>();
        for (JsonObject one : object.objects("channels", ClientMessage.Resume.CHANNELS_MAX)) {
            RequestId idOfOne = one.id();
            ChannelName channel = one.channel();
            try {
                channels.add(subscribe(idOfOne, one));
            } catch (JsonObject.Malformed e) {
                unreadable.add(ServerMessage.Refusal.of(idOfOne, e.code(), channel, e.sentence()));
            }
        }
        return new ClientMessage.Resume(id, channels, unreadable);
    }

    private static LiveRequest liveRequest(JsonObject object) throws JsonObject.Malformed {
        return new LiveRequest(resume(null, object), object.text("session"), object.number("wait", 0, 3_600_000, -1));
    }
}
