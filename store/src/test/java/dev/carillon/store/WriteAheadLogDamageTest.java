package dev.carillon.store;

import static dev.carillon.store.Samples.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.ChannelLog.Read;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash cuts off is let go; what was damaged is refused, so that no acknowledged record is lost in silence. */
class WriteAheadLogDamageTest {

    private static final int DATA_BYTES = 3000;
    private static final int RECORDS = 40;
    private static final RocksLogSettings SETTINGS = RocksLogSettings.defaults();

    @TempDir
    Path folder;

    private Path whole;
    private byte[] bytes;
    private int copies;

    @BeforeEach
    void fillOneWriteAheadLog() throws Exception {
        whole = folder.resolve("whole");
        try (RocksLog log = RocksLog.open(whole, SETTINGS)) {
            for (int offset = 1; offset <= RECORDS; offset++) {
                Samples.appendUpTo(log, Durability.DISK, offset, offset, DATA_BYTES);
            }
        }
        bytes = Files.readAllBytes(Samples.writeAheadLog(whole));
    }

    private Path damaged(byte[] damagedBytes) throws IOException {
        Path copy = folder.resolve("copy-" + copies++);
        Samples.copy(whole, copy);
        Files.write(Samples.writeAheadLog(copy), damagedBytes);
        return copy;
    }

    /** The last record that can be read, 0 for none. */
    private static long headOf(Path copy) throws StoreException {
        try (RocksLog log = RocksLog.open(copy, SETTINGS)) {
            if (!(Samples.open(log, ORDERS) instanceof Opened.Kept(LogState state))) {
                return 0;
            }
            assertThat(Samples.read(log, ORDERS, 1, Long.MAX_VALUE))
                    .isEqualTo(Samples.records(1, state.head(), DATA_BYTES));
            return state.head();
        }
    }

    @Test
    void aLogThatWasCutAnywhereOpensWithWhatIsWholeAndGoesOn() throws Exception {
        long most = 0;
        for (int length = 0; length <= bytes.length; length += 2003) {
            Path copy = damaged(Arrays.copyOf(bytes, length));
            long head = headOf(copy);
            assertThat(head)
                    .as("cut at %d", length)
                    .isBetween(length / (DATA_BYTES + 400L), length / (long) DATA_BYTES);
            assertThat(head).isGreaterThanOrEqualTo(most);
            most = head;
            try (RocksLog log = RocksLog.open(copy, SETTINGS)) {
                Samples.appendUpTo(log, Durability.DISK, head + 1, head + 2, DATA_BYTES);
            }
            assertThat(headOf(copy)).isEqualTo(head + 2);
        }
        assertThat(headOf(damaged(bytes))).isEqualTo(RECORDS);
    }

    @Test
    void aLogWithAFlippedBitAnywhereIsRefusedAndLeftAsItIs() throws Exception {
        for (int at = 0; at < bytes.length; at += 509) {
            assertRefused(at, 1 << at % 8);
        }
    }

    @Test
    void aFlippedBitInAnyLengthIsRefusedTooThoughItLooksLikeACut() throws Exception {
        for (int header : headers()) {
            for (int bit = 0; bit < 8; bit++) {
                assertRefused(header + 4, 1 << bit);
                assertRefused(header + 5, 1 << bit);
            }
        }
    }

    private void assertRefused(int at, int mask) throws Exception {
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) mask;
        Path copy = damaged(flipped);
        StoreException refusal = null;
        try {
            long head = headOf(copy);
            // A flip may leave the file's meaning as it was, but never lose a record in silence.
            assertThat(head)
                    .as("bit %d of byte %d of %d", mask, at, bytes.length)
                    .isEqualTo(RECORDS);
        } catch (StoreException e) {
            refusal = e;
        }
        if (refusal != null) {
            assertThat(refusal.reason()).isEqualTo(StoreException.Reason.DAMAGED);
            assertThat(refusal).hasMessageContaining(copy.toString()).hasMessageNotContaining("\n");
            assertThat(Files.readAllBytes(Samples.writeAheadLog(copy))).isEqualTo(flipped);
        }
    }

    /** Where the fragments of the last block and the first two of each other one begin. */
    private List<Integer> headers() {
        ByteBuffer log = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> headers = new ArrayList<>();
        int block = 32 << 10;
        for (int start = 0; start < bytes.length; start += block) {
            int at = start;
            int end = Math.min(start + block, bytes.length);
            for (int fragment = 0; at + 7 <= end; fragment++) {
                if (fragment < 2 || start + block > bytes.length) {
                    headers.add(at);
                }
                at += 7 + Short.toUnsignedInt(log.getShort(at + 4));
            }
        }
        return headers;
    }

    @Test
    void aTableFileThatWasDamagedIsNoticedWhenItIsRead() throws Exception {
        Path copy = folder.resolve("tables");
        Samples.copy(whole, copy);
        // The opening writes what it replays into files.
        assertThat(headOf(copy)).isEqualTo(RECORDS);
        try (Stream<Path> files = Files.list(copy)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".sst")).toList()) {
                byte[] table = Files.readAllBytes(file);
                if (table.length > RECORDS * DATA_BYTES) {
                    table[table.length / 2] ^= 1;
                    Files.write(file, table);
                }
            }
        }
        try (RocksLog log = RocksLog.open(copy, SETTINGS)) {
            CompletableFuture<Read> answer = new CompletableFuture<>();
            log.read(ORDERS, 1, RECORDS, answer::complete);
            assertThat(Samples.now(answer)).isEqualTo(new Read.Failed(Fault.BROKEN));
            assertThat(log.metrics().failures(Fault.BROKEN)).isPositive();
            assertThat(Samples.read(log, ORDERS, 1, 2)).isEqualTo(Samples.records(1, 2, DATA_BYTES));
        }
    }
}
