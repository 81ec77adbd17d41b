package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates messages (RFC 7692 §7.2.2), one after another, for all connections of an event loop. What a connection keeps is
 * given to zlib as a dictionary, as in {@link MessageDeflater}; a window of 15 bits reads every smaller one.
 *
 * <p><b>Bounds.</b> The buffer doubles as bytes really come out of it, up to the message limit and never above. Text is
 * checked as it comes out, so that a bomb of rubbish ends early. A message must end where a DEFLATE block ends: behind the
 * four bytes that the sender took off, an empty final block is fed, which ends the stream there and nowhere else.
 *
 * <p>Owned by the loop.
 */
final class MessageInflater implements AutoCloseable {
    private static final int OUT_BYTES_MIN = 512;

    /** How much room an ordinary message needs, as a multiple of what came. */
    private static final int GUESS = 4;

    /** A sender may end its stream and begin another within a message (RFC 7692 §7.2.3.4), but not at every byte. */
    private static final int FINAL_BLOCKS_MAX = 256;

    /** The four bytes that the sender took off (RFC 7692 §7.2.2), and an empty final block without compression. */
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF, 1, 0, 0, (byte) 0xFF, (byte) 0xFF};

    private static final Refusal CORRUPT =
            new Refusal(CloseCode.INVALID_PAYLOAD, "compressed message is not DEFLATE data", "RFC 7692 §7.2.2");
    private static final Refusal NOT_UTF8 =
            new Refusal(CloseCode.INVALID_PAYLOAD, "text is not UTF-8", "RFC 6455 §8.1");

    private final Inflater inflater = new Inflater(true);
    private final byte[] one = new byte[1];

    // The message at hand.
    private boolean isText;
    private int utf8;
    private int bytesMax;
    private int finalBlocks;
    private @Nullable Context before;

    /**
     * Inflates a message. Moves no index of it, and does not tell the context of it.
     *
     * @param context what it may refer to, or null
     * @param limit the most that it may come to
     */
    Inflated inflate(
            ByteBuf deflated, @Nullable Context context, boolean asText, int limit, ByteBufAllocator allocator) {
        isText = asText;
        utf8 = Utf8.ACCEPT;
        bytesMax = limit;
        finalBlocks = 0;
        before = context;
        int guess = (int) Math.min(Math.max(OUT_BYTES_MIN, (long) GUESS * deflated.readableBytes()), limit);
        ByteBuf out = allocator.buffer(guess, limit);
        Inflated inflated = new Inflated.Refused(CORRUPT);
        try {
            restart(out);
            Refusal refusal = run(deflated.nioBuffer(), out, false);
            if (refusal == null) {
                refusal = run(ByteBuffer.wrap(TAIL), out, true);
            }
            inflated = refusal == null ? new Inflated.Message(out) : new Inflated.Refused(refusal);
        } catch (DataFormatException e) {
            return inflated; // what zlib says of it is for nobody
        } finally {
            inflater.reset(); // lets go of what it was given
            before = null;
            if (inflated instanceof Inflated.Refused) {
                out.release();
            }
        }
        return inflated;
    }

    /**
     * Inflates all of {@code in}.
     *
     * @param isLast whether the stream must end with its last byte
     */
    private @Nullable Refusal run(ByteBuffer in, ByteBuf out, boolean isLast) throws DataFormatException {
        inflater.setInput(in);
        while (true) {
            if (inflater.finished()) {
                if (isLast && !in.hasRemaining()) {
                    return isText && utf8 != Utf8.ACCEPT ? NOT_UTF8 : null;
                }
                if (++finalBlocks > FINAL_BLOCKS_MAX) {
                    return CORRUPT;
                }
                restart(out);
                inflater.setInput(in);
            } else if (inflater.needsInput()) {
                return isLast ? CORRUPT : null;
            }
            if (out.writerIndex() == bytesMax) {
                if (inflater.inflate(one) > 0) {
                    return tooLarge();
                }
            } else if (!more(out)) {
                return NOT_UTF8;
            }
        }
    }

    /** Inflates into what room there is, or into more; false where the text is not valid. */
    private boolean more(ByteBuf out) throws DataFormatException {
        if (!out.isWritable()) {
            out.capacity((int) Math.min(2L * out.capacity(), bytesMax));
        }
        int at = out.writerIndex();
        ByteBuffer room = out.internalNioBuffer(at, out.writableBytes());
        int from = room.position();
        int bytes = inflater.inflate(room);
        out.writerIndex(at + bytes);
        if (isText && bytes > 0) {
            utf8 = Utf8.after(utf8, room, from, from + bytes);
        }
        return utf8 != Utf8.REJECT;
    }

    private Refusal tooLarge() {
        return new Refusal(
                CloseCode.MESSAGE_TOO_BIG,
                "message inflates to more than the limit of " + bytesMax + " bytes",
                "RFC 6455 §7.4.1");
    }

    /** Begins a stream that may refer to what is in {@code out}, and before that to the context. */
    private void restart(ByteBuf out) {
        inflater.reset();
        int own = Math.min(out.writerIndex(), 1 << DeflateSettings.WINDOW_BITS_MAX);
        Context older = before;
        int olderBytes = older == null ? 0 : Math.min(older.size(), (1 << DeflateSettings.WINDOW_BITS_MAX) - own);
        if (older != null && own == 0) {
            if (olderBytes > 0) {
                inflater.setDictionary(older.bytes(), 0, olderBytes);
            }
        } else if (own + olderBytes > 0) {
            byte[] window = new byte[own + olderBytes];
            if (older != null) {
                System.arraycopy(older.bytes(), older.size() - olderBytes, window, 0, olderBytes);
            }
            out.getBytes(out.writerIndex() - own, window, olderBytes, own);
            inflater.setDictionary(window);
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
