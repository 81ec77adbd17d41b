package dev.carillon.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the fields of one message's binary form (PROTOCOL.md §11). A length is compared with what is there before
 * anything is made of it.
 */
final class BinaryInput {

    private final byte[] bytes;
    private int at;

    BinaryInput(byte[] bytes) {
        this.bytes = bytes;
    }

    int remaining() {
        return bytes.length - at;
    }

    /** The next byte, 0 to 255. */
    int oneByte() throws JsonObject.Malformed {
        require(1);
        return bytes[at++] & 0xFF;
    }

    /** An unsigned LEB128 of at most 63 bits, in its shortest form. */
    long number() throws JsonObject.Malformed {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int next = oneByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                if (next == 0 && shift > 0) {
                    throw new JsonObject.Malformed("a number is longer than it need be");
                }
                return value;
            }
        }
        throw new JsonObject.Malformed("a number has more than 63 bits");
    }

    long number(String name, long min, long max) throws JsonObject.Malformed {
        long value = number();
        if (value < min || value > max) {
            throw new JsonObject.Malformed("\"" + name + "\" must be a whole number from " + min + " to " + max);
        }
        return value;
    }

    int fixed16() throws JsonObject.Malformed {
        return oneByte() << 8 | oneByte();
    }

    int fixed32() throws JsonObject.Malformed {
        return fixed16() << 16 | fixed16();
    }

    long fixed64() throws JsonObject.Malformed {
        return (long) fixed32() << 32 | Integer.toUnsignedLong(fixed32());
    }

    String text() throws JsonObject.Malformed {
        byte[] utf8 = take(number());
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JsonObject.Malformed("a text is not UTF-8");
        }
    }

    /** A message behind its length. */
    BinaryInput message() throws JsonObject.Malformed {
        return new BinaryInput(take(number()));
    }

    @Nullable
    String textIf(boolean isThere) throws JsonObject.Malformed {
        return isThere ? text() : null;
    }

    long numberIf(boolean isThere) throws JsonObject.Malformed {
        return isThere ? number() : 0;
    }

    ChannelName channel() throws JsonObject.Malformed {
        ChannelName name = ChannelName.parse(text());
        if (name == null) {
            throw new JsonObject.Malformed(Code.INVALID_CHANNEL, Code.INVALID_CHANNEL.text());
        }
        return name;
    }

    Position position() throws JsonObject.Malformed {
        int format = oneByte();
        if (format == BinaryType.POSITION_ORIGIN) {
            return Position.ORIGIN;
        }
        if (format != BinaryType.POSITION_1) {
            throw new JsonObject.Malformed(Code.INVALID_POSITION, Code.INVALID_POSITION.text());
        }
        long epoch = fixed64();
        int check = fixed32();
        return new Position(epoch, number(), check);
    }

    @Nullable
    Position positionIf(boolean isThere) throws JsonObject.Malformed {
        return isThere ? position() : null;
    }

    /** What is tracked, by the flags; null without any of them. */
    @Nullable
    Selection selection(BinaryReader.Head head) throws JsonObject.Malformed {
        boolean byTag = head.has(BinaryType.TRACK_TAGS);
        boolean byKey = head.has(BinaryType.TRACK_KEYS);
        if (byTag && byKey) {
            throw new JsonObject.Malformed("\"keys\" and \"tags\" exclude each other");
        }
        if (!byTag && !byKey) {
            return null;
        }
        String name = byTag ? "tags" : "keys";
        long count = number(name, 0, Selection.NAMES_MAX);
        List<String> names = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            names.add(Change.requireText(name, text()));
        }
        return new Selection(byTag, names);
    }

    /** What a publication of a map has before its data. */
    Change change() throws JsonObject.Malformed {
        String key = Change.requireText("key", text());
        int flags = oneByte();
        if ((flags & ~(BinaryType.MAP_TAG | BinaryType.MAP_REMOVED)) != 0) {
            throw new JsonObject.Malformed("a change has a flag that this version doesn't know");
        }
        String tag = (flags & BinaryType.MAP_TAG) == 0 ? null : Change.requireText("tag", text());
        return new Change(key, tag, (flags & BinaryType.MAP_REMOVED) != 0);
    }

    String idempotencyKey() throws JsonObject.Malformed {
        String key = text();
        if (!IdempotencyKey.isValid(key)) {
            throw new JsonObject.Malformed(Code.INVALID_IDEMPOTENCY_KEY, Code.INVALID_IDEMPOTENCY_KEY.text());
        }
        return key;
    }

    @Nullable
    String idempotencyKeyIf(boolean isThere) throws JsonObject.Malformed {
        return isThere ? idempotencyKey() : null;
    }

    RequestId id() throws JsonObject.Malformed {
        long plain = number();
        if (plain > 0) {
            return new RequestId(Long.toString(plain - 1));
        }
        RequestId id = JsonObject.parse(("{\"id\":" + text() + "}").getBytes(StandardCharsets.UTF_8), true)
                .id();
        if (id == null) {
            throw new JsonObject.Malformed("\"id\" must not be null");
        }
        return id;
    }

    /** The data: all that is left. JSON is checked, as it is wherever it comes from. */
    Data data(boolean isBytes) throws JsonObject.Malformed {
        return data(isBytes, remaining());
    }

    Data data(boolean isBytes, long length) throws JsonObject.Malformed {
        byte[] taken = take(length);
        return isBytes ? Data.own(Data.Form.BYTES, taken) : JsonObject.parseValue(taken, false);
    }

    /** No data: nothing is left. */
    Data noData(long length) throws JsonObject.Malformed {
        if (length != 0) {
            throw new JsonObject.Malformed("what is removed or redacted has no data");
        }
        return Data.NONE;
    }

    private byte[] take(long length) throws JsonObject.Malformed {
        require(length);
        at += (int) length;
        return Arrays.copyOfRange(bytes, at - (int) length, at);
    }

    private void require(long more) throws JsonObject.Malformed {
        if (more > remaining()) {
            throw new JsonObject.Malformed("the message ends before it is complete");
        }
    }
}
