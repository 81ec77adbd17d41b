package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads all that a map holds from the shared log, page by page, while others go on changing it.
 *
 * <p>Pages ascend by offset, and a key that changes meanwhile moves to the end, where it is met again: so the newest that was
 * met of each key is what the map holds when the last page was read. A removal is a change like any other, but only for as long
 * as the history keeps it. Where that has let go of what happened since the first page, nobody knows what was removed, and it
 * begins anew with larger pages; a page that holds all of it needs no luck.
 *
 * <p>Owned by the shard. If the link fails, so does it: nothing is put together over a failure.
 */
final class MapLoading {

    /**
     * What a map holds.
     *
     * @param state how the channel stood then
     * @param changes of each key its newest change that is kept, in offset order
     */
    record Loaded(SharedLog.State state, List<LogRecord> changes) {}

    private final SharedLog log;
    private final Mailbox shard;
    private final ChannelName name;
    private final ChannelSettings settings;
    private final Consumer<@Nullable Loaded> then;
    private int countMax;
    private int bytesMax;
    private LogState.Newest newest = new LogState.Newest();
    /** As the first page has told it; null before that. */
    private SharedLog.@Nullable State begun;

    /** @param then hears, on the shard, what was read; null where the link has failed */
    MapLoading(
            SharedLog log,
            Mailbox shard,
            ChannelName name,
            ChannelSettings settings,
            SharedLimits limits,
            Consumer<@Nullable Loaded> then) {
        this.log = log;
        this.shard = shard;
        this.name = name;
        this.settings = settings;
        this.then = then;
        this.countMax = limits.fillCountMax();
        this.bytesMax = limits.fillBytesMax();
    }

    void begin() {
        newest = new LogState.Newest();
        begun = null;
        read(0);
    }

    private void read(long after) {
        log.changes(
                name,
                settings,
                after,
                countMax,
                bytesMax,
                answer -> shard.post(() -> {
                    switch (answer) {
                        case SharedLog.Changes.Page page -> onPage(page);
                        case SharedLog.Changes.Failed _ -> then.accept(null);
                    }
                }));
    }

    private void onPage(SharedLog.Changes.Page page) {
        SharedLog.State first = begun == null ? page.state() : begun;
        begun = first;
        if (!continues(first, page.state())) {
            countMax = doubled(countMax);
            bytesMax = doubled(bytesMax);
            begin();
            return;
        }
        page.changes().forEach(newest::add);
        if (page.isLast()) {
            then.accept(new Loaded(page.state(), newest.records()));
        } else {
            read(page.changes().getLast().offset());
        }
    }

    private static boolean continues(SharedLog.State first, SharedLog.State now) {
        return now.head().epoch() == first.head().epoch()
                && now.head().offset() >= first.head().offset()
                && now.oldest() - 1 <= first.head().offset();
    }

    private static int doubled(int bound) {
        return bound > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : bound * 2;
    }
}
