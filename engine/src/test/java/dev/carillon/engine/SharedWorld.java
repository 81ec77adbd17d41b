package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brokers of several nodes on one {@link SharedMemory}, on one thread and a clock that moves when the test says so. */
final class SharedWorld implements Clock {

    private final @Nullable LongSupplier date;
    private final SharedMemory log = new SharedMemory(this::millis);
    /** Whether the links that are made from now on carry presence. */
    boolean carriesPresence = true;

    private PresenceMemory presence = new PresenceMemory(this::millis, this::pushPresence);
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            Comparator.comparingLong((Timer timer) -> timer.due).thenComparingLong(timer -> timer.order));
    private final List<Link> links = new ArrayList<>();
    ChannelSettings settings = ChannelSettings.DEFAULT;
    SharedLimits limits = SharedLimits.DEFAULT;
    private long nanos;
    private long order;
    private long random;

    private record Timer(long due, long order, Runnable task) {}

    SharedWorld() {
        date = null;
    }

    /** One whose log has the date from elsewhere. */
    SharedWorld(LongSupplier date) {
        this.date = date;
    }

    Member member() {
        return new Member();
    }

    /** A link for a broker of somebody else. */
    Link link() {
        return new Link();
    }

    Position head(ChannelName channel) {
        return log.head(channel);
    }

    void loseNewest(ChannelName channel, int count) {
        for (int i = 0; i < count; i++) {
            log.loseNewest(channel);
        }
    }

    /** Everything about presence is gone, leases too. */
    void forgetPresence() {
        presence = new PresenceMemory(this::millis, this::pushPresence);
    }

    private void pushPresence(ChannelName channel, SharedPresence.Change change) {
        links.forEach(link -> link.push(channel, change));
    }

    void run() {
        while (step()) {
            // until nothing is left to do
        }
    }

    /** Runs one task; whether there was one. */
    boolean step() {
        Runnable task = tasks.pollFirst();
        if (task != null) {
            task.run();
        }
        return task != null;
    }

    /** A change of a map is made, by nobody here. */
    void change(ChannelName channel, String key, @Nullable String data, int check) {
        Data value = data == null ? Data.NONE : Data.json(data);
        SharedLog.Entry entry =
                new SharedLog.Entry(value, null, null, check, 77, new Change(key, null, data == null), 0);
        if (log.append(channel, settings, entry) instanceof SharedLog.Appended.Stored(long epoch, LogRecord record)) {
            links.forEach(link -> link.push(channel, epoch, record));
        }
    }

    void pass(Duration time) {
        long end = nanos + time.toNanos();
        run();
        while (!timers.isEmpty() && timers.peek().due <= end) {
            Timer timer = timers.remove();
            nanos = timer.due;
            timer.task.run();
            run();
        }
        nanos = end;
    }

    @Override
    public long millis() {
        return date == null ? 1_764_000_000_000L + nanos / 1_000_000 : date.getAsLong();
    }

    @Override
    public long nanos() {
        return nanos;
    }

    static List<String> numbersOf(Broker.Page.Publications page) {
        return page.publications().stream().map(SharedWorld::numberOf).toList();
    }

    private static String numberOf(Publication publication) {
        return StandardCharsets.UTF_8.decode(publication.data().buffer()).toString();
    }

    /** A node's broker, and a channel that listens to it. */
    final class Member implements Broker.Listener {
        final Link link = new Link();
        final EngineCounters counters = new EngineCounters();
        final SharedBroker broker;
        final List<String> told = new ArrayList<>();
        final List<Publication> publications = new ArrayList<>();
        final List<Position> replacedBy = new ArrayList<>();
        Broker.Attached.@Nullable Done replacedWith;
        Position head = Position.ORIGIN;
        boolean isStale;

        private Member() {
            Mailbox mailbox = new Mailbox() {
                @Override
                public void post(Runnable task) {
                    tasks.add(task);
                }

                @Override
                public boolean isOwner() {
                    return true;
                }
            };
            Timers later = (delay, task) -> {
                Timer timer = new Timer(nanos + delay.toNanos(), order++, task);
                timers.add(timer);
                return () -> timers.remove(timer);
            };
            broker = new SharedBroker(
                    new Node.ShardPorts(mailbox, later), SharedWorld.this, () -> ++random, link, limits, counters);
            run();
        }

        Broker.Attached attach(ChannelName channel) {
            List<Broker.Attached> answers = new ArrayList<>();
            broker.attach(channel, settings, this, answers::add);
            run();
            return answers.getFirst();
        }

        Broker.Published publish(ChannelName channel, int number, @Nullable String key) {
            List<Broker.Published> answers = new ArrayList<>();
            publish(channel, number, key, answers::add);
            run();
            return answers.getFirst();
        }

        void publish(ChannelName channel, int number, @Nullable String key, Consumer<Broker.Published> answer) {
            broker.publish(channel, new Broker.Draft(Data.json(Integer.toString(number)), null, key, null), answer);
        }

        Broker.Page.Publications readAfter(ChannelName channel, Position position) {
            List<Broker.Page> answers = new ArrayList<>();
            broker.read(channel, new Broker.ReadFrom.After(position), 1000, 1 << 20, answers::add);
            run();
            return (Broker.Page.Publications) answers.getFirst();
        }

        @Override
        public void onPublication(Publication publication) {
            told.add(numberOf(publication));
            publications.add(publication);
            head = publication.position();
        }

        @Override
        public void onRedacted(Publication publication) {
            told.add("redacted " + publication.offset());
        }

        @Override
        public void onReplaced(Broker.Attached.Done now) {
            replacedBy.add(now.head());
            replacedWith = now;
            head = now.head();
        }

        @Override
        public void onSignal(CarriedSignal signal, int missed) {
            told.add("signal " + signal.data() + (missed == 0 ? "" : " after " + missed));
        }

        @Override
        public void onStale() {
            isStale = true;
        }

        @Override
        public void onFresh() {
            isStale = false;
        }
    }

    /** One node's way to the log. */
    final class Link implements SharedLog {
        private final Set<ChannelName> followed = new HashSet<>();
        private final ArrayDeque<Runnable> outstanding = new ArrayDeque<>();
        final List<Runnable> held = new ArrayList<>();
        private final Set<ChannelName> attended = new HashSet<>();
        private @Nullable Feed feed;
        private SharedPresence.@Nullable Feed presenceFeed;
        boolean losesPushes;
        boolean holdsPushes;
        boolean holdsAnswers;
        boolean isDown;
        private boolean isFailed;
        int reads;
        /** The most channels in one question about heads. */
        int headsMost;

        private Link() {
            links.add(this);
        }

        boolean follows(ChannelName channel) {
            return followed.contains(channel);
        }

        /** Whether it hears who is present in a channel. */
        boolean attends(ChannelName channel) {
            return attended.contains(channel);
        }

        private Feed feed() {
            return Objects.requireNonNull(feed, "not begun");
        }

        /** All that is outstanding is answered so, and nobody knows what became of it. */
        void fail() {
            isFailed = true;
            followed.clear();
            attended.clear();
            while (!outstanding.isEmpty()) {
                outstanding.removeFirst().run();
            }
            feed().onLost();
        }

        private <T> void call(Supplier<? extends T> effect, T failed, Consumer<T> answer) {
            if (isFailed || isDown) {
                isFailed = true;
                followed.clear();
                attended.clear();
                answer.accept(failed);
                return;
            }
            T result = effect.get();
            if (holdsAnswers) {
                outstanding.add(() -> answer.accept(failed));
            } else {
                answer.accept(result);
            }
        }

        private void push(ChannelName channel, long epoch, LogRecord record) {
            if (!followed.contains(channel) || losesPushes) {
                return;
            }
            if (holdsPushes) {
                held.add(() -> feed().onPushed(channel, epoch, record));
            } else {
                feed().onPushed(channel, epoch, record);
            }
        }

        private void push(ChannelName channel, Redacted.Done redacted) {
            if (followed.contains(channel) && !losesPushes) {
                feed().onRedacted(channel, redacted);
            }
        }

        private void push(ChannelName channel, Signal signal) {
            if (followed.contains(channel) && !losesPushes) {
                feed().onSignal(channel, signal);
            }
        }

        private void push(ChannelName channel, SharedPresence.Change change) {
            SharedPresence.Feed hearer = presenceFeed;
            if (hearer == null || !attended.contains(channel) || losesPushes) {
                return;
            }
            if (holdsPushes) {
                held.add(() -> hearer.onChanged(channel, change));
            } else {
                hearer.onChanged(channel, change);
            }
        }

        @Override
        public @Nullable SharedPresence presence() {
            return carriesPresence ? new Attendance() : null;
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
                call(() -> presence.renew(lease, isNew, lasts), Renewed.FAILED, answer);
            }

            @Override
            public void ended(Set<Long> leases, Consumer<Ended> answer) {
                call(() -> new Ended.Known(presence.ended(leases)), new Ended.Failed(), answer);
            }

            @Override
            public void put(ChannelName channel, Listing listing, Seed seed, Consumer<Put> answer) {
                call(() -> new Put.Done(presence.put(channel, listing, seed)), new Put.Failed(), answer);
            }

            @Override
            public void bury(ChannelName channel, long lease, int countMax, Seed seed, Consumer<Buried> answer) {
                call(() -> new Buried.Done(presence.bury(channel, lease, countMax, seed)), new Buried.Failed(), answer);
            }

            @Override
            public void read(
                    ChannelName channel,
                    long versionMin,
                    long versionRaised,
                    int check,
                    Consumer<SharedPresence.Read> answer) {
                call(
                        () -> presence.read(channel, versionMin, versionRaised, check),
                        new SharedPresence.Read.Failed(),
                        answer);
            }

            @Override
            public void stands(List<ChannelName> channels, Consumer<Stands> answer) {
                call(
                        () -> new Stands.Known(
                                channels.stream().map(presence::stand).toList()),
                        new Stands.Failed(),
                        answer);
            }
        }

        @Override
        public void begin(Feed hearer) {
            feed = hearer;
        }

        @Override
        public void resume() {
            isFailed = false;
        }

        @Override
        public void follow(ChannelName channel) {
            call(() -> followed.add(channel), false, _ -> {});
        }

        @Override
        public void unfollow(ChannelName channel) {
            call(() -> followed.remove(channel), false, _ -> {});
        }

        @Override
        public void append(ChannelName channel, ChannelSettings of, Entry entry, Consumer<Appended> answer) {
            call(
                    () -> {
                        Appended appended = log.append(channel, of, entry);
                        if (appended instanceof Appended.Stored(long epoch, LogRecord record)) {
                            links.forEach(link -> link.push(channel, epoch, record));
                        }
                        return appended;
                    },
                    new Appended.Failed(),
                    answer);
        }

        @Override
        public void find(ChannelName channel, ChannelSettings of, LogRecord.Once once, Consumer<Found> answer) {
            call(() -> log.find(channel, of, once), new Found.Failed(), answer);
        }

        @Override
        public void read(
                ChannelName channel,
                ChannelSettings of,
                Range range,
                int countMax,
                int bytesMax,
                Consumer<Read> answer) {
            reads++;
            call(() -> log.read(channel, of, range, countMax, bytesMax), new Read.Failed(), answer);
        }

        @Override
        public void heads(List<ChannelName> channels, Consumer<Heads> answer) {
            headsMost = Math.max(headsMost, channels.size());
            call(
                    () -> new Heads.Known(
                            channels.stream().map(log::head).toList(),
                            channels.stream().map(log::redactionCount).toList()),
                    new Heads.Failed(),
                    answer);
        }

        @Override
        public void changes(
                ChannelName channel,
                ChannelSettings of,
                long after,
                int countMax,
                int bytesMax,
                Consumer<Changes> answer) {
            call(() -> log.changes(channel, of, after, countMax, bytesMax), new Changes.Failed(), answer);
        }

        @Override
        public void redact(ChannelName channel, ChannelSettings of, Position position, Consumer<Redacted> answer) {
            call(
                    () -> {
                        Redacted redacted = log.redact(channel, of, position);
                        if (redacted instanceof Redacted.Done done) {
                            links.forEach(link -> link.push(channel, done));
                        }
                        return redacted;
                    },
                    new Redacted.Failed(),
                    answer);
        }

        @Override
        public void redactions(ChannelName channel, long since, Consumer<Redactions> answer) {
            call(() -> log.redactions(channel, since), new Redactions.Failed(), answer);
        }

        @Override
        public void signal(ChannelName channel, Signal signal, Consumer<Boolean> answer) {
            call(
                    () -> {
                        links.forEach(link -> link.push(channel, signal));
                        return true;
                    },
                    false,
                    answer);
        }

        @Override
        public void purge(ChannelName channel, Consumer<Purged> answer) {
            call(
                    () -> {
                        log.purge(channel);
                        return new Purged.Done();
                    },
                    new Purged.Failed(),
                    answer);
        }
    }
}
