package dev.carillon.websocket;

import java.nio.ByteBuffer;

/**
 * Checks UTF-8 (RFC 3629) as it streams: one int of state between calls, failing at the first byte that no valid text
 * can have there.
 *
 * <p>A finite automaton. Each byte belongs to one of twelve classes; state and class give the next state. The states are
 * what the next byte must be: the start of a code point, one to three continuation bytes, or a continuation byte within
 * the narrower range that follows E0 (no overlong forms), ED (no surrogates), F0 (no overlong forms) and F4 (nothing
 * above U+10FFFF). C0, C1 and F5–FF have no valid use at all.
 *
 * <p>Text is mostly ASCII, so words of eight bytes without a high bit never reach the automaton. Words are big endian.
 */
final class Utf8 {
    /** At a code point border: text may end here. */
    static final int ACCEPT = 0;

    /** Not UTF-8, whatever follows; stays so. */
    static final int REJECT = 12;

    static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private static final int CLASSES = 12;
    private static final byte[] CLASS_OF = classes();

    // A row a state, a column a class: ASCII, 80–8F, 90–9F, A0–BF, never, C2–DF, E0, E1–EC and EE–EF, ED, F0, F1–F3,
    // F4.
    private static final byte[] NEXT = {
        0, 12, 12, 12, 12, 24, 48, 36, 60, 84, 72, 96, // 0: start of a code point
        12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, // 12: rejected
        12, 0, 0, 0, 12, 12, 12, 12, 12, 12, 12, 12, // 24: one more
        12, 24, 24, 24, 12, 12, 12, 12, 12, 12, 12, 12, // 36: two more
        12, 12, 12, 24, 12, 12, 12, 12, 12, 12, 12, 12, // 48: after E0
        12, 24, 24, 12, 12, 12, 12, 12, 12, 12, 12, 12, // 60: after ED
        12, 36, 36, 36, 12, 12, 12, 12, 12, 12, 12, 12, // 72: three more
        12, 12, 36, 36, 12, 12, 12, 12, 12, 12, 12, 12, // 84: after F0
        12, 36, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, // 96: after F4
    };

    private Utf8() {}

    /** The state after one more byte. */
    static int next(int state, int octet) {
        return NEXT[state + CLASS_OF[octet & 0xFF]];
    }

    /** The state after the eight bytes of a word. */
    static int nextWord(int state, long word) {
        int after = state;
        for (int shift = 56; shift >= 0; shift -= 8) {
            after = next(after, (int) (word >>> shift));
        }
        return after;
    }

    /** The state after {@code [from, to)}; with {@link #REJECT} the rest was not looked at. */
    static int after(int state, ByteBuffer bytes, int from, int to) {
        int now = state;
        int at = from;
        for (; at + 8 <= to; at += 8) {
            long word = bytes.getLong(at);
            if (now != ACCEPT || (word & HIGH_BITS) != 0) {
                now = nextWord(now, word);
                if (now == REJECT) {
                    return now;
                }
            }
        }
        for (; at < to; at++) {
            now = next(now, bytes.get(at));
        }
        return now;
    }

    /** True when these bytes are a whole valid text. */
    static boolean isValid(ByteBuffer bytes, int from, int to) {
        int state = ACCEPT;
        for (int i = from; i < to; i++) {
            state = next(state, bytes.get(i));
        }
        return state == ACCEPT;
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int octet = 0; octet < 256; octet++) {
            classes[octet] = (byte) classOf(octet);
        }
        return classes;
    }

    private static int classOf(int octet) {
        if (octet < 0x80) {
            return 0;
        }
        if (octet < 0xC0) {
            return octet < 0x90 ? 1 : octet < 0xA0 ? 2 : 3;
        }
        if (octet < 0xC2 || octet > 0xF4) {
            return 4;
        }
        if (octet < 0xE0) {
            return 5;
        }
        return switch (octet) {
            case 0xE0 -> 6;
            case 0xED -> 8;
            case 0xF0 -> 9;
            case 0xF1, 0xF2, 0xF3 -> 10;
            case 0xF4 -> CLASSES - 1;
            default -> 7;
        };
    }
}
