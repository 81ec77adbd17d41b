package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Forgets the channels of a log that nobody has published to for longer than anything of them is to be kept: the history's
 * age or the idempotency keys', and the time for which the epoch and the head outlive them.
 *
 * <p>A channel that is in memory, or was used since the log was listed, stays. The log is asked and told on the channel's
 * shard, and keeps the order of calls, so whoever attaches the channel afterwards finds it whole or gone.
 */
public final class Forgetting {

    private final Node node;
    private final ChannelLog log;

    public Forgetting(Node node, ChannelLog log) {
        this.node = node;
        this.log = log;
    }

    /**
     * Goes through the log once; from any thread.
     *
     * @param found hears, on the log's thread, how many channels are due
     */
    public void sweep(IntConsumer found) {
        log.list(channels -> {
            List<ChannelLog.Summary> due = channels.stream().filter(this::isDue).toList();
            due.forEach(this::forget);
            found.accept(due.size());
        });
    }

    private boolean isDue(ChannelLog.Summary channel) {
        ChannelSettings settings = node.ports.catalog().settingsOf(channel.channel());
        if (settings == null) {
            return false; // whoever changed the configuration may change it back
        }
        Duration kept = settings.historyAgeMax().compareTo(settings.idempotencyAgeMax()) > 0
                ? settings.historyAgeMax()
                : settings.idempotencyAgeMax();
        long end = channel.lastAt() + kept.plus(settings.forgetAfter()).toMillis();
        return end < node.ports.clock().millis();
    }

    private void forget(ChannelLog.Summary channel) {
        Shard shard = node.shardOf(channel.channel());
        shard.mailbox.post(() -> {
            if (shard.attached(channel.channel()) == null) {
                log.open(channel.channel(), opened -> shard.mailbox.post(() -> forgetIfStill(shard, channel, opened)));
            }
        });
    }

    /** A map's values outlive its history: until they are removed, or their time is over. */
    private boolean holdsValues(ChannelName name, LogState state) {
        ChannelSettings settings = node.ports.catalog().settingsOf(name);
        long now = node.ports.clock().millis();
        return settings != null
                && settings.kind().hasKeys()
                && state.changes().stream()
                        .anyMatch(change -> change.hasValue() && !settings.map().isOver(change.at(), now));
    }

    private void forgetIfStill(Shard shard, ChannelLog.Summary channel, ChannelLog.Opened opened) {
        boolean isSame = opened instanceof ChannelLog.Opened.Kept(LogState state)
                && state.epoch() == channel.epoch()
                && state.head() == channel.head()
                && !holdsValues(channel.channel(), state);
        if (isSame && shard.attached(channel.channel()) == null) {
            log.forget(channel.channel());
        }
    }
}
