package dev.carillon.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Writes the JSON form of messages as UTF-8, by hand: a publication is written once for all its readers, and nothing but
 * its own bytes is allocated. Not thread-safe; one for a message.
 */
public final class JsonWriter {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[256];
    private int length;
    /** True exactly when the next member or element must be parted from the one before it. */
    private boolean comma;

    /** What was written, as an array of its own. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    JsonWriter begin(String type) {
        separate();
        raw('{');
        comma = false;
        return text("type", type);
    }

    JsonWriter end() {
        return closeObject();
    }

    JsonWriter id(@Nullable RequestId id) {
        if (id != null) {
            name("id");
            raw(id.json());
        }
        return this;
    }

    JsonWriter channel(ChannelName channel) {
        return text("channel", channel.value());
    }

    /** A position, and its offset in clear. */
    JsonWriter position(Position position) {
        return text("position", position.toString()).number("offset", position.offset());
    }

    JsonWriter gap(Gap gap) {
        text("cause", gap.cause().wire());
        if (gap.after() != null) {
            text("after", gap.after());
        }
        return text("next", gap.next().toString());
    }

    JsonWriter publication(Publication publication) {
        begin("publication").channel(publication.channel()).position(publication.position());
        if (publication.at() != 0) {
            number("at", publication.at());
        }
        if (publication.from() != null) {
            text("from", publication.from());
        }
        if (publication.idempotencyKey() != null) {
            text("idempotencyKey", publication.idempotencyKey());
        }
        if (publication.change() != null) {
            change(publication.change());
        }
        if (publication.hasData()) {
            data(publication.data());
        } else if (publication.isRedacted()) {
            flag("redacted", true);
        }
        return end();
    }

    /** The key, the tag, and whether it is removed. */
    JsonWriter change(Change change) {
        text("key", change.key());
        if (change.tag() != null) {
            text("tag", change.tag());
        }
        return change.isRemoved() ? flag("removed", true) : this;
    }

    JsonWriter data(Data data) {
        if (data.form() == Data.Form.JSON) {
            name("data");
            raw(data.array());
        } else {
            name("data64");
            raw('"');
            raw(Base64.getEncoder().encode(data.array()));
            raw('"');
        }
        return this;
    }

    JsonWriter text(String name, String value) {
        name(name);
        quoted(value);
        return this;
    }

    JsonWriter number(String name, long value) {
        name(name);
        raw(Long.toString(value));
        return this;
    }

    /** Who the client is, and for how many milliseconds; null for nobody, 0 for ever. */
    JsonWriter user(@Nullable String user, long expiresMillis) {
        if (user != null) {
            text("user", user);
        }
        return expiresMillis > 0 ? number("expires", expiresMillis) : this;
    }

    JsonWriter flag(String name, boolean value) {
        name(name);
        raw(value ? "true" : "false");
        return this;
    }

    JsonWriter openObject(String name) {
        name(name);
        raw('{');
        comma = false;
        return this;
    }

    /** One more element of an array. */
    JsonWriter openObject() {
        separate();
        raw('{');
        comma = false;
        return this;
    }

    JsonWriter closeObject() {
        raw('}');
        comma = true;
        return this;
    }

    JsonWriter openArray(String name) {
        name(name);
        raw('[');
        comma = false;
        return this;
    }

    /** One more element of an array. */
    JsonWriter textElement(String value) {
        separate();
        quoted(value);
        return this;
    }

    JsonWriter closeArray() {
        raw(']');
        comma = true;
        return this;
    }

    private void name(String name) {
        separate();
        raw('"');
        raw(name);
        raw('"');
        raw(':');
    }

    private void separate() {
        if (comma) {
            raw(',');
        }
        comma = true;
    }

    /** The JSON string of a text; a lone surrogate becomes U+FFFD, as UTF-8 has no form for it. */
    static String quote(String text) {
        JsonWriter writer = new JsonWriter();
        writer.quoted(text);
        return new String(writer.bytes, 0, writer.length, StandardCharsets.UTF_8);
    }

    private void quoted(String text) {
        raw('"');
        int plainFrom = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c != '"' && c != '\\') {
                continue;
            }
            utf8(text, plainFrom, i);
            plainFrom = i + 1;
            escape(c);
        }
        utf8(text, plainFrom, text.length());
        raw('"');
    }

    private void escape(char c) {
        raw('\\');
        switch (c) {
            case '"', '\\' -> raw(c);
            case '\n' -> raw('n');
            case '\r' -> raw('r');
            case '\t' -> raw('t');
            default -> {
                raw("u00");
                raw((char) HEX[c >> 4]);
                raw((char) HEX[c & 15]);
            }
        }
    }

    private void utf8(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                raw(c);
            } else if (c < 0x800) {
                raw((char) (0xC0 | (c >> 6)));
                raw((char) (0x80 | (c & 63)));
            } else if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                raw((char) (0xF0 | (point >> 18)));
                raw((char) (0x80 | ((point >> 12) & 63)));
                raw((char) (0x80 | ((point >> 6) & 63)));
                raw((char) (0x80 | (point & 63)));
            } else {
                int unit = Character.isSurrogate(c) ? 0xFFFD : c;
                raw((char) (0xE0 | (unit >> 12)));
                raw((char) (0x80 | ((unit >> 6) & 63)));
                raw((char) (0x80 | (unit & 63)));
            }
        }
    }

    private void raw(char oneByte) {
        ensure(1);
        bytes[length++] = (byte) oneByte;
    }

    private void raw(String text) {
        utf8(text, 0, text.length());
    }

    private void raw(byte[] more) {
        ensure(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
