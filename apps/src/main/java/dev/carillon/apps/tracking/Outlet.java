package dev.carillon.apps.tracking;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.LocalChannels;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The way out to the channels. Thread-safe; waits for each answer.
 *
 * <p>At most {@link #AT_ONCE} wait for one: a session takes no more questions than its bound, and thousands of couriers that
 * say something in the same moment are to wait rather than to be refused.
 */
final class Outlet {

    /** So many publishes are on their way at once. */
    static final int AT_ONCE = 64;

    private final LocalChannels channels;
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    Outlet(LocalChannels channels) {
        this.channels = channels;
    }

    /** Publishes to a stream; null once it is kept, else why not. */
    @Nullable
    Code publish(ChannelName channel, Data data, @Nullable String key) {
        places.acquireUninterruptibly();
        try {
            return outcome(channels.publish(channel, data, key));
        } finally {
            places.release();
        }
    }

    /** Sets a value of a map; null once it is kept, else why not. */
    @Nullable
    Code set(ChannelName channel, String key, @Nullable String tag, Data data) {
        return change(channel, new Change(key, tag, false), data);
    }

    /** Takes a value of a map away; null once that is kept, else why not. */
    @Nullable
    Code remove(ChannelName channel, String key) {
        return change(channel, new Change(key, null, true), Data.NONE);
    }

    private @Nullable Code change(ChannelName channel, Change change, Data data) {
        places.acquireUninterruptibly();
        try {
            return outcome(channels.set(channel, change, data));
        } finally {
            places.release();
        }
    }

    private @Nullable Code outcome(LocalChannels.PublishOutcome outcome) {
        return switch (outcome) {
            case LocalChannels.PublishOutcome.Kept _ -> {
                published.incrementAndGet();
                yield null;
            }
            case LocalChannels.PublishOutcome.Refused(Code code, String _) -> {
                refused.incrementAndGet();
                yield code;
            }
        };
    }

    long published() {
        return published.get();
    }

    long refused() {
        return refused.get();
    }
}
