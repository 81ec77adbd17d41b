package dev.carillon.protocol;

import static dev.carillon.protocol.BinaryType.FLAG_2;
import static dev.carillon.protocol.BinaryType.FLAG_4;
import static dev.carillon.protocol.BinaryType.FLAG_8;
import static dev.carillon.protocol.BinaryWriter.flag;

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
     *     {@link #NO_PRESENCE} to be neither told of presence nor listed in it
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

        @Override
        public void writeTo(JsonWriter json) {
            json.begin("subscribe").id(id).channel(channel);
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
            }
            if (track != null) {
                json.openObject("track");
                track.writeTo(json);
                json.closeObject();
            }
            json.end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            int flags = flag(FLAG_2, after != null) | flag(FLAG_4, last > 0) | flag(FLAG_8, presence >= 0);
            binary.begin(BinaryType.SUBSCRIBE, flags | BinaryType.flagOf(track), id);
            binary.channel(channel).positionIf(after).numberIf(last > 0, last);
            binary.numberIf(presence >= 0, presence).selectionIf(track);
        }
    }

    /** Ends a subscription. */
    record Unsubscribe(@Nullable RequestId id, ChannelName channel) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("unsubscribe").id(id).channel(channel).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.UNSUBSCRIBE, 0, id).channel(channel);
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

    /** Who is here now. */
    record Presence(@Nullable RequestId id, ChannelName channel) implements ClientMessage {
        @Override
        public void writeTo(JsonWriter json) {
            json.begin("presence").id(id).channel(channel).end();
        }

        @Override
        public void writeTo(BinaryWriter binary) {
            binary.begin(BinaryType.PRESENCE, 0, id).channel(channel);
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
