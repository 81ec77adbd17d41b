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
 * Random users come, reload, are cut, say goodbye and read slowly, in any interleaving of their loops, the shard and late
 * decisions. Whatever happened: once all is quiet and every grace is over, each reader has made the truth of the list and
 * the differences that it was told.
 */
class PresencePropertyTest {

    private static final String ROOM = "chat:lobby";
    private static final Duration GRACE = EngineLimits.DEFAULT.presenceGrace();

    @Test
    void everyReaderMakesTheTruthOfWhatItIsTold() {
        long joins = 0;
        long lists = 0;
        for (int seed = 0; seed < 400; seed++) {
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
        }
        // The runs are worth something: people came, and some readers had to be given the list again.
        assertThat(joins).isGreaterThan(400 * 4);
        assertThat(lists).isGreaterThan(400);
    }

    /** A client's session over its connections. */
    private static final class Tab {
        final @Nullable String user;
        final String id;
        /** What it knows of who is present, over all its connections. */
        final PresenceView view = new PresenceView();

        World.@Nullable Client connection;
        /** How much of what the connection received it has looked at. */
        private int seen;

        boolean isSubscribed;

        /** Whether it is told, and listed if it is somebody: not where the decision came too late. */
        boolean isAttending() {
            return connection != null
                    && isSubscribed
                    && connection.all(ServerMessage.Refusal.class).isEmpty();
        }

        Tab(@Nullable String user, String id) {
            this.user = user;
            this.id = id;
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

        Run(int seed) {
            world = new World(seed);
            world.onPresence = answer -> {
                if (world.random.nextInt(4) == 0) {
                    undecided.add(answer);
                } else {
                    answer.accept(new Decisions.Verdict.Accept());
                }
            };
            for (int i = 0; i < 9; i++) {
                tabs.add(new Tab(i % 4 == 3 ? null : "user" + i % 4, "tab" + i / 2));
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
            switch (world.random.nextInt(12)) {
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
                    if (connection != null && tab.isSubscribed) {
                        connection.post(new ClientMessage.Unsubscribe(null, new ChannelName(ROOM)));
                        tab.isSubscribed = false;
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
                case 10 -> world.pass(Duration.ofMillis(world.random.nextInt(6000)));
                default -> world.run();
            }
        }

        /** On a new connection, perhaps before the server knows that the one before has ended. */
        private void comeBack(Tab tab) {
            giveUp(tab);
            World.Client connection = tab.user == null ? world.client() : world.client(tab.user, tab.id);
            long since = world.random.nextInt(3) == 0 ? 0 : tab.view.version;
            connection.post(connection.attending(ROOM, since));
            tab.connection = connection;
            tab.seen = 0;
            tab.isSubscribed = true;
        }

        private void giveUp(Tab tab) {
            World.Client connection = tab.connection;
            if (connection != null) {
                tab.look();
                tab.connection = null;
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
            asking.say(new ClientMessage.Presence(null, new ChannelName(ROOM)));
            ServerMessage.PresenceList list = asking.only(ServerMessage.PresenceList.class);
            list.users().forEach(present -> listed.put(present.user(), present.connections()));
            assertThat(listed.keySet()).isEqualTo(truth.keySet());
            assertThat(world.counters.present()).isEqualTo(truth.size());
            truth.forEach((user, sessions) -> assertThat(listed).containsEntry(user, sessions.size()));
            for (Tab tab : tabs) {
                if (tab.isAttending()) {
                    assertThat(tab.view.users).isEqualTo(new TreeSet<>(truth.keySet()));
                    assertThat(tab.view.version).isEqualTo(list.version());
                }
            }
            assertThat(world.counters.outstanding()).isZero();
        }

        int lists() {
            return tabs.stream().mapToInt(tab -> tab.view.lists).sum();
        }
    }
}
