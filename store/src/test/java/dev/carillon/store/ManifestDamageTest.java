package dev.carillon.store;

import static dev.carillon.store.Samples.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of the store's files may be damaged: then the folder is refused, and no record is lost in silence. */
class ManifestDamageTest {

    private static final int DATA_BYTES = 100;
    private static final int RECORDS = 40;
    private static final int HEADER_BYTES = 7;
    private static final RocksLogSettings SETTINGS = RocksLogSettings.defaults();

    @TempDir
    Path folder;

    private Path whole;
    private byte[] manifest;
    private int copies;

    @BeforeEach
    void fillOneFolderAndOpenItAgain() throws Exception {
        whole = folder.resolve("whole");
        try (RocksLog log = RocksLog.open(whole, SETTINGS)) {
            Samples.appendUpTo(log, Durability.DISK, 1, RECORDS, DATA_BYTES);
        }
        // The opening writes what it replays into files, and lists them.
        assertThat(headOf(whole)).isEqualTo(RECORDS);
        manifest = Files.readAllBytes(manifestOf(whole));
    }

    private static Path manifestOf(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("MANIFEST-"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    private static long headOf(Path folder) throws StoreException {
        try (RocksLog log = RocksLog.open(folder, SETTINGS)) {
            return Samples.open(log, ORDERS) instanceof Opened.Kept(LogState state) ? state.head() : 0;
        }
    }

    private void assertRefusedOrWhole(int at, int mask) throws Exception {
        Path copy = folder.resolve("copy-" + copies++);
        Samples.copy(whole, copy);
        byte[] flipped = manifest.clone();
        flipped[at] ^= (byte) mask;
        Files.write(manifestOf(copy), flipped);
        try {
            assertThat(headOf(copy))
                    .as("bit %d of byte %d of %d", mask, at, manifest.length)
                    .isEqualTo(RECORDS);
        } catch (StoreException e) {
            assertThat(e.reason()).isEqualTo(StoreException.Reason.DAMAGED);
            assertThat(e).hasMessageContaining(copy.toString()).hasMessageNotContaining("\n");
        }
    }

    @Test
    void aFlippedBitInAnyHeaderIsRefusedThoughItMayLookLikeACut() throws Exception {
        ByteBuffer log = ByteBuffer.wrap(manifest).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + HEADER_BYTES <= manifest.length; ) {
            for (int bit = 0; bit < HEADER_BYTES * 8; bit++) {
                assertRefusedOrWhole(at + bit / 8, 1 << bit % 8);
            }
            at += HEADER_BYTES + Short.toUnsignedInt(log.getShort(at + 4));
        }
    }

    @Test
    void aFlippedBitAnywhereIsRefused() throws Exception {
        for (int at = 0; at < manifest.length; at += 23) {
            assertRefusedOrWhole(at, 1 << at % 8);
        }
    }
}
