package dev.carillon.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what clients say from its binary form (PROTOCOL.md §11). A total function: any bytes give a message or a coded
 * refusal. Bytes behind the last field are ignored, unknown types are refused.
 */
public final class BinaryReader {

    /** The largest whole number that JavaScript counts exactly to. */
    private static final long VERSION_MAX = (1L << 53) - 1;

    private BinaryReader() {}

    /** The first two bytes of a message, and its id; of a publication the first byte, which is both. */
    record Head(int type, int flags, @Nullable RequestId id) {
        boolean has(int flag) {
            return (flags & flag) != 0;
        }

        /** Of a flag that this version doesn't know nobody knows what it adds, and so where data begins. */
        void requireOnly(int known) throws JsonObject.Malformed {
            if ((flags & ~known) != 0) {
                throw new JsonObject.Malformed("a message with data has a flag that this version doesn't know");
            }
        }
    }

    /** Reads what is behind a message's head. */
    interface Reading<T> {
        T read(Head head, BinaryInput in) throws JsonObject.Malformed;
    }

    /** A client's message from a WebSocket binary message. */
    public static JsonReader.Outcome<ClientMessage> clientMessage(byte[] message) {
        return read(message, BinaryReader::clientMessage);
    }

    /** Whether a message with this first byte carries a token. */
    public static boolean isAuthenticate(byte first) {
        return first == BinaryType.AUTHENTICATE;
    }

    static <T> JsonReader.Outcome<T> read(byte[] message, Reading<T> reading) {
        RequestId id = null;
        try {
            BinaryInput in = new BinaryInput(message);
            int type = in.oneByte();
            if (type >= BinaryType.PUBLICATION) {
                Head head = new Head(BinaryType.PUBLICATION, type - BinaryType.PUBLICATION, null);
                return new JsonReader.Outcome.Read<>(reading.read(head, in));
            }
            int flags = in.oneByte();
            id = (flags & BinaryType.ID) == 0 ? null : in.id();
            return new JsonReader.Outcome.Read<>(reading.read(new Head(type, flags, id), in));
        } catch (JsonObject.Malformed e) {
            return new JsonReader.Outcome.Refused<>(ServerMessage.Refusal.of(id, e.code(), null, e.sentence()));
        }
    }

    static JsonObject.Malformed unknownType() {
        return new JsonObject.Malformed(Code.UNKNOWN_TYPE, Code.UNKNOWN_TYPE.text());
    }

    private static ClientMessage clientMessage(Head head, BinaryInput in) throws JsonObject.Malformed {
        RequestId id = head.id();
        return switch (head.type()) {
            case BinaryType.SUBSCRIBE -> subscribe(head, in.channel(), in);
            case BinaryType.RESUME -> resume(head, in);
            case BinaryType.UNSUBSCRIBE -> new ClientMessage.Unsubscribe(id, in.channel(), head.has(BinaryType.FLAG_2));
            case BinaryType.PUBLISH -> publish(head, in);
            case BinaryType.ABANDON -> new ClientMessage.Abandon(id, in.channel(), in.idempotencyKey());
            case BinaryType.SIGNAL -> signal(head, in);
            case BinaryType.HISTORY -> history(head, in);
            case BinaryType.PRESENCE -> presence(head, in);
            case BinaryType.AUTHENTICATE -> new ClientMessage.Authenticate(id, in.text());
            case BinaryType.PING -> new ClientMessage.Ping(id);
            case BinaryType.TRACK -> new ClientMessage.Track(id, in.channel(), in.selection(head));
            default -> throw unknownType();
        };
    }

    private static ClientMessage.Subscribe subscribe(Head head, ChannelName channel, BinaryInput in)
            throws JsonObject.Malformed {
        return new ClientMessage.Subscribe(
                head.id(),
                channel,
                in.positionIf(head.has(BinaryType.FLAG_2)),
                head.has(BinaryType.FLAG_4) ? (int) in.number("last", 0, Integer.MAX_VALUE) : 0,
                presenceOf(head, in),
                in.selection(head));
    }

    private static long presenceOf(Head head, BinaryInput in) throws JsonObject.Malformed {
        long held = head.has(BinaryType.FLAG_8)
                ? in.number("presence", 0, VERSION_MAX)
                : ClientMessage.Subscribe.NO_PRESENCE;
        return head.has(BinaryType.FLAG_16) ? ClientMessage.Subscribe.COUNT : held;
    }

    /** What is wrong with one of them is told of that one, as far as it says which it is. */
    private static ClientMessage resume(Head head, BinaryInput in) throws JsonObject.Malformed {
        List<ClientMessage.Subscribe> channels = new ArrayList<>();
        List<ServerMessage.Refusal> unreadable = new ArrayList<>();
        long count = in.number("channels", 0, ClientMessage.Resume.CHANNELS_MAX);
        for (long i = 0; i < count; i++) {
            BinaryInput one = in.message();
            if (one.oneByte() != BinaryType.SUBSCRIBE) {
                throw new JsonObject.Malformed("\"channels\" holds something else than subscribe");
            }
            int flags = one.oneByte();
            RequestId id = (flags & BinaryType.ID) == 0 ? null : one.id();
            ChannelName channel = one.channel();
            try {
                channels.add(subscribe(new Head(BinaryType.SUBSCRIBE, flags, id), channel, one));
            } catch (JsonObject.Malformed e) {
                unreadable.add(ServerMessage.Refusal.of(id, e.code(), channel, e.sentence()));
            }
        }
        return new ClientMessage.Resume(head.id(), channels, unreadable);
    }

    private static ClientMessage presence(Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        String after = in.textIf(head.has(BinaryType.FLAG_2));
        int limit = head.has(BinaryType.FLAG_4) ? (int) in.number("limit", 1, Integer.MAX_VALUE) : 0;
        return new ClientMessage.Presence(head.id(), channel, after, limit, head.has(BinaryType.FLAG_8));
    }

    private static ClientMessage publish(Head head, BinaryInput in) throws JsonObject.Malformed {
        head.requireOnly(BinaryType.ID
                | BinaryType.FLAG_2
                | BinaryType.FLAG_4
                | BinaryType.FLAG_8
                | BinaryType.TAG
                | BinaryType.REMOVED);
        ChannelName channel = in.channel();
        String idempotencyKey = in.idempotencyKeyIf(head.has(BinaryType.FLAG_2));
        String key = in.textIf(head.has(BinaryType.FLAG_4));
        Change change = Change.of(key, in.textIf(head.has(BinaryType.TAG)), head.has(BinaryType.REMOVED));
        Data data = head.has(BinaryType.REMOVED) ? in.noData(in.remaining()) : in.data(head.has(BinaryType.FLAG_8));
        return new ClientMessage.Publish(head.id(), channel, data, idempotencyKey, change);
    }

    private static ClientMessage signal(Head head, BinaryInput in) throws JsonObject.Malformed {
        head.requireOnly(BinaryType.ID | BinaryType.FLAG_8);
        return new ClientMessage.Signal(head.id(), in.channel(), in.data(head.has(BinaryType.FLAG_8)));
    }

    private static ClientMessage history(Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        Position after = in.positionIf(head.has(BinaryType.FLAG_2));
        Position before = in.positionIf(head.has(BinaryType.FLAG_4));
        if (after != null && before != null) {
            throw new JsonObject.Malformed("\"after\" and \"before\" exclude each other");
        }
        int limit = head.has(BinaryType.FLAG_8) ? (int) in.number("limit", 1, Integer.MAX_VALUE) : 0;
        return new ClientMessage.History(head.id(), channel, after, before, limit);
    }
}
