package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Readers that are slow, track, come back from where they were and over restarts, beside random changes and purges: in the end
 * each holds what the model says of what it tracks, and never was it given an older value after a newer one.
 */
class MapPropertyTest {

    private static final String FLEET = "fleet";
    private static final ChannelName NAME = new ChannelName(FLEET);
    private static final int SEEDS = Seeds.of(300);
    private static final int STEPS = 120;

    private record Value(String json, @Nullable String tag) {}

    /** A client over all its connections. */
    private static final class Reader {
        final MapHolder holder = new MapHolder(FLEET);

        @Nullable
        Selection track;

        World.Client connection;
        int heard;

        Reader(World.Client connection, @Nullable Selection track) {
            this.connection = connection;
            this.track = track;
        }

        void listen() {
            List<ServerMessage> told = connection.received;
            while (heard < told.size()) {
                holder.onMessage(told.get(heard++));
            }
        }

        boolean wants(String key, Value value) {
            return track == null
                    || (track.byTag()
                            ? value.tag() != null && track.names().contains(value.tag())
                            : track.names().contains(key));
        }
    }

    private static final class Run {
        final Random random;
        final World world;
        final Map<String, Value> model = new TreeMap<>();
        final List<Reader> readers = new ArrayList<>();
        World.Client publisher;

        Run(int seed) {
            random = new Random(seed);
            world = new World(seed);
            Duration interval = random.nextInt(4) == 0 ? Duration.ofMillis(200) : Duration.ZERO;
            world.limits = SomeLimits.pagesAndTails(random.nextBoolean() ? 200 : 2000, random.nextInt(2000));
            world.defaultSettings = world.defaultSettings.toBuilder()
                    .kind(ChannelKind.MAP)
                    .historyCountMax(5 + random.nextInt(100))
                    .map(new MapSettings(50, 1 << 20, 10, Duration.ZERO, interval))
                    .build();
            publisher = world.client();
        }

        String key() {
            return "k" + random.nextInt(12);
        }

        @Nullable
        String tag() {
            return random.nextInt(4) == 0 ? null : "t" + random.nextInt(3);
        }

        @Nullable
        Selection track() {
            return switch (random.nextInt(3)) {
                case 0 -> null;
                case 1 -> new Selection(false, List.of("k1", "k2", "k3", key()));
                default -> new Selection(true, random.nextBoolean() ? List.of("t0") : List.of("t1", "t2"));
            };
        }

        void step(int number) {
            switch (random.nextInt(14)) {
                case 0 -> connect();
                case 1 -> reconnect();
                case 2 -> room(random.nextInt(6));
                case 3 -> track(pick());
                case 4 -> world.pass(Duration.ofMillis(random.nextInt(300)));
                case 5 -> rarely();
                case 6, 7 -> change(null, number);
                default -> change(tag(), number);
            }
            for (int i = random.nextInt(8); i > 0; i--) {
                world.step();
            }
            readers.forEach(Reader::listen);
        }

        private @Nullable Reader pick() {
            return readers.isEmpty() ? null : readers.get(random.nextInt(readers.size()));
        }

        private void change(@Nullable String tag, int number) {
            String key = key();
            boolean isRemoved = random.nextInt(4) == 0;
            Data data = isRemoved ? Data.NONE : Data.json("" + number);
            publisher.post(new ClientMessage.Publish(null, NAME, data, null, new Change(key, tag, isRemoved)));
            if (isRemoved) {
                model.remove(key);
            } else {
                model.put(key, new Value("" + number, tag));
            }
        }

        private void connect() {
            if (readers.size() < 6) {
                Selection track = track();
                Reader reader = new Reader(world.client(), track);
                readers.add(reader);
                subscribe(reader, null);
            }
        }

        private void subscribe(Reader reader, @Nullable Position after) {
            reader.connection.room = random.nextInt(4) == 0 ? 1 : 1000;
            reader.connection.post(new ClientMessage.Subscribe(null, NAME, after, 0, -1, reader.track));
        }

        private void reconnect() {
            Reader reader = pick();
            if (reader != null) {
                World.Client old = reader.connection;
                old.post(old.session::onClosed);
                world.run();
                reader.listen();
                reader.connection = world.client();
                reader.heard = 0;
                subscribe(reader, reader.holder.after());
            }
        }

        private void room(int publications) {
            Reader reader = pick();
            if (reader != null) {
                reader.connection.room = publications;
                reader.connection.post(reader.connection.session::onRoom);
            }
        }

        private void track(@Nullable Reader reader) {
            if (reader != null) {
                world.run(); // so that its subscription stands
                reader.track = track();
                reader.connection.post(new ClientMessage.Track(null, NAME, reader.track));
                world.run(); // so that it was answered
            }
        }

        private void rarely() {
            if (random.nextInt(3) == 0) {
                world.run();
                readers.forEach(Reader::listen);
                world.restart();
                publisher = world.client();
                for (Reader reader : readers) {
                    reader.connection = world.client();
                    reader.heard = 0;
                    subscribe(reader, reader.holder.after());
                }
            } else if (random.nextInt(3) == 0) {
                publisher.post(() -> publisher.session.erase(NAME, new Erasure.Purge()));
                world.run();
                model.clear();
            }
        }

        void end() {
            for (Reader reader : readers) {
                reader.connection.room = 100_000;
                reader.connection.post(reader.connection.session::onRoom);
            }
            world.run();
            world.pass(Duration.ofSeconds(1));
            for (Reader reader : readers) {
                reader.listen();
                Map<String, String> expected = new TreeMap<>();
                model.forEach((key, value) -> {
                    if (reader.wants(key, value)) {
                        expected.put(key, value.json());
                    }
                });
                assertThat(reader.holder.values()).as("of %s", reader.track).isEqualTo(expected);
            }
            assertThat(publisher.all(ServerMessage.Refusal.class)).isEmpty();
        }
    }

    @Test
    void everyReaderEndsWithTheNewestValueOfEachKeyThatItTracks() {
        for (int seed = 1; seed <= SEEDS; seed++) {
            try {
                Run run = new Run(seed);
                for (int step = 0; step < STEPS; step++) {
                    run.step(step);
                }
                run.end();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }
}
