package dev.carillon.engine;

import dev.carillon.protocol.BinaryFeed;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One node with all its owners on one thread and a clock that moves when the test says so. Each owner has its own mailbox;
 * {@link #run} runs them until nothing is left to do, in an order that the seed decides among owners.
 */
final class World implements Clock, Randomness, Decisions, ChannelCatalog {

    /** More than any test has to do at one time. */
    private static final int TASKS_MAX = 300_000;

    final Random random;
    final MemoryLog memory = new MemoryLog();
    final HoldingLog log = new HoldingLog(memory);
    final EngineCounters counters = new EngineCounters();
    final Map<ChannelName, ChannelSettings> settings = new HashMap<>();
    ChannelSettings defaultSettings = ChannelSettings.DEFAULT.with(Durability.MEMORY);
    EngineLimits limits = EngineLimits.DEFAULT;
    Function<Node.ShardPorts, Broker> brokerOf =
            owner -> new EmbeddedBroker(owner.mailbox(), this, this, log, null, limits);

    private final List<Box> boxes = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong((Timer t) -> t.due).thenComparingLong(t -> t.order));
    private long nanos;
    /** By how much somebody has set the clock that tells the date. */
    private long offsetMillis;

    private long order;
    private @Nullable Box running;
    private @Nullable Node node;
    private final List<Loop> loops = new ArrayList<>();
    private int clients;

    /** Answers decisions; a test replaces them. */
    Consumer<Consumer<Verdict>> onPublish = answer -> answer.accept(new Verdict.Accept());

    Consumer<Consumer<Verdict>> onSubscribe = answer -> answer.accept(new Verdict.Accept());

    Consumer<Consumer<Verdict>> onSignal = answer -> answer.accept(new Verdict.Accept());

    Consumer<Consumer<Verdict>> onPresence = answer -> answer.accept(new Verdict.Accept());

    Consumer<Consumer<Verdict>> onErase = answer -> answer.accept(new Verdict.Accept());

    BiPredicate<Principal, ChannelName> mayRead = (_, _) -> true;

    BiPredicate<Principal, String> isRevoked = (_, _) -> false;

    /** Answers who presents a token; without it, every token that doesn't begin with "bad" is its own name. */
    @Nullable
    BiConsumer<@Nullable String, Consumer<Admission>> onConnect;

    private record Timer(long due, long order, Runnable task) {}

    private final class Box implements Mailbox {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void post(Runnable task) {
            tasks.add(task);
        }

        @Override
        public boolean isOwner() {
            return running == this;
        }

        private void runOne() {
            running = this;
            try {
                tasks.removeFirst().run();
            } finally {
                running = null;
            }
        }
    }

    World(long seed) {
        random = new Random(seed);
    }

    World() {
        this(1);
    }

    private Box box() {
        Box box = new Box();
        boxes.add(box);
        return box;
    }

    /** Makes the node, if there is none; {@link #restart} makes another one on the same log. */
    Node node() {
        Node made = node;
        if (made == null) {
            List<Node.ShardPorts> owners = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Box box = box();
                Timers timers = (delay, task) -> schedule(box, delay, task);
                loops.add(new Loop(box, timers));
                owners.add(new Node.ShardPorts(box, timers));
            }
            made = new Node(
                    new Node.Ports(
                            this,
                            this,
                            this,
                            this,
                            limits,
                            counters,
                            new ServerMessage.Limits(65536, 4096, limits.subscriptionsMax(), 900_000, 10_000, 5_000)),
                    owners,
                    brokerOf);
            node = made;
        }
        return made;
    }

    /** The node is gone with all that it held in memory; the log stays. */
    void restart() {
        boxes.clear();
        loops.clear();
        timers.clear();
        node = null;
    }

    private Runnable schedule(Box box, Duration delay, Runnable task) {
        Timer timer = new Timer(nanos + delay.toNanos(), order++, () -> box.post(task));
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /** Runs everything that is due now; fails where that never ends. */
    void run() {
        for (int tasks = 0; tasks < TASKS_MAX; tasks++) {
            List<Box> busy = boxes.stream().filter(box -> !box.tasks.isEmpty()).toList();
            if (busy.isEmpty()) {
                return;
            }
            busy.get(random.nextInt(busy.size())).runOne();
        }
        throw new AssertionError("there was still something to do after " + TASKS_MAX + " tasks");
    }

    /** Runs a single task, if there is one. */
    boolean step() {
        List<Box> busy = boxes.stream().filter(box -> !box.tasks.isEmpty()).toList();
        if (!busy.isEmpty()) {
            busy.get(random.nextInt(busy.size())).runOne();
        }
        return !busy.isEmpty();
    }

    /** Moves the clock, running timers as they come due. */
    void pass(Duration time) {
        long end = nanos + time.toNanos();
        run();
        while (!timers.isEmpty() && timers.peek().due <= end) {
            Timer timer = timers.remove();
            nanos = Math.max(nanos, timer.due);
            timer.task.run();
            run();
        }
        nanos = end;
    }

    /** Somebody sets the clock back that tells the date; timers run on. */
    void setBack(Duration by) {
        offsetMillis -= by.toMillis();
    }

    @Override
    public long millis() {
        return 1_764_000_000_000L + offsetMillis + nanos / 1_000_000;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    @Override
    public @Nullable ChannelSettings settingsOf(ChannelName channel) {
        return channel.value().startsWith("forbidden") ? null : settings.getOrDefault(channel, defaultSettings);
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        if (onConnect != null) {
            onConnect.accept(token, answer);
            return;
        }
        answer.accept(
                token == null || token.startsWith("bad")
                        ? new Admission.Rejected(Code.UNAUTHENTICATED, "no such token")
                        : new Admission.Admitted(new Principal(token, token)));
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        if (!mayRead.test(principal, channel)) {
            answer.accept(new Verdict.Refuse(Code.NOT_PERMITTED, "no"));
            return;
        }
        onSubscribe.accept(answer);
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        onPublish.accept(answer);
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        onSignal.accept(answer);
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        onPresence.accept(answer);
    }

    @Override
    public void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        onErase.accept(answer);
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return isRevoked.test(principal, session);
    }

    /** A client that has proven to be nobody, with a session of its own. */
    Client client() {
        return client(Principal.ANONYMOUS);
    }

    /** A client of a user, with a session of its own. */
    Client client(String user) {
        return client(new Principal(user, user));
    }

    /** A connection of a user's session. */
    Client client(String user, String session) {
        return client(new Principal(user, user), session);
    }

    /** A client with a session of its own. */
    Client client(Principal principal) {
        return client(principal, "s" + ++clients);
    }

    Client client(Principal principal, String session) {
        return new Client(principal, session);
    }

    /** Ends the sessions of all loops that the test names. */
    void endSessions(BiPredicate<Principal, String> which, Code code) {
        loops.forEach(loop -> loop.mailbox().post(() -> loop.endSessions(which, code)));
        run();
    }

    /** The timers that wait. */
    int timers() {
        return timers.size();
    }

    /** A client and its connection: it records what it is told, and has room as the test says. */
    final class Client implements Wire {
        final List<ServerMessage> received = new ArrayList<>();
        private final BinaryFeed feed = new BinaryFeed();
        final Loop loop;
        final Session session;
        int room = Integer.MAX_VALUE;
        boolean carriesSignals = true;
        int carriedOut;
        int stalePages;

        @Nullable
        boolean reading = true;

        Code closedWith;

        private int ids;

        Client(Principal principal, String id) {
            Node of = node();
            loop = loops.get(random.nextInt(loops.size()));
            session = new Session(of, loop, this, id, principal);
        }

        /** Does something on its loop, and runs nothing yet. */
        void post(Runnable task) {
            loop.mailbox().post(task);
        }

        /** Says hello, as where a client may say commands. */
        void greet() {
            loop.mailbox().post(() -> session.greet(25_000));
            run();
        }

        /** Says something, and runs nothing yet. */
        void post(ClientMessage message) {
            loop.mailbox().post(() -> session.onMessage(message));
        }

        void say(ClientMessage message) {
            post(message);
            run();
        }

        RequestId nextId() {
            return new RequestId(Integer.toString(++ids));
        }

        void subscribe(String channel, @Nullable Position after) {
            say(new ClientMessage.Subscribe(
                    nextId(), new ChannelName(channel), after, 0, ClientMessage.Subscribe.NO_PRESENCE));
        }

        void subscribeLast(String channel, int last) {
            say(new ClientMessage.Subscribe(
                    nextId(), new ChannelName(channel), null, last, ClientMessage.Subscribe.NO_PRESENCE));
        }

        /** Subscribes and asks who is present; gives nothing of the stream. */
        void attend(String channel) {
            say(attending(channel, 0));
        }

        ClientMessage.Subscribe attending(String channel, long since) {
            return new ClientMessage.Subscribe(nextId(), new ChannelName(channel), null, 0, since);
        }

        /** Subscribes and asks how many are present. */
        void attendToCount(String channel) {
            say(attending(channel, ClientMessage.Subscribe.COUNT));
        }

        /** Unsubscribes because it is slow, and means to come back. */
        void stepAside(String channel) {
            say(new ClientMessage.Unsubscribe(nextId(), new ChannelName(channel), true));
        }

        /** Who is there, by the command, page by page until it has all of one version. */
        ServerMessage.PresenceList askWhoIsThere(String channel) {
            List<ServerMessage.Present> users = new ArrayList<>();
            String after = null;
            while (true) {
                say(new ClientMessage.Presence(nextId(), new ChannelName(channel), after, 0, false));
                ServerMessage.PresenceList page =
                        all(ServerMessage.PresenceList.class).getLast();
                if (page.after() == null) {
                    users.clear();
                }
                users.addAll(page.users());
                after = page.next();
                if (after == null) {
                    return new ServerMessage.PresenceList(null, page.channel(), page.version(), users);
                }
            }
        }

        void unsubscribe(String channel) {
            say(new ClientMessage.Unsubscribe(nextId(), new ChannelName(channel)));
        }

        void signal(String channel, int number) {
            say(signalling(channel, number));
        }

        ClientMessage.Signal signalling(String channel, int number) {
            return new ClientMessage.Signal(nextId(), new ChannelName(channel), Data.json(Integer.toString(number)));
        }

        /** The numbers of the signals received. */
        List<Integer> signals() {
            return all(ServerMessage.Signalled.class).stream()
                    .map(s -> Integer.parseInt(s.data().text()))
                    .toList();
        }

        /** Who is there, as it was told. */
        PresenceView presence() {
            PresenceView view = new PresenceView();
            received.forEach(view::onMessage);
            return view;
        }

        /** Publishes a number and gives the answer. */
        ServerMessage publish(String channel, int number) {
            return publish(channel, number, null);
        }

        ServerMessage publish(String channel, int number, @Nullable String key) {
            int before = received.size();
            say(publishing(channel, number, key));
            return received.subList(before, received.size()).stream()
                    .filter(m -> m instanceof ServerMessage.Published || m instanceof ServerMessage.Refusal)
                    .findFirst()
                    .orElseThrow();
        }

        ClientMessage.Publish publishing(String channel, int number, @Nullable String key) {
            return new ClientMessage.Publish(
                    nextId(), new ChannelName(channel), Data.json(Integer.toString(number)), key, null);
        }

        void giveRoom(int publications) {
            room = publications;
            loop.mailbox().post(session::onRoom);
            run();
        }

        /** The connection is gone. */
        void close() {
            loop.mailbox().post(session::onClosed);
            run();
        }

        /** The client leaves for good. */
        void sayGoodbye() {
            loop.mailbox().post(session::onGoodbye);
            run();
        }

        /** The numbers of the publications received. */
        List<Integer> numbers() {
            return all(ServerMessage.Delivery.class).stream()
                    .map(d -> Integer.parseInt(d.publication().data().text()))
                    .toList();
        }

        /** The position after the last publication, or where the subscription started. */
        Position position() {
            Position position = Position.ORIGIN;
            for (ServerMessage message : received) {
                if (message instanceof ServerMessage.Delivery delivery) {
                    position = delivery.publication().position();
                } else if (message instanceof ServerMessage.Subscribed subscribed) {
                    position = subscribed.position();
                } else if (message instanceof ServerMessage.Gapped gapped) {
                    position = gapped.gap().next();
                }
            }
            return position;
        }

        <T extends ServerMessage> List<T> all(Class<T> type) {
            return received.stream().filter(type::isInstance).map(type::cast).toList();
        }

        <T extends ServerMessage> T only(Class<T> type) {
            List<T> all = all(type);
            if (all.size() != 1) {
                throw new AssertionError("one " + type.getSimpleName() + " expected: " + received);
            }
            return all.getFirst();
        }

        @Override
        public boolean hasRoom() {
            return room > 0;
        }

        @Override
        public boolean carriesSignals() {
            return carriesSignals;
        }

        @Override
        public void deliver(EncodedMessage message) {
            room--;
            received.add(heard(message.message(), message.channelNumber()));
        }

        @Override
        public void send(ServerMessage message) {
            if (message instanceof ServerMessage.HistoryPage || message instanceof ServerMessage.PresenceList) {
                room--; // what can be large is sent only while there is room
            }
            received.add(heard(message, 0));
        }

        /** What comes of the message's binary form, given what this client was told before: itself. */
        private ServerMessage heard(ServerMessage message, long channelNumber) {
            Object read = feed.read(BinaryWriter.of(message, channelNumber));
            if (!read.equals(new JsonReader.Outcome.Read<>(message))) {
                throw new AssertionError(message + " is heard as " + read);
            }
            return message;
        }

        @Override
        public void onCarriedOut() {
            carriedOut++;
        }

        @Override
        public void onStalePage() {
            stalePages++;
        }

        @Override
        public void read(boolean wanted) {
            reading = wanted;
        }

        @Override
        public void close(Code code, String reason) {
            closedWith = code;
        }
    }
}
