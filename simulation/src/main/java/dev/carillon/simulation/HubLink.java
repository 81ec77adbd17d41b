package dev.carillon.simulation;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One shard's connection to the {@link Hub}. What is asked arrives in order, and is answered in order; what is pushed comes by
 * another way, on which it may be lost, late, doubled or out of order. A connection that breaks loses some last part of what is
 * on its way; the first part arrives nevertheless, and nobody is told.
 */
final class HubLink implements SharedLog {

    private static final long ANSWER_MAX = 3 * Agenda.SECOND;

    /** A call on its way. */
    private static final class Call {
        private final Runnable effect;
        private final Runnable failed;
        private final long askedAt;
        private boolean hasArrived;
        private boolean isLost;

        private Call(Runnable effect, Runnable failed, long askedAt) {
            this.effect = effect;
            this.failed = failed;
            this.askedAt = askedAt;
        }
    }

    private final World world;
    private final Hub hub;
    private final Machine machine;
    private final Dice dice;
    private final ArrayDeque<Call> pending = new ArrayDeque<>();
    private final Set<ChannelName> followed = new HashSet<>();
    private @Nullable Feed feed;
    private final Set<ChannelName> attended = new HashSet<>();
    private SharedPresence.@Nullable Feed presenceFeed;
    private final SharedPresence presence = new Attendance();
    private boolean isFailed;
    private boolean isOver;
    private boolean isWatching;
    /** True once something is lost on this connection: nothing that is behind it passes either. */
    private boolean isBroken;

    private long requestDue;
    private long answerDue;
    private long pushDue;
    /** Until when nothing is pushed, and nobody knows. */
    long silentUntil;

    HubLink(World world, Hub hub, Machine machine, Dice dice) {
        this.world = world;
        this.hub = hub;
        this.machine = machine;
        this.dice = dice;
    }

    @Override
    public void begin(Feed hearer) {
        feed = hearer;
    }

    @Override
    public void resume() {
        isFailed = isOver;
        isBroken = false;
    }

    // ---- calls

    @Override
    public void follow(ChannelName channel) {
        call(() -> followed.add(channel), false, _ -> {});
    }

    @Override
    public void unfollow(ChannelName channel) {
        call(() -> followed.remove(channel), false, _ -> {});
    }

    @Override
    public void append(ChannelName channel, ChannelSettings settings, Entry entry, Consumer<Appended> answer) {
        call(() -> hub.append(channel, settings, entry), new Appended.Failed(), answer);
    }

    @Override
    public void find(ChannelName channel, ChannelSettings settings, LogRecord.Once once, Consumer<Found> answer) {
        call(() -> hub.memory().find(channel, settings, once), new Found.Failed(), answer);
    }

    @Override
    public void read(
            ChannelName channel,
            ChannelSettings settings,
            Range range,
            int countMax,
            int bytesMax,
            Consumer<Read> answer) {
        call(() -> hub.memory().read(channel, settings, range, countMax, bytesMax), new Read.Failed(), answer);
    }

    @Override
    public void heads(List<ChannelName> channels, Consumer<Heads> answer) {
        call(
                () -> {
                    List<Position> heads =
                            channels.stream().map(hub.memory()::head).toList();
                    return new Heads.Known(
                            heads,
                            channels.stream().map(hub.memory()::redactionCount).toList());
                },
                new Heads.Failed(),
                answer);
    }

    @Override
    public void purge(ChannelName channel, Consumer<Purged> answer) {
        call(
                () -> {
                    hub.purge(channel);
                    return new Purged.Done();
                },
                new Purged.Failed(),
                answer);
    }

    @Override
    public void changes(
            ChannelName channel,
            ChannelSettings settings,
            long after,
            int countMax,
            int bytesMax,
            Consumer<Changes> answer) {
        call(() -> hub.memory().changes(channel, settings, after, countMax, bytesMax), new Changes.Failed(), answer);
    }

    @Override
    public void redact(ChannelName channel, ChannelSettings settings, Position position, Consumer<Redacted> answer) {
        call(() -> hub.redact(channel, settings, position), new Redacted.Failed(), answer);
    }

    @Override
    public void redactions(ChannelName channel, long since, Consumer<Redactions> answer) {
        call(() -> hub.memory().redactions(channel, since), new Redactions.Failed(), answer);
    }

    @Override
    public void signal(ChannelName channel, Signal signal, Consumer<Boolean> answer) {
        call(
                () -> {
                    hub.signal(channel, signal);
                    return true;
                },
                false,
                answer);
    }

    @Override
    public SharedPresence presence() {
        return presence;
    }

    /** What of it is presence. */
    private final class Attendance implements SharedPresence {
        @Override
        public void begin(SharedPresence.Feed hearer) {
            presenceFeed = hearer;
        }

        @Override
        public void follow(ChannelName channel) {
            call(() -> attended.add(channel), false, _ -> {});
        }

        @Override
        public void unfollow(ChannelName channel) {
            call(() -> attended.remove(channel), false, _ -> {});
        }

        @Override
        public void renew(long lease, boolean isNew, Duration lasts, Consumer<Renewed> answer) {
            call(() -> hub.presence().renew(lease, isNew, lasts), Renewed.FAILED, answer);
        }

        @Override
        public void ended(Set<Long> leases, Consumer<Ended> answer) {
            call(() -> new Ended.Known(hub.presence().ended(leases)), new Ended.Failed(), answer);
        }

        @Override
        public void put(ChannelName channel, Listing listing, Seed seed, Consumer<Put> answer) {
            call(() -> new Put.Done(hub.presence().put(channel, listing, seed)), new Put.Failed(), answer);
        }

        @Override
        public void bury(ChannelName channel, long lease, int countMax, Seed seed, Consumer<Buried> answer) {
            call(
                    () -> new Buried.Done(hub.presence().bury(channel, lease, countMax, seed)),
                    new Buried.Failed(),
                    answer);
        }

        @Override
        public void read(
                ChannelName channel,
                long versionMin,
                long versionRaised,
                int check,
                Consumer<SharedPresence.Read> answer) {
            call(
                    () -> hub.presence().read(channel, versionMin, versionRaised, check),
                    new SharedPresence.Read.Failed(),
                    answer);
        }

        @Override
        public void stands(List<ChannelName> channels, Consumer<Stands> answer) {
            call(
                    () -> new Stands.Known(
                            channels.stream().map(hub.presence()::stand).toList()),
                    new Stands.Failed(),
                    answer);
        }
    }

    private <T> void call(Supplier<? extends T> effect, T failed, Consumer<T> answer) {
        if (isFailed) {
            answer.accept(failed);
            return;
        }
        Call[] self = new Call[1];
        Call call = new Call(
                () -> {
                    T result = effect.get();
                    if (pending.contains(self[0])) {
                        answerDue = Math.max(answerDue, world.agenda().now() + latency());
                        world.agenda().at(answerDue, () -> {
                            isBroken |= machine.isCutOff();
                            if (!isBroken && pending.remove(self[0])) {
                                answer.accept(result);
                            }
                        });
                    }
                },
                () -> answer.accept(failed),
                world.agenda().now());
        self[0] = call;
        pending.add(call);
        requestDue = Math.max(requestDue, world.agenda().now() + latency());
        world.agenda().at(requestDue, () -> arrive(call));
        watch();
    }

    private void arrive(Call call) {
        if (call.isLost) {
            return;
        }
        long now = world.agenda().now();
        if (now < hub.stalledUntil) {
            world.tally().reached(Trouble.HUB_STALLED);
            requestDue = Math.max(requestDue, hub.stalledUntil);
            world.agenda().at(hub.stalledUntil, () -> arrive(call));
            return;
        }
        call.hasArrived = true;
        if (machine.isCutOff() || (isBroken && pending.contains(call))) {
            world.tally().reached(Trouble.CUT_OFF);
            isBroken = true;
        } else if (hub.isUp()) {
            call.effect.run();
        } else if (pending.contains(call)) {
            fail(0);
        }
    }

    /** Where an answer does not come in time, the connection is given up. */
    private void watch() {
        if (isWatching) {
            return;
        }
        isWatching = true;
        world.agenda().afterUncounted(ANSWER_MAX / 4, () -> {
            isWatching = false;
            Call oldest = pending.peek();
            if (oldest == null) {
                return;
            }
            if (world.agenda().now() - oldest.askedAt > ANSWER_MAX) {
                fail(dice.below(pending.size() + 1));
            } else {
                watch();
            }
        });
    }

    private long latency() {
        return dice.between(100 * Agenda.MICRO, dice.oneIn(50) ? 50 * Agenda.MILLI : 2 * Agenda.MILLI);
    }

    // ---- pushes

    void push(ChannelName channel, long epoch, LogRecord record) {
        if (followed.contains(channel)) {
            push(() -> Objects.requireNonNull(feed, "not begun").onPushed(channel, epoch, record));
        }
    }

    void push(ChannelName channel, Redacted.Done redacted) {
        if (followed.contains(channel)) {
            push(() -> Objects.requireNonNull(feed, "not begun").onRedacted(channel, redacted));
        }
    }

    void push(ChannelName channel, Signal signal) {
        if (followed.contains(channel)) {
            push(() -> Objects.requireNonNull(feed, "not begun").onSignal(channel, signal));
        }
    }

    void push(ChannelName channel, SharedPresence.Change change) {
        if (attended.contains(channel)) {
            push(() -> Objects.requireNonNull(presenceFeed, "not begun").onChanged(channel, change));
        }
    }

    private void push(Runnable tell) {
        long now = world.agenda().now();
        if (now < silentUntil) {
            world.tally().reached(Trouble.FEED_SILENT);
            return;
        }
        if (machine.isCutOff() || hub.losesPush()) {
            return;
        }
        if (hub.delaysPush()) {
            bring(now + dice.between(0, 3 * Agenda.SECOND), tell);
        } else {
            pushDue = Math.max(pushDue, now + latency());
            bring(pushDue, tell);
        }
        if (hub.doublesPush()) {
            bring(now + dice.between(0, 2 * Agenda.SECOND), tell);
        }
    }

    private void bring(long due, Runnable tell) {
        world.agenda().at(due, () -> {
            if (!isOver) {
                tell.run();
            }
        });
    }

    /** Its node may say for a while that nobody knows whether something is kept. */
    void excuseDoubt() {
        machine.excuses.excuse(Code.BROKER_AWAY, world.agenda().now());
    }

    // ---- ends

    /** The connection is reset: some of what is on its way arrives nevertheless. */
    void cut() {
        if (!isFailed) {
            world.tally().reached(Trouble.HUB_LINK_CUT);
            fail(dice.below(pending.size() + 1));
        }
    }

    /** Nobody is there any more who could be reached by what is on its way. */
    void onHubEnds() {
        if (!isFailed) {
            fail(0);
        }
    }

    /** The node ends; what it had asked for may be done nevertheless. */
    void end() {
        isOver = true;
        isFailed = true;
        loseBehind(dice.below(pending.size() + 1));
        pending.clear();
        followed.clear();
        attended.clear();
        hub.onLinkOver(this);
    }

    private void fail(int arriving) {
        isFailed = true;
        followed.clear();
        attended.clear();
        loseBehind(arriving);
        List<Call> failed = List.copyOf(pending);
        pending.clear();
        failed.forEach(call -> call.failed.run());
        Objects.requireNonNull(feed, "not begun").onLost();
    }

    /** Of the calls that have not arrived, so many still will. */
    private void loseBehind(int arriving) {
        int left = arriving;
        for (Call call : pending) {
            if (!call.hasArrived) {
                call.isLost |= left-- <= 0;
            }
        }
    }
}
