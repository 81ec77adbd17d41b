package dev.carillon.protocol;

import static dev.carillon.protocol.BinaryType.FLAG_2;
import static dev.carillon.protocol.BinaryType.FLAG_4;
import static dev.carillon.protocol.BinaryType.FLAG_8;
import static dev.carillon.protocol.BinaryWriter.flag;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the server says (PROTOCOL.md §4.2). A publication says {@link Delivery}. */
public sealed interface ServerMessage {

    /** Writes the JSON form. */
    void writeTo(JsonWriter json);

    /** Writes the binary form. */
    void writeTo(BinaryWriter binary);

    /** The JSON form as UTF-8. */
    default byte[] toJson() {
        JsonWriter json = new JsonWriter();
        writeTo(json);
        return json.toBytes();
    }

    private static int gapFlags(@Nullable Gap gap) {
        return flag(FLAG_4, gap != null) | flag(FLAG_8, gap != null && gap.after() != null);
    }

    /**
     * The first message of a session.
     *
     * @param session the session's id
     * @param user who the client has proven to be; null for nobody yet
     * @param expiresMillis for how long that holds; 0 for as long as the session
     * @param heartbeatMillis a peer that is silent for so long is taken for dead
     */
    record Hello(String session, @Nullable String user, long expiresMillis, long heartbeatMillis, Limits limits)
            implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("hello").text("session", session).user(user, expiresMillis);
            json.number("heartbeat", heartbeatMillis);
            limits.writeTo(json);
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, user != null) | flag(FLAG_4, expiresMillis > 0);
            binary.begin(BinaryType.HELLO, flags, null).text(session).textIf(user);
            binary.numberIf(expiresMillis > 0, expiresMillis).number(heartbeatMillis);
            limits.writeTo(binary);
        }
    }

    /**
     * What the client had better know.
     *
     * @param messageBytes the largest message that the server takes
     * @param signalBytes the most bytes of data in a signal
     * @param subscriptions the most channels a session may be subscribed to
     * @param idempotencyMillis how long an idempotency key is remembered at least, unless the count ends it first
     * @param idempotencyCount how many keys a channel remembers
     * @param presenceMillis a user whose connections ended without a goodbye counts as present for so long
     */
    record Limits(
            long messageBytes,
            int signalBytes,
            int subscriptions,
            long idempotencyMillis,
            int idempotencyCount,
            long presenceMillis) {
        void writeTo(JsonWriter json) {
            json.openObject("limits")
                    .number("messageBytes", messageBytes)
                    .number("signalBytes", signalBytes)
                    .number("subscriptions", subscriptions)
                    .number("idempotencyMillis", idempotencyMillis)
                    .number("idempotencyCount", idempotencyCount)
                    .number("presenceMillis", presenceMillis)
                    .closeObject();
        }

        void writeTo(BinaryWriter binary) {
            binary.number(messageBytes)
                    .number(signalBytes)
                    .number(subscriptions)
                    .number(idempotencyMillis)
                    .number(idempotencyCount)
                    .number(presenceMillis);
        }
    }

    /**
     * The subscription stands: the publications after {@code position} follow.
     *
     * @param number the node's for this channel, from 1 on: in the binary form it stands for the name until the subscription
     *     ends; 0 where none was told, as in JSON
     * @param recovered true where the position presented was continued; false where none was presented, or with a gap
     * @param gap why it could not be continued; null where it was, or none was presented
     */
    record Subscribed(
            @Nullable RequestId id,
            ChannelName channel,
            long number,
            Position position,
            boolean recovered,
            @Nullable Gap gap)
            implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("subscribed").id(id).channel(channel).position(position);
            if (recovered) {
                json.flag("recovered", true);
            }
            if (gap != null) {
                json.openObject("gap").gap(gap).closeObject();
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, recovered) | gapFlags(gap);
            binary.begin(BinaryType.SUBSCRIBED, flags, id)
                    .channel(channel)
                    .number(number)
                    .position(position);
            if (gap != null) {
                binary.gap(gap);
            }
        }
    }

    /** A publication; the same object on every delivery. */
    record Delivery(Publication publication) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.publication(publication);
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.publication(publication);
        }
    }

    /** A reader that was following lost its place. */
    record Gapped(ChannelName channel, Gap gap) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("gap").channel(channel).gap(gap).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.GAP, gapFlags(gap), null).channel(channel).gap(gap);
        }
    }

    /** Forget what you hold of this channel (kind {@code map}). */
    record Reset(ChannelName channel) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("reset").channel(channel).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.RESET, 0, null).channel(channel);
        }
    }

    /** What is tracked of a map has changed: a {@link Reset} and the snapshot of what is now follow. */
    record Tracked(@Nullable RequestId id, ChannelName channel) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("tracked").id(id).channel(channel).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.TRACKED, 0, id).channel(channel);
        }
    }

    /** The reader of a map has caught up: it holds what it wants of it up to this position. */
    record Current(ChannelName channel, Position position) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("current").channel(channel).position(position).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.CURRENT, 0, null).channel(channel).position(position);
        }
    }

    /** The data of the publication with this position is gone. */
    record Redacted(ChannelName channel, Position position) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("redacted").channel(channel).position(position).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.REDACTED, 0, null).channel(channel).position(position);
        }
    }

    /**
     * Who is here, or a page of it.
     *
     * @param version of this list; each join and leave counts it up by one
     * @param after which page it continues, by that one's {@code next}: all pages of a list have its version; null for the
     *     first
     * @param next what the next page continues; null for the last
     */
    record PresenceList(
            @Nullable RequestId id,
            ChannelName channel,
            long version,
            @Nullable String after,
            List<Present> users,
            @Nullable String next)
            implements ServerMessage {
        public PresenceList {
            users = List.copyOf(users);
        }

        /** A list that is one page. */
        public PresenceList(@Nullable RequestId id, ChannelName channel, long version, List<Present> users) {
            this(id, channel, version, null, users, null);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("presence").id(id).channel(channel).number("version", version);
            if (after != null) {
                json.text("after", after);
            }
            json.openArray("users");
            for (Present present : users) {
                json.openObject()
                        .text("user", present.user())
                        .number("connections", present.connections())
                        .closeObject();
            }
            json.closeArray();
            if (next != null) {
                json.text("next", next);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.PRESENCE, flag(FLAG_2, after != null) | flag(FLAG_4, next != null), id)
                    .channel(channel)
                    .number(version)
                    .textIf(after)
                    .number(users.size());
            for (Present present : users) {
                binary.text(present.user()).number(present.connections());
            }
            binary.textIf(next);
        }
    }

    /**
     * How many are here.
     *
     * @param users how many users are listed
     * @param connections over how many sessions at this moment
     */
    record PresenceCount(@Nullable RequestId id, ChannelName channel, int users, int connections)
            implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("count").id(id).channel(channel);
            json.number("users", users).number("connections", connections).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.COUNT, 0, id).channel(channel);
            binary.number(users).number(connections);
        }
    }

    /** One who is here, over so many sessions at this moment. */
    record Present(String user, int connections) {}

    /** Somebody came. */
    record Join(ChannelName channel, String user, long version) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("join")
                    .channel(channel)
                    .text("user", user)
                    .number("version", version)
                    .end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.JOIN, 0, null).channel(channel).text(user).number(version);
        }
    }

    /** Somebody left. */
    record Leave(ChannelName channel, String user, long version) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("leave")
                    .channel(channel)
                    .text("user", user)
                    .number("version", version)
                    .end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.LEAVE, 0, null).channel(channel).text(user).number(version);
        }
    }

    /**
     * An ephemeral event.
     *
     * @param dropped how many signals of the channel this reader was not given since the one before
     */
    record Signalled(ChannelName channel, @Nullable String from, Data data, long dropped) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("signal").channel(channel);
            if (from != null) {
                json.text("from", from);
            }
            json.data(data);
            if (dropped > 0) {
                json.number("dropped", dropped);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            boolean isBytes = data.form() == Data.Form.BYTES;
            int flags = flag(FLAG_2, from != null) | flag(FLAG_4, dropped > 0) | flag(FLAG_8, isBytes);
            binary.begin(BinaryType.SIGNAL, flags, null).channelNumber().textIf(from);
            binary.numberIf(dropped > 0, dropped).data(data);
        }
    }

    /** A publish was kept as the channel's durability class promises, now or, for a duplicate, the first time. */
    record Published(@Nullable RequestId id, ChannelName channel, Position position, boolean duplicate)
            implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("published")
                    .id(id)
                    .channel(channel)
                    .position(position)
                    .flag("duplicate", duplicate)
                    .end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.PUBLISHED, flag(FLAG_2, duplicate), id)
                    .channel(channel)
                    .position(position);
        }
    }

    /** The idempotency key of an abandoned publish holds nothing back any more. */
    record Abandoned(@Nullable RequestId id, ChannelName channel) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("abandoned").id(id).channel(channel).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.ABANDONED, 0, id).channel(channel);
        }
    }

    /**
     * The subscription has ended.
     *
     * @param code why the server ended it; 0 where the client asked for it
     */
    record Unsubscribed(@Nullable RequestId id, ChannelName channel, int code) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("unsubscribed").id(id).channel(channel);
            if (code != 0) {
                json.number("code", code);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.UNSUBSCRIBED, flag(FLAG_2, code != 0), id).channel(channel);
            binary.numberIf(code != 0, code);
        }
    }

    /**
     * The answer to {@code history}, and of a GET.
     *
     * @param publications ascending
     * @param position where to read on: after the last publication, or where the reader stands if there was none
     * @param more whether more is kept in the direction that was read
     * @param resets of a map: whether this is a snapshot, and a reader is to forget what it holds
     */
    record HistoryPage(
            @Nullable RequestId id,
            ChannelName channel,
            List<Publication> publications,
            Position position,
            boolean more,
            boolean resets,
            @Nullable Gap gap)
            implements ServerMessage {
        public HistoryPage {
            publications = List.copyOf(publications);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("history").id(id).channel(channel).position(position).flag("more", more);
            if (resets) {
                json.flag("reset", true);
            }
            if (gap != null) {
                json.openObject("gap").gap(gap).closeObject();
            }
            json.openArray("publications");
            publications.forEach(json::publication);
            json.closeArray().end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, more) | flag(BinaryType.RESETS, resets) | gapFlags(gap);
            binary.begin(BinaryType.HISTORY, flags, id).channel(channel).position(position);
            if (gap != null) {
                binary.gap(gap);
            }
            binary.publications(publications);
        }
    }

    /**
     * The client is who its token says.
     *
     * @param expiresMillis for how long; 0 for as long as the session
     */
    record Authenticated(@Nullable RequestId id, @Nullable String user, long expiresMillis) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("authenticated").id(id).user(user, expiresMillis).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, user != null) | flag(FLAG_4, expiresMillis > 0);
            binary.begin(BinaryType.AUTHENTICATED, flags, id).textIf(user).numberIf(expiresMillis > 0, expiresMillis);
        }
    }

    /**
     * A refusal.
     *
     * @param channel the channel that it concerns; null without
     * @param message one sentence that names the thing and the limit
     * @param retryMillis for codes that ask to retry: after how long at the earliest; 0 without
     */
    record Refusal(
            @Nullable RequestId id, Code code, @Nullable ChannelName channel, String message, long retryMillis)
            implements ServerMessage {

        /** A refusal with the code's own sentence. */
        public static Refusal of(@Nullable RequestId id, Code code, @Nullable ChannelName channel) {
            return new Refusal(id, code, channel, code.text(), code.retryMillis());
        }

        /** A refusal with a sentence of its own. */
        public static Refusal of(@Nullable RequestId id, Code code, @Nullable ChannelName channel, String message) {
            return new Refusal(id, code, channel, message, code.retryMillis());
        }

        /** Whether it may be no refusal, but the word that a channel is stale, or is no more (PROTOCOL.md §6.4). */
        public boolean isAboutLog() {
            return id == null && channel != null && (code == Code.BROKER_AWAY || code == Code.BROKER_BACK);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("error").id(id).number("code", code.number()).text("name", code.wire());
            if (channel != null) {
                json.channel(channel);
            }
            json.text("message", message);
            if (retryMillis > 0) {
                json.number("retry", retryMillis);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, channel != null) | flag(FLAG_4, retryMillis > 0);
            binary.begin(BinaryType.ERROR, flags, id).number(code.number()).text(code.wire());
            binary.textIf(channel == null ? null : channel.value()).text(message);
            binary.numberIf(retryMillis > 0, retryMillis);
        }
    }

    /** The answer to {@code ping}. */
    record Pong(@Nullable RequestId id) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("pong").id(id).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.PONG, 0, id);
        }
    }

    /**
     * Come back on a new connection.
     *
     * @param afterMillis not before so long
     */
    record Reconnect(long afterMillis) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("reconnect").number("after", afterMillis).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.RECONNECT, 0, null).number(afterMillis);
        }
    }
}
