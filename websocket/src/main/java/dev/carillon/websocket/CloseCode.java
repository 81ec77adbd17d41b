package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Close codes of RFC 6455 §7.4 and of the IANA registry, and the rule for a close frame's reason. */
public final class CloseCode {
    public static final int NORMAL = 1000;
    public static final int GOING_AWAY = 1001;
    public static final int PROTOCOL_ERROR = 1002;
    public static final int UNSUPPORTED_DATA = 1003;

    /** Never on the wire: stands for a close frame without a code. */
    public static final int NO_CODE = 1005;

    /** Never on the wire: stands for a connection that ended without a close frame. */
    public static final int ABNORMAL = 1006;

    public static final int INVALID_PAYLOAD = 1007;
    public static final int POLICY_VIOLATION = 1008;
    public static final int MESSAGE_TOO_BIG = 1009;
    public static final int INTERNAL_ERROR = 1011;
    public static final int SERVICE_RESTART = 1012;
    public static final int TRY_AGAIN_LATER = 1013;

    /** A control frame carries 125 bytes (RFC 6455 §5.5); two of them are the code. */
    static final int REASON_BYTES_MAX = 123;

    private CloseCode() {}

    /** True exactly when a close frame may carry this code (RFC 6455 §7.4, IANA 1012–1014, 3000–4999). */
    public static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    }

    /** The reason in UTF-8, cut at a code point border so that it fits a close frame. */
    static byte[] reasonBytes(String reason) {
        byte[] all = reason.getBytes(UTF_8);
        if (all.length <= REASON_BYTES_MAX) {
            return all;
        }
        int end = REASON_BYTES_MAX;
        while ((all[end] & 0xC0) == 0x80) {
            end--;
        }
        return Arrays.copyOf(all, end);
    }
}
