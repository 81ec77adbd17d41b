package dev.carillon.protocol;

import static dev.carillon.protocol.BinaryType.FLAG_2;
import static dev.carillon.protocol.BinaryType.FLAG_4;
import static dev.carillon.protocol.BinaryType.FLAG_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one connection's server says from its binary form (PROTOCOL.md §11). Any bytes give a message or a coded
 * refusal. It remembers what each channel's number stands for, and where that channel's reader is; so one serves one
 * connection, and is given all its messages in their order. Not thread-safe.
 */
public final class BinaryFeed {

    private static final int PUBLICATIONS_MAX = 100_000;
    private static final int USERS_MAX = 1_000_000;

    /** Where a reader is in a channel that it is subscribed to. */
    private static final class Place {
        final ChannelName channel;
        final long number;
        Position position;

        Place(ChannelName channel, long number, Position position) {
            this.channel = channel;
            this.number = number;
            this.position = position;
        }
    }

    private final Map<Long, Place> byNumber = new HashMap<>();
    private final Map<ChannelName, Place> byName = new HashMap<>();

    /** The next message. */
    public JsonReader.Outcome<ServerMessage> read(byte[] message) {
        return BinaryReader.read(message, this::serverMessage);
    }

    private ServerMessage serverMessage(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        RequestId id = head.id();
        return switch (head.type()) {
            case BinaryType.PUBLICATION -> publication(head, in);
            case BinaryType.HELLO -> hello(head, in);
            case BinaryType.SUBSCRIBED -> subscribed(head, in);
            case BinaryType.GAP -> gapped(head, in);
            case BinaryType.SIGNAL -> signalled(head, in);
            case BinaryType.PUBLISHED -> new ServerMessage.Published(id, in.channel(), in.position(), head.has(FLAG_2));
            case BinaryType.UNSUBSCRIBED -> unsubscribed(head, in);
            case BinaryType.ABANDONED -> new ServerMessage.Abandoned(id, in.channel());
            case BinaryType.HISTORY -> history(head, in);
            case BinaryType.AUTHENTICATED ->
                new ServerMessage.Authenticated(id, in.textIf(head.has(FLAG_2)), in.numberIf(head.has(FLAG_4)));
            case BinaryType.ERROR -> refusal(head, in);
            case BinaryType.PONG -> new ServerMessage.Pong(id);
            case BinaryType.RECONNECT -> new ServerMessage.Reconnect(in.number());
            case BinaryType.PRESENCE -> presence(head, in);
            case BinaryType.COUNT ->
                new ServerMessage.PresenceCount(id, in.channel(), natural(in, "users"), natural(in, "connections"));
            case BinaryType.JOIN -> new ServerMessage.Join(in.channel(), in.text(), in.number());
            case BinaryType.LEAVE -> new ServerMessage.Leave(in.channel(), in.text(), in.number());
            case BinaryType.RESET -> new ServerMessage.Reset(in.channel());
            case BinaryType.TRACKED -> new ServerMessage.Tracked(id, in.channel());
            case BinaryType.REDACTED -> new ServerMessage.Redacted(in.channel(), in.position());
            case BinaryType.CURRENT -> new ServerMessage.Current(in.channel(), in.position());
            default -> throw BinaryReader.unknownType();
        };
    }

    private static ServerMessage hello(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        return new ServerMessage.Hello(
                in.text(),
                in.textIf(head.has(FLAG_2)),
                in.numberIf(head.has(FLAG_4)),
                in.number(),
                new ServerMessage.Limits(
                        in.number(),
                        natural(in, "signalBytes"),
                        natural(in, "subscriptions"),
                        in.number(),
                        natural(in, "idempotencyCount"),
                        in.number()));
    }

    private static int natural(BinaryInput in, String name) throws JsonObject.Malformed {
        return (int) in.number(name, 0, Integer.MAX_VALUE);
    }

    // ---- what is told by number

    private ServerMessage subscribed(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        long number = in.number("number", 1, Long.MAX_VALUE);
        Position position = in.position();
        Gap gap = gapIf(head, in);
        forget(byName.get(channel));
        forget(byNumber.get(number));
        Place place = new Place(channel, number, position);
        byName.put(channel, place);
        byNumber.put(number, place);
        return new ServerMessage.Subscribed(head.id(), channel, number, position, head.has(FLAG_2), gap);
    }

    private ServerMessage unsubscribed(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        int code = head.has(FLAG_2) ? natural(in, "code") : 0;
        forget(byName.get(channel));
        return new ServerMessage.Unsubscribed(head.id(), channel, code);
    }

    private void forget(@Nullable Place place) {
        if (place != null) {
            byName.remove(place.channel);
            byNumber.remove(place.number);
        }
    }

    private Place place(BinaryInput in) throws JsonObject.Malformed {
        Place place = byNumber.get(in.number());
        if (place == null) {
            throw new JsonObject.Malformed("no channel of this session has that number");
        }
        return place;
    }

    private ServerMessage publication(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        Place place = place(in);
        if (head.has(BinaryType.OF_MAP)) {
            Publication publication = publication(place.channel, in.position(), head, in, false);
            place.position = publication.position();
            return new ServerMessage.Delivery(publication);
        }
        boolean isFirst = head.has(BinaryType.EPOCH);
        if (!isFirst && place.position.equals(Position.ORIGIN)) {
            throw new JsonObject.Malformed("the epoch was not told");
        }
        long epoch = isFirst ? in.fixed64() : place.position.epoch();
        long expected = isFirst ? 1 : place.position.offset() + 1;
        long offset = expected + (short) (in.fixed16() - expected);
        if (offset < 1 || (isFirst && offset > 1)) {
            throw new JsonObject.Malformed("the offset is not one that a publication here can have");
        }
        Position position = new Position(epoch, offset, in.fixed32());
        Publication publication = publication(place.channel, position, head, in, false);
        place.position = position;
        return new ServerMessage.Delivery(publication);
    }

    /** @param hasLength whether the data's length stands before it */
    private static Publication publication(
            ChannelName channel, Position position, BinaryReader.Head head, BinaryInput in, boolean hasLength)
            throws JsonObject.Malformed {
        long at = in.numberIf(head.has(BinaryType.AT));
        String from = in.textIf(head.has(BinaryType.FROM));
        String key = in.idempotencyKeyIf(head.has(BinaryType.KEY));
        boolean isRedacted = head.has(BinaryType.WITHOUT_DATA);
        Change change = head.has(BinaryType.OF_MAP) ? in.change() : null;
        if (change != null && (isRedacted || head.has(BinaryType.EPOCH))) {
            throw new JsonObject.Malformed("a publication of a map has a flag that it can't have");
        }
        long length = hasLength ? in.number() : in.remaining();
        boolean hasData = !isRedacted && (change == null || !change.isRemoved());
        Data data = hasData ? in.data(head.has(BinaryType.BYTES), length) : in.noData(length);
        return new Publication(channel, position, data, from, at, key, change, isRedacted);
    }

    private ServerMessage gapped(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        Gap gap = gap(head, in);
        Place place = byName.get(channel);
        if (place != null) {
            place.position = gap.next();
        }
        return new ServerMessage.Gapped(channel, gap);
    }

    private ServerMessage signalled(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        head.requireOnly(BinaryType.ID | FLAG_2 | FLAG_4 | FLAG_8);
        ChannelName channel = place(in).channel;
        String from = in.textIf(head.has(FLAG_2));
        long dropped = in.numberIf(head.has(FLAG_4));
        return new ServerMessage.Signalled(channel, from, in.data(head.has(FLAG_8)), dropped);
    }

    // ---- what is told by name

    private static Gap gap(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        Gap.Cause cause = Gap.Cause.of(in.text());
        if (cause == null) {
            throw new JsonObject.Malformed("\"cause\" is none that this version knows");
        }
        return new Gap(cause, in.textIf(head.has(FLAG_8)), in.position());
    }

    private static @Nullable Gap gapIf(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        return head.has(FLAG_4) ? gap(head, in) : null;
    }

    private static ServerMessage history(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        Position position = in.position();
        Gap gap = gapIf(head, in);
        long count = in.number("publications", 0, PUBLICATIONS_MAX);
        List<Publication> publications = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            publications.add(pastPublication(channel, in));
        }
        return new ServerMessage.HistoryPage(
                head.id(), channel, publications, position, head.has(FLAG_2), head.has(BinaryType.RESETS), gap);
    }

    private static Publication pastPublication(ChannelName channel, BinaryInput in) throws JsonObject.Malformed {
        BinaryReader.Head head = new BinaryReader.Head(BinaryType.PUBLICATION, in.oneByte(), null);
        head.requireOnly(0xFF & ~(BinaryType.PUBLICATION | BinaryType.EPOCH));
        return publication(channel, in.position(), head, in, true);
    }

    private static ServerMessage presence(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        ChannelName channel = in.channel();
        long version = in.number();
        String after = in.textIf(head.has(FLAG_2));
        long count = in.number("users", 0, USERS_MAX);
        List<ServerMessage.Present> users = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            users.add(new ServerMessage.Present(in.text(), natural(in, "connections")));
        }
        String next = in.textIf(head.has(FLAG_4));
        return new ServerMessage.PresenceList(head.id(), channel, version, after, users, next);
    }

    private static ServerMessage refusal(BinaryReader.Head head, BinaryInput in) throws JsonObject.Malformed {
        Code code = Code.of(natural(in, "code"));
        if (code == null) {
            throw new JsonObject.Malformed("\"code\" is none that this version knows");
        }
        in.text(); // its name, which the code has too
        return new ServerMessage.Refusal(
                head.id(), code, head.has(FLAG_2) ? in.channel() : null, in.text(), in.numberIf(head.has(FLAG_4)));
    }
}
