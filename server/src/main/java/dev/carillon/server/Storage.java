package dev.carillon.server;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MemoryLog;
import dev.carillon.gateway.EventLoops;
import dev.carillon.store.RocksLog;
import dev.carillon.store.RocksLogSettings;
import dev.carillon.store.StoreException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The node's logs. Together with {@link StoreMeters} the only class that knows the store, whose jar may be missing where
 * nothing is kept on disk.
 *
 * @param durable null without a data folder
 */
record Storage(ChannelLog memory, @Nullable ChannelLog durable) implements AutoCloseable {

    /** Opens the logs, the durable one only where it is not shared with other nodes; blocks while the durable one recovers. */
    static Storage open(Configuration configuration) throws StartException {
        Path folder = configuration.data();
        boolean isNeeded = configuration.effectiveChannels().stream()
                .anyMatch(rule -> rule.settings().durability() != Durability.MEMORY);
        if (folder == null || !isNeeded || configuration.redis() != null) {
            return new Storage(new MemoryLog(), null);
        }
        try {
            return new Storage(new MemoryLog(), Durable.open(folder, configuration.store()));
        } catch (NoClassDefFoundError e) {
            throw new StartException(
                    "the data folder " + folder
                            + " needs the jar carillon-store, which is not on the class path: add it,"
                            + " or set data: none and give every channel durability: memory",
                    e);
        }
    }

    /** What the log counts; null without a durable one. */
    @Nullable
    ChannelLog durableLog() {
        return durable;
    }

    @Override
    public void close() {
        if (durable != null) {
            durable.close();
        }
        memory.close();
    }

    /** Loaded only where a durable log is asked for. */
    private static final class Durable {

        static ChannelLog open(Path folder, StoreLimits limits) throws StartException {
            try {
                return RocksLog.open(folder, settingsOf(limits), EventLoops::together);
            } catch (StoreException e) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
        }

        private static RocksLogSettings settingsOf(StoreLimits limits) {
            return new RocksLogSettings(
                    limits.queueBytes(),
                    limits.queueReads(),
                    limits.batchBytes(),
                    limits.readCommitters(),
                    limits.channelsCached(),
                    limits.blockCacheBytes(),
                    limits.writeBufferBytes(),
                    limits.retryAfter());
        }
    }
}
