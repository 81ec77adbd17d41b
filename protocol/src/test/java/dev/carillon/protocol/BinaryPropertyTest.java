package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random messages of every type are the same after a way through either form, and the binary one is the shorter. */
class BinaryPropertyTest {

    private static final ChannelName CHANNEL = new ChannelName("room:7");
    private static final long NUMBER = 300;

    /** Random messages, by one seed. */
    private record Some(Random random) {

        @Nullable
        RequestId id() {
            return maybe(() -> switch (random.nextInt(4)) {
                case 0 -> new RequestId(JsonWriter.quote(text()));
                case 1 -> new RequestId(Long.toString(random.nextLong()));
                default -> new RequestId(Integer.toString(random.nextInt(1000)));
            });
        }

        <T> @Nullable T maybe(Supplier<T> value) {
            return random.nextBoolean() ? value.get() : null;
        }

        String text() {
            return random.ints(random.nextInt(12), 0, 0x300)
                    .mapToObj(Character::toString)
                    .reduce("", String::concat);
        }

        String key() {
            return "k".repeat(16 + random.nextInt(40));
        }

        /** From 0 on, of any length. */
        long number() {
            return random.nextLong() >>> (1 + random.nextInt(63));
        }

        int small() {
            return random.nextInt(2) * random.nextInt(100_000);
        }

        Position position() {
            return random.nextInt(4) == 0
                    ? Position.ORIGIN
                    : new Position(random.nextLong(), number(), random.nextInt());
        }

        Data data() {
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            return random.nextBoolean() ? Data.bytes(bytes) : Data.json(JsonWriter.quote(text()));
        }

        @Nullable
        Gap gap() {
            Gap.Cause[] causes = Gap.Cause.values();
            return maybe(() -> new Gap(causes[random.nextInt(causes.length)], maybe(this::text), position()));
        }

        Publication publication(Position position) {
            Publication published =
                    new Publication(CHANNEL, position, data(), maybe(this::text), small(), maybe(this::key));
            return random.nextInt(4) == 0 ? published.redacted() : published;
        }

        /** A key or a tag. */
        String mapText() {
            return "é" + text();
        }

        Change change() {
            return new Change(mapText(), maybe(this::mapText), random.nextBoolean());
        }

        ClientMessage change(@Nullable String idempotencyKey) {
            Change change = change();
            Data data = change.isRemoved() ? Data.NONE : data();
            return new ClientMessage.Publish(id(), CHANNEL, data, idempotencyKey, change);
        }

        Publication ofMap() {
            Change change = change();
            Data data = change.isRemoved() ? Data.NONE : data();
            return new Publication(
                    CHANNEL, position(), data, maybe(this::text), small(), maybe(this::key), change, false);
        }

        @Nullable
        Selection selection() {
            return maybe(() -> new Selection(
                    random.nextBoolean(),
                    IntStream.range(0, random.nextInt(4))
                            .mapToObj(i -> mapText())
                            .toList()));
        }

        List<Publication> publications() {
            return IntStream.range(0, random.nextInt(4))
                    .mapToObj(i -> random.nextBoolean() ? publication(position()) : ofMap())
                    .toList();
        }

        ClientMessage.Subscribe subscribe() {
            long presence = random.nextInt(4) == 0 ? ClientMessage.Subscribe.COUNT : small() - 1;
            return new ClientMessage.Subscribe(id(), CHANNEL, maybe(this::position), small(), presence, selection());
        }

        List<ClientMessage.Subscribe> subscribes() {
            return IntStream.range(0, random.nextInt(4))
                    .mapToObj(i -> subscribe())
                    .toList();
        }

        List<ServerMessage.Present> users() {
            return IntStream.range(0, random.nextInt(4))
                    .mapToObj(i -> new ServerMessage.Present(text(), small()))
                    .toList();
        }

        Code code() {
            return Code.values()[random.nextInt(Code.values().length)];
        }
    }

    private static final List<Function<Some, ClientMessage>> CLIENT = List.of(
            Some::subscribe,
            some -> new ClientMessage.Resume(some.id(), some.subscribes(), List.of()),
            some -> new ClientMessage.Track(some.id(), CHANNEL, some.selection()),
            some -> new ClientMessage.Unsubscribe(some.id(), CHANNEL, some.random.nextBoolean()),
            some -> new ClientMessage.Publish(some.id(), CHANNEL, some.data(), some.maybe(some::key), null),
            some -> some.change(some.maybe(some::key)),
            some -> new ClientMessage.Abandon(some.id(), CHANNEL, some.key()),
            some -> new ClientMessage.Signal(some.id(), CHANNEL, some.data()),
            some -> new ClientMessage.History(some.id(), CHANNEL, some.maybe(some::position), null, some.small()),
            some -> new ClientMessage.History(some.id(), CHANNEL, null, some.maybe(some::position), some.small()),
            some -> new ClientMessage.Presence(
                    some.id(), CHANNEL, some.maybe(some::text), some.small(), some.random.nextBoolean()),
            some -> new ClientMessage.Authenticate(some.id(), some.text()),
            some -> new ClientMessage.Ping(some.id()));

    private static final List<Function<Some, ServerMessage>> SERVER = List.of(
            some -> new ServerMessage.Hello(
                    some.text(),
                    some.maybe(some::text),
                    some.small(),
                    some.small(),
                    new ServerMessage.Limits(
                            some.small(), some.small(), some.small(), some.small(), some.small(), some.small())),
            some -> new ServerMessage.Subscribed(
                    some.id(), CHANNEL, NUMBER, some.position(), some.random.nextBoolean(), some.gap()),
            some -> new ServerMessage.Reset(CHANNEL),
            some -> new ServerMessage.PresenceList(
                    some.id(), CHANNEL, some.small(), some.maybe(some::text), some.users(), some.maybe(some::text)),
            some -> new ServerMessage.PresenceCount(some.id(), CHANNEL, some.small(), some.small()),
            some -> new ServerMessage.Join(CHANNEL, some.text(), some.small()),
            some -> new ServerMessage.Leave(CHANNEL, some.text(), some.small()),
            some -> new ServerMessage.Signalled(CHANNEL, some.maybe(some::text), some.data(), some.small()),
            some -> new ServerMessage.Published(some.id(), CHANNEL, some.position(), some.random.nextBoolean()),
            some -> new ServerMessage.Abandoned(some.id(), CHANNEL),
            some -> new ServerMessage.Unsubscribed(some.id(), CHANNEL, some.small()),
            some -> new ServerMessage.HistoryPage(
                    some.id(),
                    CHANNEL,
                    some.publications(),
                    some.position(),
                    some.random.nextBoolean(),
                    some.random.nextBoolean(),
                    some.gap()),
            some -> new ServerMessage.Delivery(some.ofMap()),
            some -> new ServerMessage.Tracked(some.id(), CHANNEL),
            some -> new ServerMessage.Redacted(CHANNEL, some.position()),
            some -> new ServerMessage.Current(CHANNEL, some.position()),
            some -> new ServerMessage.Authenticated(some.id(), some.maybe(some::text), some.small()),
            some -> new ServerMessage.Refusal(
                    some.id(), some.code(), some.maybe(() -> CHANNEL), some.text(), some.small()),
            some -> new ServerMessage.Pong(some.id()),
            some -> new ServerMessage.Reconnect(some.small()));

    private static void forManySeeds(java.util.function.Consumer<Some> property) {
        for (int seed = 0; seed < 2000; seed++) {
            try {
                property.accept(new Some(new Random(seed)));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void whatAClientSaysIsTheSameInBothForms() {
        forManySeeds(some -> {
            ClientMessage message =
                    CLIENT.get(some.random.nextInt(CLIENT.size())).apply(some);
            byte[] binary = BinaryWriter.of(message);
            JsonWriter json = new JsonWriter();
            message.writeTo(json);
            assertThat(BinaryReader.clientMessage(binary)).isEqualTo(new JsonReader.Outcome.Read<>(message));
            assertThat(JsonReader.clientMessage(json.toBytes())).isEqualTo(new JsonReader.Outcome.Read<>(message));
            assertThat(binary).hasSizeLessThan(json.toBytes().length);
        });
    }

    @Test
    void whatAServerSaysIsTheSameInBothForms() {
        forManySeeds(some -> {
            BinaryFeed feed = new BinaryFeed();
            feed.read(BinaryWriter.of(
                    new ServerMessage.Subscribed(null, CHANNEL, NUMBER, Position.ORIGIN, false, null), 0));
            ServerMessage message =
                    SERVER.get(some.random.nextInt(SERVER.size())).apply(some);
            byte[] binary = BinaryWriter.of(message, NUMBER);
            assertThat(feed.read(binary)).isEqualTo(new JsonReader.Outcome.Read<>(message));
            assertThat(JsonReader.serverMessage(message.toJson()))
                    .isInstanceOfSatisfying(
                            JsonReader.Outcome.Read.class,
                            read -> assertThat(((ServerMessage) read.value()).toJson())
                                    .isEqualTo(message.toJson()));
            assertThat(binary).hasSizeLessThan(message.toJson().length);
        });
    }

    /** A reader that begins anywhere in a stream is given it on, through gaps and other lives, and knows each position. */
    @Test
    void aReaderKnowsThePositionOfEachPublicationThatFollows() {
        forManySeeds(some -> {
            Random random = some.random;
            BinaryFeed feed = new BinaryFeed();
            Position place = random.nextBoolean()
                    ? Position.ORIGIN
                    : new Position(random.nextLong(), some.number() >>> 1, random.nextInt());
            feed.read(BinaryWriter.of(new ServerMessage.Subscribed(null, CHANNEL, NUMBER, place, false, null), 0));
            for (int i = 0; i < 20; i++) {
                if (random.nextInt(8) == 0) {
                    Position next = new Position(random.nextLong(), some.number() >>> 1, random.nextInt());
                    place = random.nextBoolean() ? next : Position.ORIGIN;
                    Gap gap = new Gap(Gap.Cause.EPOCH, null, place);
                    feed.read(BinaryWriter.of(new ServerMessage.Gapped(CHANNEL, gap), 0));
                }
                long epoch = place.equals(Position.ORIGIN) ? random.nextLong() : place.epoch();
                place = new Position(epoch, place.offset() + 1, random.nextInt());
                ServerMessage message = new ServerMessage.Delivery(some.publication(place));
                assertThat(feed.read(BinaryWriter.of(message, NUMBER)))
                        .isEqualTo(new JsonReader.Outcome.Read<>(message));
            }
        });
    }
}
