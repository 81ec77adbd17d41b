package dev.carillon.websocket;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What our decoder refuses and Netty's takes: a closed list. Anything else that the two make different things of is a bug
 * of one of them.
 */
enum Disagreement {
    /** Ours refuses with the byte that decides it, Netty's when the frame is whole, which it isn't yet. */
    BEFORE_THE_FRAME_IS_WHOLE("any"),

    /** Netty's decoder limits a frame, and leaves the message to another handler. */
    MESSAGE_ABOVE_THE_LIMIT("RFC 6455 §7.4.1"),

    /** Netty's decoder takes every code above 2999. */
    CLOSE_CODE_ABOVE_4999("RFC 6455 §7.4"),

    /** Netty's decoder checks each byte of a close reason, and not that the last character is whole. */
    CLOSE_REASON_CUT_IN_A_CHARACTER("RFC 6455 §5.5.1");

    private static final String ANY = "any";
    private static final int CLOSE_CODE_MAX = 4999;

    private final String section;

    Disagreement(String section) {
        this.section = section;
    }

    /**
     * Puts the bytes of a client to both.
     *
     * @return where they differ; null where they don't
     * @throws AssertionError if they differ in a way that has no name here
     */
    static @Nullable Disagreement about(byte[] bytes, int bytesMax) {
        RecordingSink sink = new RecordingSink();
        FrameDecoder decoder =
                new FrameDecoder(FrameDecoder.Role.SERVER, bytesMax, UnpooledByteBufAllocator.DEFAULT, sink, null);
        Refusal refusal = null;
        int refusedAt = -1;
        for (int at = 0; at < bytes.length && refusal == null; at++) {
            refusal = decoder.decode(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, at + 1)));
            refusedAt = at;
        }
        decoder.dispose();
        NettysDecoder.Outcome theirs = NettysDecoder.decode(bytes, bytesMax);
        String difference = "ours: " + sink.heard + ", " + refusal + "; Netty's: " + theirs;
        if (refusal == null) {
            if (theirs.refusal() != null || !theirs.heard().equals(sink.heard)) {
                throw new AssertionError(difference);
            }
            return null;
        }
        if (!startsWith(theirs.heard(), sink.heard)) {
            throw new AssertionError(difference);
        }
        return theirs.refusal() == null ? named(refusal, refusedAt, bytes, theirs, difference) : null;
    }

    private static Disagreement named(
            Refusal refusal, int refusedAt, byte[] bytes, NettysDecoder.Outcome theirs, String difference) {
        for (Disagreement one : values()) {
            boolean isIt = one.section.equals(ANY) || one.section.equals(refusal.section());
            if (isIt && one.explains(refusal, refusedAt, bytes, theirs)) {
                return one;
            }
        }
        throw new AssertionError(difference);
    }

    private boolean explains(Refusal refusal, int refusedAt, byte[] bytes, NettysDecoder.Outcome theirs) {
        String last = theirs.heard().isEmpty() ? "" : theirs.heard().getLast();
        return switch (this) {
            case BEFORE_THE_FRAME_IS_WHOLE -> refusedAt >= startOfPartialFrame(bytes);
            case MESSAGE_ABOVE_THE_LIMIT -> refusal.code() == CloseCode.MESSAGE_TOO_BIG;
            case CLOSE_CODE_ABOVE_4999 ->
                last.startsWith("close ") && Integer.parseInt(last.split(" ", -1)[1]) > CLOSE_CODE_MAX;
            case CLOSE_REASON_CUT_IN_A_CHARACTER ->
                refusal.code() == CloseCode.INVALID_PAYLOAD && last.startsWith("close ") && last.endsWith("\uFFFD");
        };
    }

    private static boolean startsWith(List<String> all, List<String> first) {
        return all.size() >= first.size() && Objects.equals(all.subList(0, first.size()), first);
    }

    /** Where the frame begins that the bytes end in the middle of; beyond all bytes if they end with a whole one. */
    private static int startOfPartialFrame(byte[] bytes) {
        long at = 0;
        while (at + 2 <= bytes.length) {
            int small = bytes[(int) at + 1] & 0x7F;
            int lengthBytes = small == 126 ? Short.BYTES : small == 127 ? Long.BYTES : 0;
            long header = 2L + lengthBytes + (bytes[(int) at + 1] < 0 ? Integer.BYTES : 0);
            if (at + header > bytes.length) {
                return (int) at;
            }
            long length = small;
            for (int i = 0; i < lengthBytes; i++) {
                length = (i == 0 ? 0 : length << 8) | (bytes[(int) at + 2 + i] & 0xFF);
            }
            if (length < 0 || length > bytes.length - at - header) {
                return (int) at;
            }
            at += header + length;
        }
        return at == bytes.length ? Integer.MAX_VALUE : (int) at;
    }
}
