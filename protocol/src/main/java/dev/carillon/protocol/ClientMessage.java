package dev.carillon.protocol;

import static dev.carillon.protocol.BinaryType.FLAG_16;
import static dev.carillon.protocol.BinaryType.FLAG_2;
import static dev.carillon.protocol.BinaryType.FLAG_4;
import static dev.carillon.protocol.BinaryType.FLAG_8;
import static dev.carillon.protocol.BinaryWriter.flag;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client says (PROTOCOL.md §4.1). Any of them may carry an id, which its reply gives back. */
public sealed interface ClientMessage {

    /** The id that pairs the command with its reply; null without. */
    @Nullable
    RequestId id();

    /** Writes the JSON form. */
    void writeTo(JsonWriter json);

    /** Writes the binary form. */
    void writeTo(BinaryWriter binary);

    /**
     * Asks for what is published from now on, and for what was missed.
     *
     * @param after go on from here; null to start at the head, or {@code last} before it
     * @param last without {@code after}: the newest so many publications first; 0 for none
     * @param presence the version of the channel's presence that the client holds; 0 to be given all of it;
     *     {@link #COUNT} to be told only how many are here; {@link #NO_PRESENCE} to be neither told of presence nor listed
     *     in it
     * @param track of a map: what is wanted of it; null for everything
     */
    record Subscribe(
            @Nullable RequestId id,
            ChannelName channel,
            @Nullable Position after,
            int last,
            long presence,
            @Nullable Selection track)
            implements ClientMessage {

        /** One that tracks nothing in particular. */
        public Subscribe(
                @Nullable RequestId id, ChannelName channel, @Nullable Position after, int last, long presence) {
            this(id, channel, after, last, presence, null);
        }

        /** Neither told who is here, nor listed. */
        public static final long NO_PRESENCE = -1;

        /** Told how many are here, and listed. */
        public static final long COUNT = -2;

        @Override
        public void writeTo(JsonWriter json) {
            writeMembersTo(json.begin("subscribe"));
            json.end();
        }

        private void writeMembersTo(JsonWriter json) {
            json.id(id).channel(channel);
            if (after != null) {
                json.text("after", after.toString());
            }
            if (last > 0) {
                json.number("last", last);
            }
            if (presence == 0) {
                json.flag("presence", true);
            } else if (presence > 0) {
                json.number("presence", presence);
            } else if (presence == COUNT) {
                json.text("presence", "count");
            }
            if (track != null) {
                json.openObject("track");
                track.writeTo(json);
                json.closeObject();
            }
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, after != null) | flag(FLAG_4, last > 0) | flag(FLAG_8, presence >= 0);
            flags |= flag(FLAG_16, presence == COUNT) | BinaryType.flagOf(track);
            binary.begin(BinaryType.SUBSCRIBE, flags, id).channel(channel).positionIf(after);
            binary.numberIf(last > 0, last).numberIf(presence >= 0, presence).selectionIf(track);
        }
    }

    /**
     * Goes on with all that a session was subscribed to, as so many {@code subscribe}s would: each is answered by itself.
     *
     * @param unreadable what is to be told about those that could not be read; empty where it is written
     */
    record Resume(@Nullable RequestId id, List<Subscribe> channels, List<ServerMessage.Refusal> unreadable)
            implements ClientMessage {

        /** The most channels that one of these names. */
        public static final int CHANNELS_MAX = 10_000;

        public Resume {
            channels = List.copyOf(channels);
            unreadable = List.copyOf(unreadable);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("resume").id(id).openArray("channels");
            for (Subscribe channel : channels) {
                channel.writeMembersTo(json.openObject());
                json.closeObject();
            }
            json.closeArray().end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.RESUME, 0, id).messages(channels);
        }
    }

    /**
     * Ends a subscription.
     *
     * @param staysPresent whether the client is only slow, and comes back: it stays listed in the channel's presence for as
     *     long as its session
     */
    record Unsubscribe(@Nullable RequestId id, ChannelName channel, boolean staysPresent) implements ClientMessage {

        /** Leaves the channel's presence as well. */
        public Unsubscribe(@Nullable RequestId id, ChannelName channel) {
            this(id, channel, false);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("unsubscribe").id(id).channel(channel);
            if (staysPresent) {
                json.flag("presence", true);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.UNSUBSCRIBE, flag(FLAG_2, staysPresent), id).channel(channel);
        }
    }

    /**
     * Gives a channel one more publication.
     *
     * @param idempotencyKey makes it safe to send the same again; null without
     * @param change in a map: the key whose value this is, or that it removes; null in a stream
     */
    record Publish(
            @Nullable RequestId id,
            ChannelName channel,
            Data data,
            @Nullable String idempotencyKey,
            @Nullable Change change)
            implements ClientMessage {

        /** Whether there is data. */
        public boolean hasData() {
            return change == null || !change.isRemoved();
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("publish").id(id).channel(channel);
            if (idempotencyKey != null) {
                json.text("idempotencyKey", idempotencyKey);
            }
            if (change != null) {
                json.change(change);
            }
            if (hasData()) {
                json.data(data);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, idempotencyKey != null) | flag(FLAG_4, change != null);
            flags |= flag(FLAG_8, hasData() && data.form() == Data.Form.BYTES);
            flags |= flag(BinaryType.TAG, change != null && change.tag() != null);
            binary.begin(BinaryType.PUBLISH, flags | flag(BinaryType.REMOVED, !hasData()), id);
            binary.channel(channel).textIf(idempotencyKey);
            if (change != null) {
                binary.text(change.key()).textIf(change.tag());
            }
            if (hasData()) {
                binary.data(data);
            }
        }
    }

    /**
     * Says anew what is tracked of a map.
     *
     * @param selection null for everything
     */
    record Track(
            @Nullable RequestId id,
            ChannelName channel,
            @Nullable Selection selection) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("track").id(id).channel(channel);
            if (selection != null) {
                selection.writeTo(json);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.TRACK, BinaryType.flagOf(selection), id);
            binary.channel(channel).selectionIf(selection);
        }
    }

    /** Gives up a publish that was refused with <em>retry</em>, so that later ones may pass (PROTOCOL.md §6). */
    record Abandon(@Nullable RequestId id, ChannelName channel, String idempotencyKey) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("abandon")
                    .id(id)
                    .channel(channel)
                    .text("idempotencyKey", idempotencyKey)
                    .end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.ABANDON, 0, id).channel(channel).text(idempotencyKey);
        }
    }

    /** An ephemeral event, never stored. */
    record Signal(@Nullable RequestId id, ChannelName channel, Data data) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("signal").id(id).channel(channel).data(data).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_8, data.form() == Data.Form.BYTES);
            binary.begin(BinaryType.SIGNAL, flags, id).channel(channel).data(data);
        }
    }

    /**
     * Asks for a page of what is kept.
     *
     * @param after read on from here; null without
     * @param before page up from here; null without; not together with {@code after}
     * @param limit at most so many publications; 0 for the server's own choice
     */
    record History(
            @Nullable RequestId id,
            ChannelName channel,
            @Nullable Position after,
            @Nullable Position before,
            int limit) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("history").id(id).channel(channel);
            if (after != null) {
                json.text("after", after.toString());
            }
            if (before != null) {
                json.text("before", before.toString());
            }
            if (limit > 0) {
                json.number("limit", limit);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, after != null) | flag(FLAG_4, before != null) | flag(FLAG_8, limit > 0);
            binary.begin(BinaryType.HISTORY, flags, id).channel(channel).positionIf(after);
            binary.positionIf(before).numberIf(limit > 0, limit);
        }
    }

    /**
     * Who is here now, or how many.
     *
     * @param after the page of the list that ended with this, as it was told, is to be continued; null for the first page
     * @param limit at most so many users; 0 for the server's own choice
     * @param countsOnly whether only the numbers are wanted
     */
    record Presence(
            @Nullable RequestId id,
            ChannelName channel,
            @Nullable String after,
            int limit,
            boolean countsOnly) implements ClientMessage {

        /** The first page of the list. */
        public Presence(@Nullable RequestId id, ChannelName channel) {
            this(id, channel, null, 0, false);
        }

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("presence").id(id).channel(channel);
            if (after != null) {
                json.text("after", after);
            }
            if (limit > 0) {
                json.number("limit", limit);
            }
            if (countsOnly) {
                json.flag("count", true);
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, after != null) | flag(FLAG_4, limit > 0) | flag(FLAG_8, countsOnly);
            binary.begin(BinaryType.PRESENCE, flags, id).channel(channel).textIf(after);
            binary.numberIf(limit > 0, limit);
        }
    }

    /** Proves who the client is, first or anew. */
    record Authenticate(@Nullable RequestId id, String token) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("authenticate").id(id).text("token", token).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.AUTHENTICATE, 0, id).text(token);
        }

        /** The token never reaches a log. */
        @Override
        public String toString() {
            return "Authenticate[id=" + id + ", token=…]";
        }
    }

    /** Asks for a {@code pong}. */
    record Ping(@Nullable RequestId id) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("ping").id(id).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.PING, 0, id);
        }
    }
}
