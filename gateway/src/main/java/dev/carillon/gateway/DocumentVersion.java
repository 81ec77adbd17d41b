package dev.carillon.gateway;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a document was at one time: all of it, as one update of Yjs.
 *
 * @param number counts up from 1 over the versions of a document
 * @param at when it was made, in milliseconds since 1970
 * @param epoch of which document of that name
 * @param name given by who asked for it; empty where it was made by itself
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and not changed
record DocumentVersion(long number, long at, long epoch, String name, byte[] update) {

    /** The longest name, in UTF-16 units. */
    static final int NAME_LENGTH_MAX = 80;

    /** At least what a record of it takes beside its update. */
    static final int HEAD_BYTES_MAX = 1024;

    private static final String KEY = "version-";
    private static final byte FORMAT = 1;
    private static final int FIXED_BYTES = 1 + 2 * Long.BYTES + Short.BYTES;

    /** Whether a version can be called so: one line, as JSON can say it. */
    static boolean isName(String name) {
        return !name.isBlank()
                && name.length() <= NAME_LENGTH_MAX
                && name.codePoints().noneMatch(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF));
    }

    boolean isNamed() {
        return !name.isEmpty();
    }

    /** Under which it is kept. */
    String key() {
        return KEY + number;
    }

    Data data() {
        byte[] called = name.getBytes(StandardCharsets.UTF_8);
        return Data.own(
                Data.Form.BYTES,
                ByteBuffer.allocate(FIXED_BYTES + called.length + update.length)
                        .put(FORMAT)
                        .putLong(at)
                        .putLong(epoch)
                        .putShort((short) called.length)
                        .put(called)
                        .put(update)
                        .array());
    }

    /** Reads what was kept; null where it is not of a format that this version knows. */
    static @Nullable DocumentVersion of(Change change, Data data) {
        ByteBuffer in = data.buffer();
        String digits = change.key().startsWith(KEY) ? change.key().substring(KEY.length()) : "";
        if (!digits.matches("\\d{1,18}")
                || data.form() != Data.Form.BYTES
                || in.remaining() < FIXED_BYTES
                || in.get() != FORMAT) {
            return null;
        }
        long at = in.getLong();
        long epoch = in.getLong();
        int length = in.getShort();
        if (length < 0 || length > in.remaining()) {
            return null;
        }
        byte[] called = new byte[length];
        in.get(called);
        byte[] update = new byte[in.remaining()];
        in.get(update);
        return new DocumentVersion(
                Long.parseLong(digits), at, epoch, new String(called, StandardCharsets.UTF_8), update);
    }

    /** As a request is told of it. The name needs no more than this, because of what it can be. */
    String json() {
        String called = isNamed() ? ",\"name\":\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"' : "";
        return "{\"version\":" + number + ",\"at\":" + at + ",\"bytes\":" + update.length + called + '}';
    }
}
