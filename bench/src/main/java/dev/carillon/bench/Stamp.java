package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * The moment for which a message was intended, in its data: a mark and 16 hexadecimal digits of {@link System#nanoTime}. Nothing
 * else that a server sends looks like it, so stamps are also what deliveries are counted by. The data is a JSON
 * string, which every peer can be given.
 */
final class Stamp {

    /** The shortest data: quotes, the mark, the digits. */
    static final int DATA_BYTES_MIN = 19;

    static final byte MARK = '@';
    static final int DIGITS = 16;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    /** How far before the end of the last message its mark was: the next one's is mostly there too. */
    private int beforeEnd;

    // Many readers are sent the same publication one after the other.
    private long lastFirst;
    private long lastSecond;
    private long lastNanos;

    /** Data of exactly so many bytes, with room for a stamp. */
    static String data(int bytes) {
        if (bytes < DATA_BYTES_MIN) {
            throw new IllegalArgumentException("data of " + bytes + " bytes has no room for a stamp");
        }
        return '"' + String.valueOf((char) MARK) + "0".repeat(DIGITS) + "x".repeat(bytes - DATA_BYTES_MIN) + '"';
    }

    /** As {@link #data}, but with words behind the stamp, the same for the same number of bytes: more like what people send. */
    static String words(int bytes) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(bytes);
        while (text.length() < bytes - DATA_BYTES_MIN) {
            text.append(' ');
            for (int i = 2 + random.nextInt(8); i > 0; i--) {
                text.append("etaoinshrdlu".charAt((int) Math.abs(random.nextGaussian() * 4) % 12));
            }
        }
        text.setLength(bytes - DATA_BYTES_MIN);
        return data(DATA_BYTES_MIN).replaceFirst("\"$", text + "\"");
    }

    /** Writes the digits into a masked payload, at their place in the payload. */
    static void write(MemorySegment frame, long payloadAt, int place, long nanos) {
        for (int i = 0; i < DIGITS; i++) {
            byte digit = HEX[(int) (nanos >>> (60 - 4 * i)) & 0xF];
            frame.set(ValueLayout.JAVA_BYTE, payloadAt + place + i, Frames.mask(place + i, digit));
        }
    }

    /**
     * Where the next mark is, from a place on.
     *
     * @return the place of the first digit, or -1 if there is none
     */
    long find(MemorySegment buffer, long from, long end) {
        for (long at = from; at < end - DIGITS; at++) {
            if (buffer.get(ValueLayout.JAVA_BYTE, at) == MARK && areDigits(buffer, at + 1)) {
                beforeEnd = (int) (end - at);
                return at + 1;
            }
        }
        return -1;
    }

    /** In what isn't text the mark may be any byte; what follows it may not. */
    private static boolean areDigits(MemorySegment buffer, long from) {
        for (int i = 0; i < DIGITS; i++) {
            if (Character.digit(buffer.get(ValueLayout.JAVA_BYTE, from + i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #find} for a message that holds one stamp at most. */
    long findOnly(MemorySegment buffer, long from, long end) {
        long likely = end - beforeEnd;
        if (beforeEnd > DIGITS && likely >= from && buffer.get(ValueLayout.JAVA_BYTE, likely) == MARK) {
            return likely + 1;
        }
        return find(buffer, from, end);
    }

    /** Reads the digits. */
    long read(MemorySegment buffer, long at) {
        long first = buffer.get(WORD, at);
        long second = buffer.get(WORD, at + 8);
        if (first != lastFirst || second != lastSecond) {
            lastFirst = first;
            lastSecond = second;
            long nanos = 0;
            for (int i = 0; i < DIGITS; i++) {
                nanos = (nanos << 4) | Character.digit(buffer.get(ValueLayout.JAVA_BYTE, at + i), 16);
            }
            lastNanos = nanos;
        }
        return lastNanos;
    }
}
