package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A shard's part in the presence of all nodes: its lease, and a {@link SharedRoster} for each of its channels in which
 * somebody asked who is present. Owned by the shard.
 *
 * <p><b>The lease</b> is renewed as long as there are such channels. If it has ended, because the node stalled or was cut off,
 * the users of its sessions may have been taken away already: it takes another lease and lists them under that.
 *
 * <p><b>Dead nodes.</b> Every node looks after the leases that list somebody in its channels, and takes away what was listed
 * under one that has ended. All may do it at once.
 */
public final class SharedRosters implements SharedPresence.Feed {

    /** What it needs of the broker whose link this is. */
    interface Link {
        boolean isAway();

        /** A call has failed. */
        void goAway();
    }

    private final Mailbox shard;
    private final Timers timers;
    private final Clock clock;
    private final Randomness randomness;
    private final SharedPresence presence;
    private final SharedLimits limits;
    private final EngineCounters counters;
    private final Link link;
    private final Map<ChannelName, SharedRoster> rosters = new LinkedHashMap<>();
    private final SharedRoster.Owner owner = new Lent();

    /** 0 before the first. */
    private long lease;
    /** When it was asked for last, so that it lasts from no earlier than then. */
    private long renewedAt;
    /** Since when the link has not failed. */
    private long backAt;

    SharedRosters(
            Node.ShardPorts shard,
            Clock clock,
            Randomness randomness,
            SharedPresence presence,
            SharedLimits limits,
            EngineCounters counters,
            Link link) {
        this.shard = shard.mailbox();
        this.timers = shard.timers();
        this.clock = clock;
        this.randomness = randomness;
        this.presence = presence;
        this.limits = limits;
        this.counters = counters;
        this.link = link;
        this.backAt = clock.nanos() - limits.leaseTime().toNanos();
        presence.begin(this);
    }

    // ---- channels

    /**
     * Begins to follow who is present in a channel.
     *
     * @param version for readers, as long as nothing is known of the channel
     */
    SharedRoster open(ChannelName channel, long version, SharedRoster.Hearer hearer) {
        SharedRoster roster = new SharedRoster(channel, version, hearer, owner);
        rosters.put(channel, roster);
        if (!link.isAway()) {
            if (lease == 0) {
                beginLease();
            } else if (rosters.size() == 1) {
                renew(false); // it was not renewed for nothing
            }
            presence.follow(channel);
            roster.read();
        }
        return roster;
    }

    void close(SharedRoster roster) {
        roster.close();
        rosters.remove(roster.channel, roster);
        if (!link.isAway()) {
            presence.unfollow(roster.channel);
        }
    }

    @Override
    public void onChanged(ChannelName channel, SharedPresence.Change change) {
        shard.post(() -> {
            SharedRoster roster = rosters.get(channel);
            if (roster != null) {
                roster.onChanged(change);
            }
        });
    }

    // ---- the lease

    private void beginLease() {
        lease = nonZero(randomness.nextLong());
        renew(true);
    }

    private static long nonZero(long random) {
        return random == 0 ? 1 : random;
    }

    private void renew(boolean isNew) {
        renewedAt = clock.nanos();
        long asked = lease;
        presence.renew(
                lease,
                isNew,
                limits.leaseTime(),
                renewed -> shard.post(() -> {
                    switch (renewed) {
                        case HELD -> {}
                        case FAILED -> link.goAway();
                        case OVER -> {
                            if (asked == lease && !link.isAway()) {
                                counters.leasesLost.increment();
                                beginLease();
                                rosters.values().forEach(SharedRoster::mend);
                            }
                        }
                    }
                }));
    }

    // ---- time

    /** It is time to look what is due. */
    void onTick() {
        if (rosters.isEmpty()) {
            return;
        }
        if (clock.nanos() - renewedAt >= limits.leaseRenewal().toNanos()) {
            renew(false);
        }
        probe();
        lookAfterOthers();
    }

    private void probe() {
        long now = clock.nanos();
        List<SharedRoster> due = new ArrayList<>();
        for (SharedRoster roster : rosters.values()) {
            if (due.size() < limits.probeMax()
                    && roster.isDue(now, limits.proofAgeMax().toNanos())) {
                due.add(roster);
            }
        }
        if (due.isEmpty()) {
            return;
        }
        List<SharedPresence.Stand> asked = due.stream().map(SharedRoster::stand).toList();
        // Those that were asked for go to the end, so that all have their turn.
        due.forEach(roster -> {
            rosters.remove(roster.channel);
            rosters.put(roster.channel, roster);
        });
        presence.stands(
                due.stream().map(roster -> roster.channel).toList(),
                stands -> shard.post(() -> {
                    switch (stands) {
                        case SharedPresence.Stands.Known(List<SharedPresence.Stand> known) -> {
                            for (int i = 0; i < known.size(); i++) {
                                due.get(i).onStand(asked.get(i), known.get(i), now);
                            }
                        }
                        case SharedPresence.Stands.Failed _ -> link.goAway();
                    }
                }));
    }

    /** Asks which leases have ended of those that list somebody here. */
    private void lookAfterOthers() {
        Set<Long> others = new HashSet<>();
        rosters.values().forEach(roster -> others.addAll(roster.otherLeases()));
        if (others.isEmpty()) {
            return;
        }
        presence.ended(
                others,
                ended -> shard.post(() -> {
                    switch (ended) {
                        case SharedPresence.Ended.Known(Set<Long> leases) -> bury(leases);
                        case SharedPresence.Ended.Failed _ -> link.goAway();
                    }
                }));
    }

    private void bury(Set<Long> ended) {
        for (SharedRoster roster : rosters.values()) {
            for (long other : roster.otherLeases()) {
                if (ended.contains(other)) {
                    counters.leasesBuried.increment();
                    bury(roster, other);
                }
            }
        }
    }

    private void bury(SharedRoster roster, long other) {
        if (link.isAway()) {
            return;
        }
        presence.bury(
                roster.channel,
                other,
                limits.buryMax(),
                seed(roster),
                buried -> shard.post(() -> {
                    switch (buried) {
                        case SharedPresence.Buried.Done(boolean isMore) -> {
                            if (isMore && !roster.isClosed()) {
                                bury(roster, other);
                            }
                        }
                        case SharedPresence.Buried.Failed _ -> link.goAway();
                    }
                }));
    }

    private SharedPresence.Seed seed(SharedRoster roster) {
        int check = (int) randomness.nextLong();
        return new SharedPresence.Seed(check, roster.versionOfBeginning(spread(check)));
    }

    /**
     * Two nodes that know the same version may raise it for two lists, of which one is lost: a reader of that one, who comes to
     * the other node, is not to be taken for one of its own.
     */
    private static long spread(int check) {
        return Math.floorMod(check, SharedRoster.RAISE / 2);
    }

    // ---- a link that fails

    /** The link has failed. */
    void onLost() {
        List.copyOf(rosters.values()).forEach(SharedRoster::onLost);
    }

    /** The link is back. */
    void onBack() {
        backAt = clock.nanos();
        if (rosters.isEmpty()) {
            return;
        }
        if (lease == 0) {
            beginLease();
        } else {
            renew(false); // if it never began, that is as if it had ended
        }
        for (SharedRoster roster : List.copyOf(rosters.values())) {
            presence.follow(roster.channel);
            roster.onBack();
        }
    }

    /** What rosters need of it. */
    private final class Lent implements SharedRoster.Owner {
        @Override
        public void read(
                SharedRoster roster, long versionMin, long versionRaised, Consumer<SharedPresence.Read.Members> then) {
            int check = (int) randomness.nextLong();
            presence.read(
                    roster.channel,
                    versionMin,
                    versionRaised + spread(check),
                    check,
                    read -> shard.post(() -> {
                        switch (read) {
                            case SharedPresence.Read.Members members -> then.accept(members);
                            case SharedPresence.Read.Failed _ -> link.goAway();
                        }
                    }));
        }

        @Override
        public void put(SharedRoster roster, String user, int connections) {
            if (link.isAway()) {
                return; // said when all is read, once it is back
            }
            presence.put(
                    roster.channel,
                    new SharedPresence.Listing(lease, user, connections),
                    seed(roster),
                    put -> shard.post(() -> {
                        switch (put) {
                            case SharedPresence.Put.Done done -> {
                                SharedPresence.Change change = done.change();
                                if (change != null && !roster.isClosed()) {
                                    roster.onChanged(change);
                                }
                            }
                            case SharedPresence.Put.Failed _ -> link.goAway();
                        }
                    }));
        }

        @Override
        public void afterPatience(Runnable task) {
            var _ = timers.schedule(limits.patience(), task);
        }

        @Override
        public long lease() {
            return lease;
        }

        @Override
        public long nanos() {
            return clock.nanos();
        }

        @Override
        public boolean isAway() {
            return link.isAway();
        }

        @Override
        public boolean isSettled() {
            return !link.isAway()
                    && clock.nanos() - backAt >= limits.leaseTime().toNanos();
        }

        @Override
        public int earlyMax() {
            return limits.earlyMax();
        }

        @Override
        public EngineCounters counters() {
            return counters;
        }
    }
}
