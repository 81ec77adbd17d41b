package dev.carillon.store;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.ChannelLogContract;
import dev.carillon.engine.Durability;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The durable log does what the specification does, at both its classes and with a cache that holds next to nothing. */
class RocksLogContractTest {

    @Nested
    class AtFsync extends ChannelLogContract {
        @TempDir
        Path folder;

        @Override
        protected ChannelLog make() throws StoreException {
            return RocksLog.open(folder, RocksLogSettings.defaults());
        }
    }

    @Nested
    class AtDiskWithTwoChannelsCached extends ChannelLogContract {
        @TempDir
        Path folder;

        @Override
        protected ChannelLog make() throws StoreException {
            return RocksLog.open(folder, RocksLogSettings.defaults().withChannelsCachedMax(2));
        }

        @Override
        protected Durability durability() {
            return Durability.DISK;
        }
    }
}
