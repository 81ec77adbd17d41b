package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is here, for the readers of one channel: the {@link Roster} of this node's sessions, or of several nodes the {@link
 * SharedRoster} that this one adds to, its version, and the newest differences (PROTOCOL.md
 * §6.2). Each join and each leave counts up the version and is told to the readers; a returning one is given the
 * differences since its version as far as they are remembered, and the list in pages otherwise ({@link PresencePages}). Those
 * who asked for numbers only are told them, at most once an interval. Owned by the channel's shard.
 */
final class Presence implements Roster.Changes, SharedRoster.Hearer {

    /**
     * A join or a leave, and the version after it.
     *
     * @param left who left, and when it had come; null for a join
     */
    record Difference(long version, EncodedEvent event, Roster.@Nullable Arrived left) {}

    /** Tells the channel's readers. */
    interface Readers {
        void onDifference(Difference difference);

        void onCount(EncodedEvent count);

        /** The list is another one, and no version before is remembered. */
        void onReplaced();
    }

    private final ChannelName channel;
    private final Shard shard;
    private final Readers readers;
    /** Those of this node. */
    private final Roster roster;
    /** Those of all nodes; null where this one's are all. */
    private final @Nullable SharedRoster shared;
    /** Those of whom readers are told. */
    private final PresentUsers present;

    private final ArrayDeque<Difference> recent = new ArrayDeque<>();
    private final PresencePages pages;
    private long version;
    /** How many users of this node have come, where {@link #shared} says which version that is. */
    private long arrivals;
    /** True exactly while a timer is set for the first grace that ends. */
    private boolean isTiming;

    /** True once somebody has asked for numbers only. */
    private boolean isCounted;
    /** True exactly while a timer is set that tells the numbers. */
    private boolean isCounting;
    /** When they were told last; before that, so long ago that they may be told at once. */
    private long countedAtNanos;

    Presence(ChannelName channel, Shard shard, Readers readers) {
        EngineLimits limits = shard.limits;
        this.channel = channel;
        this.shard = shard;
        this.readers = readers;
        this.version = shard.newPresenceVersion();
        this.roster = new Roster(limits.presenceMax(), limits.presenceGrace().toNanos(), this);
        SharedRosters rosters = shard.broker.rosters();
        this.shared = rosters == null ? null : rosters.open(channel, version, this);
        this.present = shared == null ? roster : shared;
        this.pages = new PresencePages(channel, present, recent, shard.counters, limits.presencePageMax());
        this.countedAtNanos =
                shard.clock.nanos() - limits.presenceCountInterval().toNanos();
    }

    /** Whether nobody of this node is listed, here or where nodes share it. */
    boolean isEmpty() {
        return roster.isEmpty() && (shared == null || shared.isQuit());
    }

    /** Runs a task once it is known who is here, or as long as that cannot be known. */
    void whenReady(Runnable task) {
        if (shared == null) {
            task.run();
        } else {
            shared.whenReady(task);
        }
    }

    /** The channel leaves the memory. */
    void close() {
        SharedRosters rosters = shard.broker.rosters();
        if (rosters != null && shared != null) {
            rosters.close(shared);
        }
    }

    // ---- who is here

    /**
     * A subscription stands that asked for presence.
     *
     * @param lease lists its user; null for somebody who has proven to be nobody
     * @param since as {@link ClientMessage.Subscribe#presence}
     */
    PresenceNews onSubscribed(@Nullable Lease lease, long since) {
        boolean isListed = lease == null || (hasRoomFor(lease.user) && roster.enter(lease));
        if (lease != null) {
            tellOthers(lease.user);
            onChange(); // a session more of one who is listed already is no difference, but shows
        }
        PresenceNews news = newsSince(since);
        if (isListed) {
            return news;
        }
        int max = shard.limits.presenceMax();
        String message = max + " users are listed in this channel's presence, as many as may be";
        return news.butRefused(new CatchUp.Refused(Code.PRESENCE_FULL, message));
    }

    /** Of all nodes together there may be a few more, who come at the same time. */
    private boolean hasRoomFor(String user) {
        return shared == null || shared.lists(user) || shared.size() < shard.limits.presenceMax();
    }

    private void tellOthers(String user) {
        if (shared != null) {
            shared.want(user, roster.connectionsOf(user));
        }
    }

    /** A subscription has ended. */
    void onUnsubscribed(Lease lease, boolean isForGood) {
        if (isForGood) {
            roster.leave(lease);
        } else {
            roster.lapse(lease, shard.clock.nanos());
            expireInTime();
        }
        tellOthers(lease.user);
        onChange();
    }

    /** Those of whom it is known that they will not come back. */
    void endLapsing(BiPredicate<Principal, String> which) {
        roster.endLapsing(which);
        onChange();
    }

    private void expireInTime() {
        Lease first = roster.firstLapsing();
        if (first != null && !isTiming) {
            isTiming = true;
            Duration rest = Duration.ofNanos(Math.max(0, first.endsAtNanos() - shard.clock.nanos()));
            shard.later(rest, this::onGraceOver);
        }
    }

    private void onGraceOver() {
        isTiming = false;
        roster.expire(shard.clock.nanos());
        onChange();
        expireInTime();
    }

    @Override
    public long onJoin(String user) {
        shard.counters.joins.increment();
        if (shared != null) {
            return ++arrivals; // it has come once all nodes' list says so
        }
        onCame(user);
        return version;
    }

    @Override
    public void onLeave(Roster.Arrived left) {
        shard.counters.leaves.increment();
        if (shared == null) {
            onGone(left);
        } else {
            shared.want(left.user(), SharedPresence.ABSENT);
        }
    }

    @Override
    public void onCame(String user) {
        change(EncodedEvent.of(new ServerMessage.Join(channel, user, version + 1)), null);
    }

    @Override
    public void onGone(Roster.Arrived left) {
        change(EncodedEvent.of(new ServerMessage.Leave(channel, left.user(), version + 1)), left);
    }

    @Override
    public void onReplaced(long replacedBy) {
        version = replacedBy;
        shard.onPresenceVersion(version);
        recent.clear();
        pages.onReplaced();
        readers.onReplaced();
        countInTime();
    }

    @Override
    public void onChanged() {
        pages.onChange();
        countInTime();
    }

    private void change(EncodedEvent event, Roster.@Nullable Arrived left) {
        version++;
        pages.onChange();
        shard.onPresenceVersion(version);
        if (recent.size() >= shard.limits.presenceDifferencesMax()) {
            recent.removeFirst();
        }
        Difference difference = new Difference(version, event, left);
        recent.addLast(difference);
        readers.onDifference(difference);
        if (shared != null) {
            countInTime();
        }
    }

    /** Something of this node's has changed; of several nodes' list that is heard of later. */
    private void onChange() {
        if (shared == null) {
            onChanged();
        }
    }

    // ---- what readers are told

    /** What a reader is told that holds this version, or wants the numbers only. */
    PresenceNews newsSince(long since) {
        if (since == ClientMessage.Subscribe.COUNT) {
            isCounted = true;
            return new PresenceNews(null, version, List.of(EncodedEvent.of(count())), null);
        }
        return since > 0 && isRemembered(since)
                ? new PresenceNews(null, version, differencesSince(since), null)
                : page(pages.beginning(version));
    }

    /** The page that begins here, or, if that is forgotten, the first of a list anew. Behind the last one come the differences since. */
    PresenceNews newsAt(PresenceCursor at) {
        return page(isRemembered(at.version()) ? at : restarted());
    }

    private PresenceCursor restarted() {
        shard.counters.presenceRestarts.increment();
        return pages.beginning(version);
    }

    private PresenceNews page(PresenceCursor at) {
        PresencePages.Page page = pages.page(at);
        if (page.next() != null) {
            return new PresenceNews(null, version, List.of(page.event()), page.next());
        }
        List<EncodedEvent> messages = differencesSince(at.version());
        messages.addFirst(page.event());
        return new PresenceNews(null, version, messages, null);
    }

    private boolean isRemembered(long since) {
        return since <= version && since >= version - recent.size();
    }

    private List<EncodedEvent> differencesSince(long since) {
        List<EncodedEvent> events = new ArrayList<>();
        for (Difference difference : recent) {
            if (difference.version() > since) {
                events.add(difference.event());
            }
        }
        return events;
    }

    // ---- what is asked by command

    /** A page of the list as it is now, or, with what such a page has told, the next one as it was then; from the beginning where that is forgotten. */
    ServerMessage.PresenceList list(@Nullable String after, int wanted) {
        PresenceCursor at = after == null ? null : PresenceCursor.parse(after);
        if (at != null && isRemembered(at.version())) {
            return pages.list(at, wanted);
        }
        if (after != null) {
            shard.counters.presenceRestarts.increment();
        }
        return pages.list(PresenceCursor.beginning(version), wanted);
    }

    /** How many are here. */
    ServerMessage.PresenceCount count() {
        return new ServerMessage.PresenceCount(null, channel, present.size(), present.connections());
    }

    // ---- numbers only

    private void countInTime() {
        if (!isCounted || isCounting) {
            return;
        }
        isCounting = true;
        long dueNanos = countedAtNanos + shard.limits.presenceCountInterval().toNanos();
        Duration rest = Duration.ofNanos(Math.max(0, dueNanos - shard.clock.nanos()));
        shard.later(rest, this::tellCount);
    }

    private void tellCount() {
        isCounting = false;
        countedAtNanos = shard.clock.nanos();
        readers.onCount(EncodedEvent.of(count()));
    }
}
