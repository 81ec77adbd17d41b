package dev.carillon.simulation;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.MemoryLog;
import dev.carillon.protocol.ChannelName;
import java.util.List;
import java.util.function.Consumer;

/** The engine's own log in memory, as nodes use it for channels that keep nothing; the model hears what it keeps. */
final class WatchedMemory implements ChannelLog {

    private final MemoryLog log = new MemoryLog();
    private final SimulatedLog.Watcher watcher;

    WatchedMemory(SimulatedLog.Watcher watcher) {
        this.watcher = watcher;
    }

    @Override
    public Durability durabilityMax() {
        return log.durabilityMax();
    }

    @Override
    public int channelCount() {
        return log.channelCount();
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        log.open(channel, answer);
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        log.append(channel, epoch, durability, record, appended -> {
            if (appended instanceof Appended.Stored) {
                watcher.onWritten(channel, epoch, record);
                watcher.onStored(channel, record.offset());
            }
            answer.accept(appended);
        });
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        log.read(channel, first, last, answer);
    }

    @Override
    public void trim(ChannelName channel, long oldest, long oldestOnce) {
        log.trim(channel, oldest, oldestOnce);
    }

    @Override
    public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        log.compact(channel, oldest, oldestOnce, live);
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        log.redact(channel, epoch, durability, offset, redacted -> {
            if (redacted instanceof Appended.Stored) {
                watcher.onRedacted(channel, offset);
            }
            answer.accept(redacted);
        });
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        log.purge(channel, epoch, durability, purged -> {
            if (purged instanceof Appended.Stored) {
                watcher.onPurged(channel);
                watcher.onPurgeStored(channel);
            }
            answer.accept(purged);
        });
    }

    @Override
    public void forget(ChannelName channel) {
        log.forget(channel);
    }

    @Override
    public void list(Consumer<List<Summary>> answer) {
        log.list(answer);
    }

    @Override
    public void close() {
        log.close();
    }
}
