package dev.carillon.redis;

import dev.carillon.protocol.ChannelName;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The names of keys: the prefix, the format's version, the channel in braces, so that all of its keys are in one slot, and
 * what is kept there. The feed of a channel has the name of its head. A channel's name has no braces.
 */
final class Keys {

    /** Format of what is kept. */
    static final int VERSION = 1;

    private static final String HERE = "}:here";

    private final byte[] start;
    private final byte[] format;
    private final String leases;
    private final String notes;

    Keys(String prefix) {
        start = ascii(prefix + VERSION + ":{");
        format = ascii(prefix + "format");
        leases = prefix + VERSION + ":lease:";
        notes = prefix + VERSION + ":{*}:";
    }

    /** The slot of all keys of a channel, in a Redis Cluster: that of the channel's name. */
    static int slot(ChannelName channel) {
        return SlotHash.getSlot(ascii(channel.value()));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Holds the newest format that any node has used here, in decimal. */
    byte[] format() {
        return format.clone();
    }

    byte[] head(ChannelName channel) {
        return key(channel, "}");
    }

    byte[] records(ChannelName channel) {
        return key(channel, "}:records");
    }

    byte[] keys(ChannelName channel) {
        return key(channel, "}:keys");
    }

    byte[] order(ChannelName channel) {
        return key(channel, "}:order");
    }

    byte[] redacted(ChannelName channel) {
        return key(channel, "}:redacted");
    }

    /** What an append to a stream touches. */
    byte[][] stream(ChannelName channel) {
        return new byte[][] {head(channel), records(channel), keys(channel), order(channel)};
    }

    /** What an append to a map touches. */
    byte[][] map(ChannelName channel) {
        return new byte[][] {
            head(channel),
            records(channel),
            keys(channel),
            order(channel),
            key(channel, "}:values"),
            key(channel, "}:index")
        };
    }

    /** Where the newest changes of a map are. */
    byte[][] changes(ChannelName channel) {
        return new byte[][] {head(channel), records(channel), key(channel, "}:values"), key(channel, "}:index")};
    }

    /** What a redaction touches. */
    byte[][] redaction(ChannelName channel) {
        return new byte[][] {head(channel), records(channel), redacted(channel)};
    }

    /** All that is kept of a channel's publications. */
    byte[][] all(ChannelName channel) {
        return new byte[][] {
            head(channel),
            records(channel),
            keys(channel),
            order(channel),
            key(channel, "}:values"),
            key(channel, "}:index"),
            redacted(channel)
        };
    }

    /** Where a channel's presence stands; its changes are pushed to this name. */
    byte[] here(ChannelName channel) {
        return key(channel, HERE);
    }

    byte[] users(ChannelName channel) {
        return key(channel, "}:users");
    }

    /** What a change of presence under a lease touches. */
    byte[][] presence(ChannelName channel, long lease) {
        return new byte[][] {
            here(channel), users(channel), key(channel, "}:of:" + HexFormat.of().toHexDigits(lease))
        };
    }

    /** What all nodes note and read, in a slot of its own: no channel has this name. */
    byte[][] notes() {
        return new byte[][] {ascii(notes + "serial"), ascii(notes + "order"), ascii(notes + "notes")};
    }

    /** The slot of these. */
    int notesSlot() {
        return SlotHash.getSlot(notes);
    }

    byte[] lease(long lease) {
        return ascii(leases + HexFormat.of().toHexDigits(lease));
    }

    private byte[] key(ChannelName channel, String end) {
        byte[] name = ascii(channel.value() + end);
        byte[] key = new byte[start.length + name.length];
        System.arraycopy(start, 0, key, 0, start.length);
        System.arraycopy(name, 0, key, start.length, name.length);
        return key;
    }

    /** What is published to where this is followed. */
    byte[] feed(Follows.Follow follow) {
        return switch (follow.feed()) {
            case RECORDS -> head(follow.channel());
            case PRESENCE -> here(follow.channel());
        };
    }

    /** The channel whose head has this name; null where none has. */
    @Nullable
    ChannelName channelOf(byte[] head) {
        return channelOf(head, "}");
    }

    /** The channel whose presence has this name; null where none has. */
    @Nullable
    ChannelName channelOfPresence(byte[] here) {
        return channelOf(here, HERE);
    }

    private @Nullable ChannelName channelOf(byte[] key, String end) {
        int length = key.length - start.length - end.length();
        if (length < 1 || length > ChannelName.LENGTH_MAX) {
            return null;
        }
        for (int i = 0; i < start.length; i++) {
            if (key[i] != start[i]) {
                return null;
            }
        }
        for (int i = 0; i < end.length(); i++) {
            if (key[start.length + length + i] != end.charAt(i)) {
                return null;
            }
        }
        return ChannelName.parse(new String(key, start.length, length, StandardCharsets.ISO_8859_1));
    }
}
