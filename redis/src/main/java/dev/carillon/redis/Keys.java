package dev.carillon.redis;

import dev.carillon.protocol.ChannelName;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The names of keys: the prefix, the format's version, the channel in braces, so that all of its keys are in one slot, and
 * what is kept there. The feed of a channel has the name of its head. A channel's name has no braces.
 */
final class Keys {

    /** Format of what is kept. */
    static final int VERSION = 1;

    private final byte[] start;
    private final byte[] format;

    Keys(String prefix) {
        start = ascii(prefix + VERSION + ":{");
        format = ascii(prefix + "format");
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

    byte[][] all(ChannelName channel) {
        return new byte[][] {head(channel), records(channel), keys(channel), order(channel)};
    }

    private byte[] key(ChannelName channel, String end) {
        byte[] name = ascii(channel.value() + end);
        byte[] key = new byte[start.length + name.length];
        System.arraycopy(start, 0, key, 0, start.length);
        System.arraycopy(name, 0, key, start.length, name.length);
        return key;
    }

    /** The channel whose head has this name; null where none has. */
    @Nullable
    ChannelName channelOf(byte[] head) {
        int length = head.length - start.length - 1;
        if (length < 1 || length > ChannelName.LENGTH_MAX || head[head.length - 1] != '}') {
            return null;
        }
        for (int i = 0; i < start.length; i++) {
            if (head[i] != start[i]) {
                return null;
            }
        }
        return ChannelName.parse(new String(head, start.length, length, StandardCharsets.ISO_8859_1));
    }
}
