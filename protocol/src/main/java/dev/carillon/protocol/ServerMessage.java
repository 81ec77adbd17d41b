package dev.carillon.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the server says (PROTOCOL.md §4.2). A publication says {@link Delivery}. */
public sealed interface ServerMessage {

    /** Writes the JSON form. */
    void writeTo(JsonWriter json);

    /** The JSON form as UTF-8. */
    default byte[] toJson() {
        JsonWriter json = new JsonWriter();
        writeTo(json);
        return json.toBytes();
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
    }

    /**
     * The subscription stands: the publications after {@code position} follow.
     *
     * @param recovered true where the position presented was continued; false where none was presented, or with a gap
     * @param gap why it could not be continued; null where it was, or none was presented
     */
    record Subscribed(
            @Nullable RequestId id,
            ChannelName channel,
            Position position,
            boolean recovered,
            @Nullable Gap gap) implements ServerMessage {
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
    }

    /** A publication; the same object on every delivery. */
    record Delivery(Publication publication) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.publication(publication);
        }
    }

    /** A reader that was following lost its place. */
    record Gapped(ChannelName channel, Gap gap) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("gap").channel(channel).gap(gap).end();
        }
    }

    /** Forget what you hold of this channel (kind {@code map}). */
    record Reset(ChannelName channel) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("reset").channel(channel).end();
        }
    }

    /**
     * Who is here.
     *
     * @param version of this list; each join and leave counts it up by one
     */
    record PresenceList(@Nullable RequestId id, ChannelName channel, long version, List<Present> users)
            implements ServerMessage {
        public PresenceList {
            users = List.copyOf(users);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("presence").id(id).channel(channel).number("version", version);
            json.openArray("users");
            for (Present present : users) {
                json.openObject()
                        .text("user", present.user())
                        .number("connections", present.connections())
                        .closeObject();
            }
            json.closeArray().end();
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
    }

    /** The idempotency key of an abandoned publish holds nothing back any more. */
    record Abandoned(@Nullable RequestId id, ChannelName channel) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("abandoned").id(id).channel(channel).end();
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
    }

    /**
     * The answer to {@code history}, and of a GET.
     *
     * @param publications ascending
     * @param position where to read on: after the last publication, or where the reader stands if there was none
     * @param more whether more is kept in the direction that was read
     */
    record HistoryPage(
            @Nullable RequestId id,
            ChannelName channel,
            List<Publication> publications,
            Position position,
            boolean more,
            @Nullable Gap gap)
            implements ServerMessage {
        public HistoryPage {
            publications = List.copyOf(publications);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("history").id(id).channel(channel).position(position).flag("more", more);
            if (gap != null) {
                json.openObject("gap").gap(gap).closeObject();
            }
            json.openArray("publications");
            publications.forEach(json::publication);
            json.closeArray().end();
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
    }

    /** The answer to {@code ping}. */
    record Pong(@Nullable RequestId id) implements ServerMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("pong").id(id).end();
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
    }
}
