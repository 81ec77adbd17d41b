package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random users come, reload, are cut, step aside, say goodbye and read slowly, in any interleaving of their loops, the shard
 * and late decisions; lists come in small pages, differences are soon forgotten, and the node is killed and starts again with
 * its clock put back. Whatever happened: once all is quiet and every grace is over, each reader has made the truth of the
 * pages, the differences and the numbers that it was told.
 */
class PresencePropertyTest {

    private static final String ROOM = "chat:lobby";
    private static final int SEEDS = Seeds.of(400);
    private static final Duration GRACE = EngineLimits.DEFAULT.presenceGrace();

    @Test
    void everyReaderMakesTheTruthOfWhatItIsTold() {
        long joins = 0;
        long lists = 0;
        long restarts = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Run run = new Run(seed);
            try {
                run.play(120);
                run.settle();
                run.check();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
            joins += run.world.counters.joins();
            lists += run.lists();
            restarts += run.world.counters.presenceRestarts();
        }
        // The runs are worth something: people came, and some readers had to be given the list again.
        assertThat(joins).isGreaterThan(SEEDS * 4);
        assertThat(lists).isGreaterThan(SEEDS);
        assertThat(restarts).isGreaterThan(SEEDS / 20);
    }

    /** A client's session over its connections. */
    private static final class Tab {
        final @Nullable String user;
        final String id;
        /** What it knows of who is present, over all its connections. */
        final PresenceView view = new PresenceView();
        /** Whether it wants numbers only. */
        final boolean isCounting;

        World.@Nullable Client connection;
        /** How much of what the connection received it has looked at. */
        private int seen;

        boolean isSubscribed;
        /** Whether it has unsubscribed only because it is slow. */
        boolean isAway;
        /** How often it has subscribed over this connection. */
        int subscribes;

        /** Whether it is told, and listed if it is somebody: not where the decision came too late. */
        boolean isAttending() {
            return connection != null
                    && (isSubscribed || isAway)
                    && connection.all(ServerMessage.Refusal.class).isEmpty();
        }

        Tab(@Nullable String user, String id, boolean isCounting) {
            this.user = user;
            this.id = id;
            this.isCounting = isCounting;
        }

        /** Whether all that it has asked was answered. */
        boolean isAnswered() {
            return isAttending()
                    && connection.all(ServerMessage.Subscribed.class).size() == subscribes;
        }

        void look() {
            if (connection != null) {
                List<ServerMessage> received = connection.received;
                received.subList(seen, received.size()).forEach(view::onMessage);
                seen = received.size();
            }
        }
    }

    private static final class Run {
        final World world;
        private final List<Tab> tabs = new ArrayList<>();
        /** Connections that their clients have given up, and the server knows nothing of it yet. */
        private final List<World.Client> dead = new ArrayList<>();

        private final List<Consumer<Decisions.Verdict>> undecided = new ArrayList<>();

        /** What the counters said when the node was killed last: nobody has told them that those are gone. */
        private long listedBefore;

        private long outstandingBefore;

        Run(int seed) {
            world = new World(seed);
            world.limits = SomeLimits.presence(100, 1 + seed % 4, 1 + seed % 8);
            world.onPresence = answer -> {
                if (world.random.nextInt(4) == 0) {
                    undecided.add(answer);
                } else {
                    answer.accept(new Decisions.Verdict.Accept());
                }
            };
            for (int i = 0; i < 14; i++) {
                tabs.add(new Tab(i % 7 == 3 ? null : "user" + i % 7, "tab" + i / 2, i % 5 == 4));
            }
        }

        void play(int moves) {
            for (int i = 0; i < moves; i++) {
                move(tabs.get(world.random.nextInt(tabs.size())));
                int steps = world.random.nextInt(6);
                for (int j = 0; j < steps; j++) {
                    world.step();
                }
            }
        }

        private void move(Tab tab) {
            World.Client connection = tab.connection;
            switch (world.random.nextInt(14)) {
                case 0, 1, 2 -> comeBack(tab);
                case 3 -> giveUp(tab);
                case 4 -> {
                    if (connection != null) {
                        tab.look();
                        connection.post(connection.session::onGoodbye);
                        tab.connection = null;
                    }
                }
                case 5 -> {
                    if (connection != null && (tab.isSubscribed || tab.isAway)) {
                        connection.post(new ClientMessage.Unsubscribe(null, new ChannelName(ROOM)));
                        tab.isSubscribed = false;
                        tab.isAway = false;
                    }
                }
                case 6 -> {
                    if (connection != null) {
                        connection.room = world.random.nextInt(3);
                    }
                }
                case 7 -> {
                    if (connection != null) {
                        connection.room = 1000;
                        connection.post(connection.session::onRoom);
                    }
                }
                case 8 -> {
                    if (!dead.isEmpty()) {
                        World.Client found = dead.remove(world.random.nextInt(dead.size()));
                        found.post(found.session::onClosed);
                    }
                }
                case 9 -> decideOne();
                case 10 -> stepAsideOrBack(tab);
                case 11 -> {
                    if (world.random.nextInt(20) == 0) {
                        restart();
                    }
                }
                case 12 -> world.pass(Duration.ofMillis(world.random.nextInt(6000)));
                default -> world.run();
            }
        }

        private void stepAsideOrBack(Tab tab) {
            World.Client connection = tab.connection;
            if (connection != null && tab.isAway) {
                tab.look();
                connection.post(connection.attending(ROOM, since(tab)));
                tab.isAway = false;
                tab.isSubscribed = true;
                tab.subscribes++;
            } else if (connection != null && tab.isSubscribed && tab.isAnswered()) {
                connection.post(new ClientMessage.Unsubscribe(null, new ChannelName(ROOM), true));
                tab.isSubscribed = false;
                tab.isAway = true;
            }
        }

        private long since(Tab tab) {
            long held = world.random.nextInt(3) == 0 ? 0 : tab.view.version;
            return tab.isCounting ? ClientMessage.Subscribe.COUNT : held;
        }

        /** Everything but what the clients know is gone. */
        private void restart() {
            tabs.forEach(tab -> {
                tab.look();
                tab.connection = null;
                tab.isSubscribed = false;
                tab.isAway = false;
            });
            dead.clear();
            undecided.clear();
            world.restart();
            world.setBack(Duration.ofMillis(world.random.nextInt(10_000)));
            listedBefore = world.counters.present();
            outstandingBefore = world.counters.outstanding();
        }

        /** On a new connection, perhaps before the server knows that the one before has ended. */
        private void comeBack(Tab tab) {
            giveUp(tab);
            World.Client connection = tab.user == null ? world.client() : world.client(tab.user, tab.id);
            connection.room = world.random.nextInt(3) == 0 ? 1 : Integer.MAX_VALUE;
            connection.post(connection.attending(ROOM, since(tab)));
            tab.connection = connection;
            tab.seen = 0;
            tab.isSubscribed = true;
            tab.isAway = false;
            tab.subscribes = 1;
        }

        private void giveUp(Tab tab) {
            World.Client connection = tab.connection;
            if (connection != null) {
                tab.look();
                tab.connection = null;
                tab.isAway = false;
                if (world.random.nextBoolean()) {
                    connection.post(connection.session::onClosed);
                } else {
                    dead.add(connection);
                }
            }
        }

        private void decideOne() {
            if (!undecided.isEmpty()) {
                undecided.remove(world.random.nextInt(undecided.size())).accept(new Decisions.Verdict.Accept());
            }
        }

        void settle() {
            dead.forEach(connection -> connection.post(connection.session::onClosed));
            while (!undecided.isEmpty()) {
                decideOne();
            }
            for (Tab tab : tabs) {
                if (tab.connection != null) {
                    tab.connection.giveRoom(1000);
                }
            }
            world.pass(GRACE.plusSeconds(5));
            while (!undecided.isEmpty()) {
                decideOne();
            }
            world.run();
            tabs.forEach(Tab::look);
        }

        void check() {
            Map<String, Set<String>> truth = new TreeMap<>();
            for (Tab tab : tabs) {
                if (tab.isAttending() && tab.user != null) {
                    truth.computeIfAbsent(tab.user, _ -> new HashSet<>()).add(tab.id);
                }
            }
            Map<String, Integer> listed = new HashMap<>();
            World.Client asking = world.client();
            world.onPresence = answer -> answer.accept(new Decisions.Verdict.Accept());
            ServerMessage.PresenceList list = asking.askWhoIsThere(ROOM);
            list.users().forEach(present -> listed.put(present.user(), present.connections()));
            assertThat(listed.keySet()).isEqualTo(truth.keySet());
            assertThat(world.counters.present() - listedBefore).isEqualTo(truth.size());
            truth.forEach((user, sessions) -> assertThat(listed).containsEntry(user, sessions.size()));
            long connections = truth.values().stream().mapToLong(Set::size).sum();
            for (Tab tab : tabs) {
                if (tab.isAttending() && tab.isSubscribed && tab.isCounting) {
                    assertThat(tab.view.count)
                            .isEqualTo(new ServerMessage.PresenceCount(
                                    null, new ChannelName(ROOM), truth.size(), (int) connections));
                } else if (tab.isAttending() && tab.isSubscribed) {
                    assertThat(tab.view.users).isEqualTo(new TreeSet<>(truth.keySet()));
                    assertThat(tab.view.version).isEqualTo(list.version());
                }
            }
            assertThat(world.counters.outstanding() - outstandingBefore).isZero();
        }

        int lists() {
            return tabs.stream().mapToInt(tab -> tab.view.lists).sum();
        }
    }
}
