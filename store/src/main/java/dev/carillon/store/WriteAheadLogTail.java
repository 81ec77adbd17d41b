package dev.carillon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Tells an entry that a crash cut off from one whose length was damaged, before the library replays the write-ahead log.
 *
 * <p>The log is a row of blocks of 32 KiB, each a row of fragments: a masked CRC32C of what follows the length (4 bytes,
 * little-endian like the rest), the length of the payload (2), the type (1), the payload. No fragment crosses a block. The
 * library checks each fragment, but where a length leads beyond the end of the file it takes the rest of the last block for
 * an entry that was cut off, and drops it. That is right after a crash. A flipped bit in a length looks the same and would
 * cost every acknowledged record behind it. The checksum does not cover the length, so the two can be told apart: what was
 * damaged is still whole behind its header, or has whole fragments behind it, and what was cut off has neither.
 */
final class WriteAheadLogTail {

    private static final int BLOCK_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 7;
    private static final int TYPE_FULL = 1;
    private static final int TYPE_LAST = 4;
    private static final int CRC_MASK = 0xa282ead8;

    private final byte[] bytes;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();

    private WriteAheadLogTail(byte[] lastBlock) {
        this.bytes = lastBlock;
        this.buffer = ByteBuffer.wrap(lastBlock).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Looks at the last block of each write-ahead log in a folder. */
    static void check(Path folder) throws IOException, StoreException {
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
            for (Path log : logs) {
                if (isDamaged(lastBlock(log))) {
                    throw Faults.damaged(folder, "a length in " + log.getFileName(), null);
                }
            }
        }
    }

    private static byte[] lastBlock(Path log) throws IOException {
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ)) {
            long size = file.size();
            long start = size - (size % BLOCK_BYTES);
            ByteBuffer block = ByteBuffer.allocate((int) (size - start));
            while (block.hasRemaining() && file.read(block, start + block.position()) >= 0) {
                // Until it is full.
            }
            return block.array();
        }
    }

    /** Whether the last block of a log ends in a fragment that was damaged, not cut off. */
    static boolean isDamaged(byte[] lastBlock) {
        return new WriteAheadLogTail(lastBlock).endsInDamage();
    }

    private boolean endsInDamage() {
        int at = 0;
        while (at + HEADER_BYTES <= bytes.length && at + HEADER_BYTES + lengthAt(at) <= bytes.length) {
            if (lengthAt(at) == 0 && typeAt(at) == 0) {
                // Space that was reserved and not written.
                return false;
            }
            at += HEADER_BYTES + lengthAt(at);
        }
        if (at + HEADER_BYTES > bytes.length) {
            return false;
        }
        if (isWhole(at, bytes.length - at - HEADER_BYTES)) {
            return true;
        }
        for (int next = at + 1; next + HEADER_BYTES < bytes.length; next++) {
            // What stands between two headers is the payload of the first, if only its length was damaged.
            int length = lengthAt(next);
            if (isKnown(typeAt(next))
                    && length > 0
                    && next + HEADER_BYTES + length <= bytes.length
                    && isWhole(next, length)
                    && next - at > HEADER_BYTES
                    && isWhole(at, next - at - HEADER_BYTES)) {
                return true;
            }
        }
        return false;
    }

    private int lengthAt(int at) {
        return Short.toUnsignedInt(buffer.getShort(at + 4));
    }

    private int typeAt(int at) {
        return bytes[at + 6];
    }

    private static boolean isKnown(int type) {
        return type >= TYPE_FULL && type <= TYPE_LAST;
    }

    private boolean isWhole(int at, int length) {
        crc.reset();
        crc.update(bytes, at + HEADER_BYTES - 1, length + 1);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + CRC_MASK == buffer.getInt(at);
    }
}
