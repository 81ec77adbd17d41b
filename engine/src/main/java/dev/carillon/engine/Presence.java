package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is here, for the readers of one channel: the {@link Roster}, its version, and the newest differences (PROTOCOL.md
 * §6.2). Each join and each leave counts up the version and is told to the readers; a returning one is given the
 * differences since its version as far as they are remembered, and the whole list otherwise. Owned by the channel's shard.
 */
final class Presence implements Roster.Changes {

    /** How many differences are remembered. */
    static final int DIFFERENCES_MAX = 256;

    /** A join or a leave, and the version after it. */
    record Difference(long version, EncodedEvent event) {}

    private final ChannelName channel;
    private final Shard shard;
    private final Consumer<Difference> announce;
    private final Roster roster;
    private final ArrayDeque<Difference> recent = new ArrayDeque<>();
    private long version;
    /** The list as of now, made once for all who are given it before it changes; null where it isn't made. */
    private ServerMessage.@Nullable PresenceList users;

    /** The same encoded; likewise. */
    private @Nullable EncodedEvent list;
    /** True exactly while a timer is set. */
    private boolean isTiming;

    /**
     * @param announce tells a difference to the channel's readers
     */
    Presence(ChannelName channel, Shard shard, Consumer<Difference> announce) {
        this.channel = channel;
        this.shard = shard;
        this.announce = announce;
        this.version = shard.newPresenceVersion();
        this.roster = new Roster(
                shard.limits.presenceMax(), shard.limits.presenceGrace().toNanos(), this);
    }

    /** Whether nobody is listed. */
    boolean isEmpty() {
        return roster.isEmpty();
    }

    // ---- who is here

    /**
     * A subscription stands that asked for presence.
     *
     * @param lease lists its user; null for somebody who has proven to be nobody
     * @param since the version that it holds; 0 for none
     */
    PresenceNews onSubscribed(@Nullable Lease lease, long since) {
        if (lease == null) {
            return new PresenceNews(null, version, since(since));
        }
        forgetList(); // a session more of one who is listed already is no difference, but counts in the list
        if (roster.enter(lease)) {
            return new PresenceNews(null, version, since(since));
        }
        int max = shard.limits.presenceMax();
        String message = max + " users are listed in this channel's presence, as many as may be";
        return new PresenceNews(new CatchUp.Refused(Code.PRESENCE_FULL, message), version, since(since));
    }

    /** A subscription has ended. */
    void onUnsubscribed(Lease lease, boolean isForGood) {
        forgetList();
        if (isForGood) {
            roster.leave(lease);
        } else {
            roster.lapse(lease, shard.clock.nanos());
            expireInTime();
        }
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
        expireInTime();
    }

    @Override
    public void onJoin(String user) {
        shard.counters.joins.increment();
        change(EncodedEvent.of(new ServerMessage.Join(channel, user, version + 1)));
    }

    @Override
    public void onLeave(String user) {
        shard.counters.leaves.increment();
        change(EncodedEvent.of(new ServerMessage.Leave(channel, user, version + 1)));
    }

    private void change(EncodedEvent event) {
        forgetList();
        version++;
        shard.onPresenceVersion(version);
        if (recent.size() == DIFFERENCES_MAX) {
            recent.removeFirst();
        }
        Difference difference = new Difference(version, event);
        recent.addLast(difference);
        announce.accept(difference);
    }

    // ---- what is told

    /** The whole list, for a reader. */
    PresenceNews whole() {
        return new PresenceNews(null, version, List.of(list()));
    }

    /** The whole list. */
    ServerMessage.PresenceList users() {
        ServerMessage.PresenceList made = users;
        if (made == null) {
            made = new ServerMessage.PresenceList(null, channel, version, roster.list());
            users = made;
        }
        return made;
    }

    private EncodedEvent list() {
        EncodedEvent made = list;
        if (made == null) {
            made = EncodedEvent.of(users());
            list = made;
        }
        return made;
    }

    private void forgetList() {
        users = null;
        list = null;
    }

    private List<EncodedEvent> since(long since) {
        boolean isRemembered = since <= version && since >= version - recent.size();
        if (!isRemembered) {
            return List.of(list());
        }
        List<EncodedEvent> events = new ArrayList<>();
        for (Difference difference : recent) {
            if (difference.version() > since) {
                events.add(difference.event());
            }
        }
        return events;
    }
}
