package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A shard's part in the presence of all nodes, whose every call the test answers. */
class SharedRostersTest {

    private static final SharedLimits LIMITS = new SharedLimits(
            256,
            Duration.ofMillis(20),
            1000,
            1 << 20,
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            2,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            3);
    private static final ChannelName ROOM = new ChannelName("room");
    private static final ChannelName HALL = new ChannelName("hall");
    private static final ChannelName YARD = new ChannelName("yard");
    private static final long OTHER = 7;

    private final Shared shared = new Shared();
    private final Surroundings here = new Surroundings();
    private final EngineCounters counters = new EngineCounters();
    private final SharedRosters rosters =
            new SharedRosters(new Node.ShardPorts(here, here), here, () -> here.random, shared, LIMITS, counters, here);

    // ---- the lease

    @Test
    void theFirstChannelBeginsTheLeaseOfAll() {
        open(ROOM);
        assertThat(calls()).containsExactly("renew 1 new", "follow room", "read room");
        open(HALL);
        assertThat(calls()).containsExactly("follow hall", "read hall");
    }

    @Test
    void aLeaseIsNeverZero() {
        here.random = 0;
        open(ROOM);
        assertThat(calls()).contains("renew 1 new");
    }

    @Test
    void aLeaseIsRenewedInItsTimeAsLongAsThereIsAChannel() {
        SharedRoster room = open(ROOM);
        calls();
        pass(LIMITS.leaseRenewal().minusNanos(1));
        assertThat(calls()).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(calls()).containsExactly("renew 1");
        pass(LIMITS.leaseRenewal().minusNanos(1));
        assertThat(calls()).isEmpty();
        rosters.close(room);
        assertThat(calls()).containsExactly("unfollow room");
        pass(LIMITS.leaseRenewal());
        assertThat(calls()).isEmpty();
        open(ROOM);
        assertThat(calls()).containsExactly("renew 1", "follow room", "read room");
    }

    @Test
    void whatIsListedIsSaidAgainUnderAnotherLeaseWhereOneHasEnded() {
        SharedRoster room = loaded(ROOM);
        room.want("ada", 2);
        assertThat(calls()).containsExactly("put room 1 ada 2");
        here.random = 2;
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.OVER);
        assertThat(calls()).containsExactly("renew 2 new", "put room 2 ada 2");
        assertThat(counters.leasesLost()).isEqualTo(1);
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.HELD);
        assertThat(calls()).isEmpty();
        assertThat(here.failures).isZero();
    }

    @Test
    void theLateEndOfAFormerLeaseChangesNothing() {
        loaded(ROOM);
        pass(LIMITS.leaseRenewal());
        here.random = 2;
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.OVER);
        calls();
        here.random = 3;
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.OVER);
        assertThat(calls()).isEmpty();
        assertThat(counters.leasesLost()).isEqualTo(1);
    }

    @Test
    void aLeaseThatEndsWhileTheLinkIsAwayIsLookedAtOnceItIsBack() {
        open(ROOM);
        calls();
        here.isAway = true;
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.OVER);
        assertThat(calls()).isEmpty();
        here.isAway = false;
        rosters.onBack();
        assertThat(calls()).contains("renew 1", "follow room");
    }

    // ---- what is due

    @Test
    void asManyChannelsAreAskedAboutAtATimeAndAllHaveTheirTurn() {
        here.nanos = Duration.ofMinutes(1).toNanos();
        loaded(ROOM);
        loaded(HALL);
        loaded(YARD);
        pass(LIMITS.proofAgeMax().minusNanos(1));
        assertThat(calls()).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(calls()).containsExactly("stands [room, hall]");
        rosters.onTick();
        assertThat(calls()).containsExactly("stands [yard, room]");
        shared.stands
                .removeFirst()
                .accept(new SharedPresence.Stands.Known(
                        List.of(SharedPresence.Stand.ORIGIN, new SharedPresence.Stand(3, 3, 103))));
        assertThat(calls()).containsExactly("read hall");
        rosters.onTick();
        assertThat(calls()).containsExactly("stands [yard]");
    }

    @Test
    void theChannelsOfAnEndedLeaseAreClearedOfItPartByPart() {
        SharedRoster room = loaded(ROOM, listing(OTHER, "ada"));
        loaded(HALL, listing(OTHER + 1, "bob"));
        loaded(YARD);
        rosters.onTick();
        assertThat(calls()).containsExactly("ended [7, 8]");
        shared.endings.removeFirst().accept(new SharedPresence.Ended.Known(Set.of(OTHER)));
        assertThat(calls()).containsExactly("bury room 7 3");
        assertThat(counters.leasesBuried()).isEqualTo(1);
        shared.burials.removeFirst().accept(new SharedPresence.Buried.Done(true));
        assertThat(calls()).containsExactly("bury room 7 3");
        shared.burials.removeFirst().accept(new SharedPresence.Buried.Done(false));
        assertThat(calls()).isEmpty();

        rosters.onTick();
        shared.endings.removeFirst().accept(new SharedPresence.Ended.Known(Set.of(OTHER)));
        calls();
        rosters.close(room);
        calls();
        shared.burials.removeFirst().accept(new SharedPresence.Buried.Done(true));
        assertThat(calls()).isEmpty();
    }

    @Test
    void whereNobodyElseIsListedNoLeaseIsAskedAbout() {
        loaded(ROOM, listing(1, "ada"));
        calls();
        rosters.onTick();
        assertThat(calls()).isEmpty();
    }

    @Test
    void nothingIsClearedWhileTheLinkIsAway() {
        loaded(ROOM, listing(OTHER, "ada"));
        rosters.onTick();
        calls();
        here.isAway = true;
        shared.endings.removeFirst().accept(new SharedPresence.Ended.Known(Set.of(OTHER)));
        assertThat(calls()).isEmpty();
    }

    // ---- what is said and heard

    @Test
    void whatIsAnsweredIsTakenAsIfItHadBeenPushed() {
        SharedRoster room = loaded(ROOM);
        room.want("ada", 1);
        shared.puts.removeFirst().accept(new SharedPresence.Put.Done(change(1, "ada", 1)));
        assertThat(room.lists("ada")).isTrue();
        room.want("ada", 2);
        shared.puts.removeFirst().accept(new SharedPresence.Put.Done(null));
        assertThat(room.connections()).isEqualTo(1);
        room.want("ada", 3);
        rosters.close(room);
        shared.puts.removeFirst().accept(new SharedPresence.Put.Done(change(2, "ada", 3)));
        assertThat(room.connections()).isEqualTo(1);
    }

    @Test
    void whatIsPushedReachesItsChannelAndNoOther() {
        SharedRoster room = loaded(ROOM);
        SharedRoster hall = loaded(HALL);
        rosters.onChanged(HALL, change(1, "ada", 1));
        rosters.onChanged(YARD, change(1, "bob", 1));
        assertThat(hall.lists("ada")).isTrue();
        assertThat(room.size()).isZero();
        rosters.close(hall);
        rosters.onChanged(HALL, change(2, "ada", 2));
        assertThat(hall.connections()).isEqualTo(1);
    }

    @Test
    void aHoleHasItsPatience() {
        SharedRoster room = loaded(ROOM);
        room.onChanged(change(2, "ada", 1));
        calls();
        assertThat(here.delays).containsExactly(LIMITS.patience());
        here.timers.removeFirst().run();
        assertThat(calls()).containsExactly("read room");
    }

    // ---- a link that fails

    @Test
    void whateverFailsEndsTheLink() {
        SharedRoster room = loaded(ROOM, listing(OTHER, "ada"));
        room.want("bob", 1);
        room.read();
        pass(LIMITS.leaseRenewal());
        shared.endings.removeFirst().accept(new SharedPresence.Ended.Known(Set.of(OTHER)));
        rosters.onTick();
        assertThat(here.failures).isZero();
        shared.renewals.removeFirst().accept(SharedPresence.Renewed.FAILED);
        assertThat(here.failures).isEqualTo(1);
        shared.endings.removeFirst().accept(new SharedPresence.Ended.Failed());
        assertThat(here.failures).isEqualTo(2);
        shared.burials.removeFirst().accept(new SharedPresence.Buried.Failed());
        assertThat(here.failures).isEqualTo(3);
        shared.puts.removeFirst().accept(new SharedPresence.Put.Failed());
        assertThat(here.failures).isEqualTo(4);
        shared.reads.removeFirst().accept(new SharedPresence.Read.Failed());
        assertThat(here.failures).isEqualTo(5);
        loaded(HALL);
        pass(LIMITS.proofAgeMax());
        shared.stands.removeFirst().accept(new SharedPresence.Stands.Failed());
        assertThat(here.failures).isEqualTo(6);
    }

    @Test
    void whileTheLinkIsAwayNothingIsSaidAndThenAllIs() {
        here.isAway = true;
        SharedRoster room = open(ROOM);
        SharedRoster hall = open(HALL);
        room.want("ada", 1);
        room.read();
        rosters.close(hall);
        assertThat(calls()).isEmpty();
        here.isAway = false;
        rosters.onBack();
        assertThat(calls()).containsExactly("renew 1 new", "follow room", "read room 500100");
        rosters.onBack();
        assertThat(calls()).startsWith("renew 1", "follow room");
    }

    @Test
    void withoutAChannelALinkThatIsBackIsAskedNothing() {
        rosters.onBack();
        assertThat(calls()).isEmpty();
    }

    @Test
    void whoWaitsIsToldOfALinkThatIsLost() {
        List<String> ran = new ArrayList<>();
        open(ROOM).whenReady(() -> ran.add("room"));
        open(HALL).whenReady(() -> ran.add("hall"));
        rosters.onLost();
        assertThat(ran).containsExactly("room", "hall");
    }

    @Test
    void forALeaseTimeAfterALinkIsBackWhatWasSaidBeforeMayStillTakeEffect() {
        SharedRoster room = loaded(ROOM);
        assertThat(room.isQuit()).isTrue();
        here.isAway = true;
        assertThat(room.isQuit()).isFalse();
        here.isAway = false;
        here.nanos += Duration.ofMinutes(1).toNanos();
        rosters.onBack();
        here.nanos += LIMITS.leaseTime().toNanos() - 1;
        assertThat(room.isQuit()).isFalse();
        here.nanos++;
        assertThat(room.isQuit()).isTrue();
    }

    // ---- the test's own

    private static final class Hearer implements SharedRoster.Hearer {
        @Override
        public void onCame(String user) {}

        @Override
        public void onGone(Roster.Arrived left) {}

        @Override
        public void onChanged() {}

        @Override
        public void onReplaced(long version) {}
    }

    private SharedRoster open(ChannelName channel) {
        return rosters.open(channel, 100, new Hearer());
    }

    /** Opened, and read. */
    private SharedRoster loaded(ChannelName channel, SharedPresence.Listing... listings) {
        SharedRoster roster = open(channel);
        List<SharedPresence.Member> members = new ArrayList<>();
        for (SharedPresence.Listing listing : listings) {
            members.add(new SharedPresence.Member(101, listing));
        }
        SharedPresence.Stand stand =
                members.isEmpty() ? SharedPresence.Stand.ORIGIN : new SharedPresence.Stand(1, 9, 101);
        shared.reads.removeFirst().accept(new SharedPresence.Read.Members(stand, members));
        calls();
        return roster;
    }

    private static SharedPresence.Listing listing(long lease, String user) {
        return new SharedPresence.Listing(lease, user, 1);
    }

    /** Of this node's lease: the first, by which a user comes, or the second, by which it has another number of sessions. */
    private static SharedPresence.Change change(long serial, String user, int connections) {
        return new SharedPresence.Change(
                new SharedPresence.Stand(serial, (int) serial, 101),
                (int) serial - 1,
                new SharedPresence.Listing(1, user, connections));
    }

    private void pass(Duration time) {
        here.nanos += time.toNanos();
        rosters.onTick();
    }

    /** What was asked for since the last time. */
    private List<String> calls() {
        List<String> calls = List.copyOf(shared.calls);
        shared.calls.clear();
        return calls;
    }

    /** What surrounds a shard: here each post runs at once, for only the test posts. */
    private static final class Surroundings implements Mailbox, Timers, Clock, SharedRosters.Link {
        private final List<Duration> delays = new ArrayList<>();
        private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
        private long nanos;
        private long random = 1;
        private boolean isAway;
        private int failures;

        @Override
        public void post(Runnable task) {
            task.run();
        }

        @Override
        public boolean isOwner() {
            return true;
        }

        @Override
        public Runnable schedule(Duration delay, Runnable task) {
            delays.add(delay);
            timers.add(task);
            return () -> {};
        }

        @Override
        public long millis() {
            return 0;
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public boolean isAway() {
            return isAway;
        }

        @Override
        public void goAway() {
            failures++;
        }
    }

    private static final class Shared implements SharedPresence {
        private final List<String> calls = new ArrayList<>();
        private final ArrayDeque<Consumer<Renewed>> renewals = new ArrayDeque<>();
        private final ArrayDeque<Consumer<Ended>> endings = new ArrayDeque<>();
        private final ArrayDeque<Consumer<Put>> puts = new ArrayDeque<>();
        private final ArrayDeque<Consumer<Buried>> burials = new ArrayDeque<>();
        private final ArrayDeque<Consumer<Read>> reads = new ArrayDeque<>();
        private final ArrayDeque<Consumer<Stands>> stands = new ArrayDeque<>();

        @Override
        public void begin(Feed feed) {}

        @Override
        public void follow(ChannelName channel) {
            calls.add("follow " + channel.value());
        }

        @Override
        public void unfollow(ChannelName channel) {
            calls.add("unfollow " + channel.value());
        }

        @Override
        public void renew(long lease, boolean isNew, Duration lasts, Consumer<Renewed> answer) {
            calls.add("renew " + lease + (isNew ? " new" : ""));
            renewals.add(answer);
        }

        @Override
        public void ended(Set<Long> leases, Consumer<Ended> answer) {
            calls.add("ended " + new TreeSet<>(leases));
            endings.add(answer);
        }

        @Override
        public void put(ChannelName channel, Listing listing, Seed seed, Consumer<Put> answer) {
            calls.add("put " + channel.value() + " " + listing.lease() + " " + listing.user() + " "
                    + listing.connections());
            puts.add(answer);
        }

        @Override
        public void bury(ChannelName channel, long lease, int countMax, Seed seed, Consumer<Buried> answer) {
            calls.add("bury " + channel.value() + " " + lease + " " + countMax);
            burials.add(answer);
        }

        @Override
        public void read(ChannelName channel, long versionMin, long versionRaised, int check, Consumer<Read> answer) {
            calls.add("read " + channel.value() + (versionMin == 0 ? "" : " " + versionMin));
            reads.add(answer);
        }

        @Override
        public void stands(List<ChannelName> channels, Consumer<Stands> answer) {
            calls.add("stands " + channels.stream().map(ChannelName::value).toList());
            stands.add(answer);
        }
    }
}
