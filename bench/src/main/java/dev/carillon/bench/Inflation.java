package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates messages that were each deflated by themselves (RFC 7692 §7.2.2). Many readers are sent the same one after the
 * other: as long as the bytes are the same, they are not inflated again. For the generator's thread.
 */
final class Inflation implements AutoCloseable {

    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Inflater inflater = new Inflater(true);
    private final MemorySegment last;
    private final MemorySegment inflated;
    private int lastBytes = -1;
    private int inflatedBytes;

    Inflation(Kernel kernel) {
        last = kernel.allocate(Generator.READ_BYTES);
        inflated = kernel.allocate(Generator.READ_BYTES);
    }

    /** Inflates a message into {@link #inflated}, and answers how many bytes it comes to. */
    int inflate(MemorySegment buffer, long at, int length) throws BenchException {
        MemorySegment deflated = buffer.asSlice(at, length);
        if (length == lastBytes && last.asSlice(0, length).mismatch(deflated) < 0) {
            return inflatedBytes;
        }
        lastBytes = -1;
        inflater.reset();
        try {
            inflatedBytes = run(deflated);
        } catch (DataFormatException e) {
            throw new BenchException("the server sent a message that is not DEFLATE data");
        }
        last.asSlice(0, length).copyFrom(deflated);
        lastBytes = length;
        return inflatedBytes;
    }

    private int run(MemorySegment deflated) throws DataFormatException, BenchException {
        var room = inflated.asByteBuffer();
        inflater.setInput(deflated.asByteBuffer());
        int bytes = inflater.inflate(room);
        inflater.setInput(TAIL);
        bytes += inflater.inflate(room);
        if (!room.hasRemaining() || inflater.finished()) {
            throw new BenchException("the server sent a message that inflates to " + bytes + " bytes or more");
        }
        return bytes;
    }

    /** What the last message came to; until the next. */
    MemorySegment inflated() {
        return inflated;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
