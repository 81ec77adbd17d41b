package dev.carillon.redis;

import dev.carillon.engine.CarriedSignal;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A signal as it is pushed. Numbers are big-endian.
 *
 * <pre>
 *  0  zero           8 bytes, where a record has its epoch, which is never 0
 *  8  kind           1 ({@link #KIND})
 *  9  flags          1 has a sender's name · 2 the data is bytes, else JSON
 * 10  series         8 bytes
 * 18  serial         8 bytes, not negative
 * 26  sessionLength  2 bytes
 * 28  fromLength     4 bytes, 0 without a name
 * 32  session        UTF-8
 *     from           UTF-8
 *     data
 * </pre>
 *
 * <p>Reading is a total function: any bytes are a signal, or null.
 */
final class SignalFormat {

    static final byte KIND = 1;

    private static final int HEADER_BYTES = 32;
    private static final int HAS_FROM = 1;
    private static final int IS_BYTES = 2;
    private static final int SESSION_BYTES_MAX = 0xFFFF;

    private SignalFormat() {}

    /** @throws IllegalArgumentException for a session's id of more than 65,535 bytes */
    static byte[] write(SharedLog.Signal signal) {
        CarriedSignal carried = signal.carried();
        byte[] session = RecordFormat.utf8(carried.session());
        if (session.length > SESSION_BYTES_MAX) {
            throw new IllegalArgumentException("a session's id of " + session.length + " bytes");
        }
        byte[] from = carried.from() == null ? new byte[0] : RecordFormat.utf8(carried.from());
        Data data = carried.data();
        int flags = (carried.from() == null ? 0 : HAS_FROM) | (data.form() == Data.Form.BYTES ? IS_BYTES : 0);
        int dataAt = HEADER_BYTES + session.length + from.length;
        ByteBuffer bytes = ByteBuffer.allocate(Math.addExact(dataAt, data.length()));
        bytes.putLong(0).put(KIND).put((byte) flags);
        bytes.putLong(signal.series()).putLong(signal.serial());
        bytes.putShort((short) session.length).putInt(from.length);
        bytes.put(session).put(from);
        data.copyTo(bytes.array(), dataAt);
        return bytes.array();
    }

    /** The signal that these bytes are; null where they are none. */
    static SharedLog.@Nullable Signal read(byte[] bytes) {
        if (bytes.length < HEADER_BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, 0, HEADER_BYTES);
        long zero = header.getLong();
        byte kind = header.get();
        int flags = header.get();
        long series = header.getLong();
        long serial = header.getLong();
        int sessionLength = Short.toUnsignedInt(header.getShort());
        int fromLength = header.getInt();
        boolean hasFrom = (flags & HAS_FROM) != 0;
        long dataAt = (long) HEADER_BYTES + sessionLength + fromLength;
        if (zero != 0
                || kind != KIND
                || (flags & ~(HAS_FROM | IS_BYTES)) != 0
                || serial < 0
                || fromLength < 0
                || (!hasFrom && fromLength != 0)
                || dataAt > bytes.length) {
            return null;
        }
        String session = RecordFormat.text(bytes, HEADER_BYTES, sessionLength);
        String from = hasFrom ? RecordFormat.text(bytes, HEADER_BYTES + sessionLength, fromLength) : null;
        if (session == null || (hasFrom && from == null)) {
            return null;
        }
        Data.Form form = (flags & IS_BYTES) == 0 ? Data.Form.JSON : Data.Form.BYTES;
        Data data = Data.own(form, Arrays.copyOfRange(bytes, (int) dataAt, bytes.length));
        return new SharedLog.Signal(series, serial, new CarriedSignal(session, from, data));
    }
}
