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
 * Looks for damage in the library's logs before the library does: in the write-ahead logs and in the manifests, which list
 * what files there are. Both have one format.
 *
 * <p>A log is a row of blocks of 32 KiB, each a row of fragments: a masked CRC32C of what follows the length (4 bytes,
 * little-endian like the rest), the length of the payload (2), the type (1), the payload. No fragment crosses a block.
 *
 * <p>The library checks each fragment, but where a length leads beyond the end of the file it takes the rest of the last
 * block for an entry that was cut off, and drops it. That is right after a crash. A flipped bit in a length looks the same
 * and would cost every acknowledged record behind it, or every file that is listed there. The checksum does not cover the
 * length, so the two can be told apart: what was damaged is still whole behind its header, or has whole fragments behind
 * it, and what was cut off has neither.
 *
 * <p>A manifest is looked at as a whole: over some damaged fragments of one RocksDB 11.8 reads for ever, and the opening
 * would never return.
 */
final class LogFile {

    private static final int BLOCK_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 7;
    private static final int TYPE_FULL = 1;
    private static final int TYPE_LAST = 4;
    private static final int CRC_MASK = 0xa282ead8;

    private final byte[] bytes;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();

    private LogFile(byte[] block) {
        this.bytes = block;
        this.buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Looks at the last block of each write-ahead log and at all of each manifest in a folder. */
    static void check(Path folder) throws IOException, StoreException {
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
            for (Path log : logs) {
                try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ)) {
                    if (isDamaged(block(file, file.size() / BLOCK_BYTES))) {
                        throw Faults.damaged(folder, "a length in " + log.getFileName(), null);
                    }
                }
            }
        }
        try (DirectoryStream<Path> manifests = Files.newDirectoryStream(folder, "MANIFEST-*")) {
            for (Path manifest : manifests) {
                try (FileChannel file = FileChannel.open(manifest, StandardOpenOption.READ)) {
                    if (isManifestDamaged(file)) {
                        throw Faults.damaged(folder, "an entry of " + manifest.getFileName(), null);
                    }
                }
            }
        }
    }

    private static boolean isManifestDamaged(FileChannel file) throws IOException {
        long last = file.size() / BLOCK_BYTES;
        for (long number = 0; number < last; number++) {
            LogFile block = new LogFile(block(file, number));
            if (block.wholeFragments() < BLOCK_BYTES) {
                return true;
            }
        }
        LogFile block = new LogFile(block(file, last));
        int end = block.wholeFragments();
        return end < block.bytes.length && (block.fits(end) || block.endsInDamage());
    }

    private static byte[] block(FileChannel file, long number) throws IOException {
        long start = number * BLOCK_BYTES;
        ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, file.size() - start));
        while (block.hasRemaining() && file.read(block, start + block.position()) >= 0) {
            // Until it is full.
        }
        return block.array();
    }

    /** Where the first fragment begins whose checksum is wrong or that leads beyond the block; the block's size without. */
    private int wholeFragments() {
        int at = 0;
        while (at + HEADER_BYTES <= bytes.length) {
            if (lengthAt(at) == 0 && typeAt(at) == 0) {
                // Space that was reserved and not written.
                return bytes.length;
            }
            if (!fits(at) || !isWhole(at, lengthAt(at))) {
                return at;
            }
            at += HEADER_BYTES + lengthAt(at);
        }
        // What is left of a block that has no room for a header is filled with zeros.
        return bytes.length;
    }

    private boolean fits(int at) {
        return at + HEADER_BYTES + lengthAt(at) <= bytes.length;
    }

    /** Whether the last block of a log ends in a fragment that was damaged, not cut off. */
    static boolean isDamaged(byte[] lastBlock) {
        return new LogFile(lastBlock).endsInDamage();
    }

    private boolean endsInDamage() {
        int at = 0;
        while (at + HEADER_BYTES <= bytes.length && fits(at)) {
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
