package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import org.jspecify.annotations.Nullable;

/**
 * A redaction as it is pushed. Numbers are big-endian.
 *
 * <pre>
 *  0  zero     8 bytes, where a record has its epoch, which is never 0
 *  8  kind     2 ({@link #KIND})
 *  9  epoch    8 bytes
 * 17  serial   8 bytes
 * 25  what is left of the record ({@link RecordFormat})
 * </pre>
 *
 * <p>Reading is a total function: any bytes are a redaction, or null.
 */
final class RedactionFormat {

    static final byte KIND = 2;

    private RedactionFormat() {}

    /** The redaction that these bytes are; null where they are none. */
    static SharedLog.Redacted.@Nullable Done read(byte[] bytes) {
        if (bytes.length <= Long.BYTES || bytes[Long.BYTES] != KIND) {
            return null;
        }
        for (int i = 0; i < Long.BYTES; i++) {
            if (bytes[i] != 0) {
                return null;
            }
        }
        return Answers.redaction(bytes, Long.BYTES + 1);
    }
}
