package dev.carillon.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the binary form of messages (PROTOCOL.md §11). Not thread-safe; one for a message.
 *
 * <p>Messages that many readers are told are known by the channel's number, which is no part of the message: it is the
 * node's, and given here.
 */
public final class BinaryWriter {

    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private final long number;
    private byte[] bytes = new byte[64];
    private int length;

    /** @param number the node's for the channel; 0 where the message isn't one that needs it */
    private BinaryWriter(long number) {
        this.number = number;
    }

    /**
     * The binary form of what a server says.
     *
     * @param number the node's for the channel of a publication or a signal; 0 for other messages
     */
    public static byte[] of(ServerMessage message, long number) {
        BinaryWriter writer = new BinaryWriter(number);
        message.writeTo(writer);
        return writer.toBytes();
    }

    /** The binary form of what a client says. */
    public static byte[] of(ClientMessage message) {
        BinaryWriter writer = new BinaryWriter(0);
        message.writeTo(writer);
        return writer.toBytes();
    }

    private byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** The first two bytes, and the id. */
    BinaryWriter begin(int type, int flags, @Nullable RequestId id) {
        raw(type);
        raw(flags | flag(BinaryType.ID, id != null));
        return id == null ? this : id(id.json());
    }

    /** The bit, if it is to be set. */
    static int flag(int bit, boolean isSet) {
        return isSet ? bit : 0;
    }

    /** A plain number as one number more; whatever else may be an id as 0 and its JSON. */
    private BinaryWriter id(String json) {
        boolean isPlain = json.length() <= BinaryType.ID_DIGITS_MAX && json.charAt(0) != '"' && json.charAt(0) != '-';
        return isPlain ? number(Long.parseLong(json) + 1) : number(0).text(json);
    }

    /** An unsigned LEB128. */
    BinaryWriter number(long value) {
        assert value >= 0 : value;
        long rest = value;
        while (rest > 0x7F) {
            raw((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        return raw((int) rest);
    }

    /** The number of the channel. */
    BinaryWriter channelNumber() {
        assert number > 0 : "a channel without a number";
        return number(number);
    }

    BinaryWriter channel(ChannelName channel) {
        return text(channel.value());
    }

    BinaryWriter text(String text) {
        byte[] utf8 = utf8(text);
        return number(utf8.length).raw(utf8);
    }

    BinaryWriter textIf(@Nullable String text) {
        return text == null ? this : text(text);
    }

    BinaryWriter numberIf(boolean isThere, long value) {
        return isThere ? number(value) : this;
    }

    BinaryWriter positionIf(@Nullable Position position) {
        return position == null ? this : position(position);
    }

    BinaryWriter position(Position position) {
        if (position.equals(Position.ORIGIN)) {
            return raw(BinaryType.POSITION_ORIGIN);
        }
        raw(BinaryType.POSITION_1);
        return fixed64(position.epoch()).fixed32(position.check()).number(position.offset());
    }

    /** What is tracked: how many names, and each. */
    BinaryWriter selectionIf(@Nullable Selection selection) {
        if (selection != null) {
            number(selection.names().size());
            selection.names().forEach(this::text);
        }
        return this;
    }

    BinaryWriter gap(Gap gap) {
        return text(gap.cause().wire()).textIf(gap.after()).position(gap.next());
    }

    /** A publication as its channel's readers are told it. */
    BinaryWriter publication(Publication publication) {
        Position position = publication.position();
        if (publication.change() != null) {
            raw(BinaryType.PUBLICATION | flags(publication));
            channelNumber().position(position).optional(publication).change(publication.change());
            return publication.hasData() ? data(publication.data()) : this;
        }
        boolean isFirst = position.offset() == 1;
        raw(BinaryType.PUBLICATION | flags(publication) | flag(BinaryType.EPOCH, isFirst));
        channelNumber();
        if (isFirst) {
            fixed64(position.epoch());
        }
        raw((int) (position.offset() >>> 8)).raw((int) position.offset()).fixed32(position.check());
        optional(publication);
        return publication.hasData() ? data(publication.data()) : this;
    }

    private BinaryWriter change(Change change) {
        text(change.key());
        raw(flag(BinaryType.MAP_TAG, change.tag() != null) | flag(BinaryType.MAP_REMOVED, change.isRemoved()));
        return textIf(change.tag());
    }

    /** The publications of a page, each with its length. */
    BinaryWriter publications(List<Publication> publications) {
        number(publications.size());
        for (Publication publication : publications) {
            raw(flags(publication)).position(publication.position()).optional(publication);
            if (publication.change() != null) {
                change(publication.change());
            }
            if (publication.hasData()) {
                number(publication.data().length()).data(publication.data());
            } else {
                number(0);
            }
        }
        return this;
    }

    private static int flags(Publication publication) {
        return flag(
                        BinaryType.BYTES,
                        publication.hasData() && publication.data().form() == Data.Form.BYTES)
                | flag(BinaryType.AT, publication.at() != 0)
                | flag(BinaryType.FROM, publication.from() != null)
                | flag(BinaryType.KEY, publication.idempotencyKey() != null)
                | flag(BinaryType.WITHOUT_DATA, publication.isRedacted() && publication.change() == null)
                | flag(BinaryType.OF_MAP, publication.change() != null);
    }

    private BinaryWriter optional(Publication publication) {
        return numberIf(publication.at() != 0, publication.at())
                .textIf(publication.from())
                .textIf(publication.idempotencyKey());
    }

    /** How many messages, and each of them behind its length. */
    BinaryWriter messages(List<? extends ClientMessage> messages) {
        number(messages.size());
        for (ClientMessage message : messages) {
            byte[] whole = of(message);
            number(whole.length).raw(whole);
        }
        return this;
    }

    /** All that follows, up to the end. */
    BinaryWriter data(Data data) {
        return raw(data.array());
    }

    private BinaryWriter fixed32(int value) {
        return raw(value >>> 24).raw(value >>> 16).raw(value >>> 8).raw(value);
    }

    private BinaryWriter fixed64(long value) {
        return fixed32((int) (value >>> 32)).fixed32((int) value);
    }

    /** A lone surrogate becomes U+FFFD, as UTF-8 has no form for it. */
    private static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .replaceWith(REPLACEMENT)
                    .encode(CharBuffer.wrap(text));
            byte[] utf8 = new byte[encoded.remaining()];
            encoded.get(utf8);
            return utf8;
        } catch (CharacterCodingException e) {
            throw new AssertionError("what is malformed is replaced", e);
        }
    }

    private BinaryWriter raw(int oneByte) {
        ensure(1);
        bytes[length++] = (byte) oneByte;
        return this;
    }

    private BinaryWriter raw(byte[] more) {
        ensure(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
