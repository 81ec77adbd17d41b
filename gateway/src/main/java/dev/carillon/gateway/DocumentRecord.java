package dev.carillon.gateway;

import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a document under one key: a format version, a generation, an update of Yjs.
 *
 * <p>Under {@link #SNAPSHOT} is all that the document was at one time; under the other keys is what came since. A snapshot is the first record of a generation, and the keys of the one
 * before are used again, by and by: what is still there of it is in the snapshot.
 *
 * @param generation counts up with each snapshot; 0 before the first
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and not changed
record DocumentRecord(long generation, byte[] update) {

    static final String SNAPSHOT = "snapshot";

    private static final byte FORMAT = 1;
    private static final int HEAD_BYTES = 1 + Long.BYTES;

    /** The key of the update that is the next after so many of its generation. */
    static String key(int updates) {
        return "update-" + updates;
    }

    Data data() {
        return Data.own(
                Data.Form.BYTES,
                ByteBuffer.allocate(HEAD_BYTES + update.length)
                        .put(FORMAT)
                        .putLong(generation)
                        .put(update)
                        .array());
    }

    /** Reads what was kept; null where it is not of a format that this version knows. */
    static @Nullable DocumentRecord of(Data data) {
        ByteBuffer in = data.buffer();
        if (data.form() != Data.Form.BYTES || in.remaining() < HEAD_BYTES || in.get() != FORMAT) {
            return null;
        }
        long generation = in.getLong();
        byte[] update = new byte[in.remaining()];
        in.get(update);
        return new DocumentRecord(generation, update);
    }
}
