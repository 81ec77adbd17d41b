package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a channel does at its bounds, and where it can't be read. */
class ChannelTest {

    private static final ChannelName ORDERS = new ChannelName("orders");

    private final World world = new World();

    @Test
    void asManyMayWaitForAChannelToBeLoaded() {
        world.limits =
                SomeLimits.waitingAndCommands(2, EngineLimits.DEFAULT.rates().commands());
        world.log.holding = true;
        World.Client first = world.client();
        World.Client second = world.client();
        World.Client third = world.client();
        first.subscribe("orders", null);
        second.subscribe("orders", null);
        third.subscribe("orders", null);
        assertThat(third.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.OVERLOADED);
        world.log.release();
        world.run();
        first.only(ServerMessage.Subscribed.class);
        second.only(ServerMessage.Subscribed.class);
    }

    @Test
    void aReaderWhosePageCannotBeReadIsToldThatItsSubscriptionIsOver() {
        world.limits = SomeLimits.pagesAndTails(300, 0);
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        reader.room = 0;
        world.client().publish("orders", 1);
        world.memory.close();
        reader.giveRoom(10);
        assertThat(reader.only(ServerMessage.Unsubscribed.class).code()).isEqualTo(Code.MOVING.number());
        assertThat(world.counters.refusals(Code.MOVING)).isEqualTo(1);
    }

    @Test
    void whatCannotBeReadIsRefusedWhoeverAsks() {
        world.limits = SomeLimits.pagesAndTails(300, 0);
        world.settings.put(new ChannelName("map"), world.defaultSettings.with(ChannelKind.MAP));
        ChannelName map = new ChannelName("map");
        World.Client publisher = world.client();
        for (int i = 1; i <= 2; i++) {
            publisher.publish("orders", i);
            publisher.say(new ClientMessage.Publish(null, map, Data.json("1"), null, new Change("a", null, false)));
        }
        Position first = publisher.all(ServerMessage.Published.class).get(1).position();
        world.memory.close();
        World.Client reader = world.client();
        reader.subscribe("map", first);
        reader.say(new ClientMessage.History(null, map, first, null, 10));
        reader.subscribe("orders", Position.ORIGIN);
        reader.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(reader.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsOnly(Code.MOVING)
                .hasSize(4);
    }

    @Test
    void whoDoesNotAskForPresenceNeedsNoPermissionForIt() {
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "no"));
        World.Client reader = world.client("ada");
        reader.subscribe("orders", null);
        reader.only(ServerMessage.Subscribed.class);
        assertThat(reader.all(ServerMessage.Refusal.class)).isEmpty();
    }

    @Test
    void whoseSubscriptionIsRefusedIsNotListed() {
        World.Client witness = world.client("bob");
        witness.attend("orders");
        world.mayRead = (_, _) -> false;
        World.Client ada = world.client("ada");
        ada.attend("orders");
        assertThat(ada.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.NOT_PERMITTED);
        assertThat(witness.all(ServerMessage.Join.class)).isEmpty();
        assertThat(world.counters.joins()).isEqualTo(1);
    }

    /** One is told of its own publication ahead of the others, which come with it again for those who were not. */
    @Test
    void whoIsToldAheadOfTheOthersIsToldNothingTwiceAndMissesNothing() {
        for (int seed = 0; seed < 60; seed++) {
            World seeded = new World(seed);
            World.Client both = seeded.client();
            World.Client other = seeded.client();
            both.subscribe("orders", null);
            seeded.log.holding = true;
            both.post(both.publishing("orders", 1, null));
            seeded.run();
            for (int i = 2; i <= 4; i++) {
                other.post(other.publishing("orders", i, null));
                seeded.run();
            }
            seeded.log.release();
            seeded.run();
            assertThat(both.numbers()).as("seed %d", seed).containsExactly(1, 2, 3, 4);
        }
    }

    /** What is large comes in several runs, of which the first lie far behind who was told ahead. */
    @Test
    void whoIsToldAheadIsToldNothingTwiceThoughItComesInSeveralRuns() {
        for (int seed = 0; seed < 20; seed++) {
            World seeded = new World(seed);
            World.Client both = seeded.client();
            World.Client other = seeded.client();
            both.subscribe("orders", null);
            seeded.log.holding = true;
            Data large = Data.json("\"" + "x".repeat(EncodedRun.BYTES_MAX) + "\"");
            for (World.Client client : List.of(other, other, both)) {
                client.say(new ClientMessage.Publish(null, ORDERS, large, null, null));
            }
            seeded.log.release();
            seeded.run();
            assertThat(both.all(ServerMessage.Delivery.class))
                    .as("seed %d", seed)
                    .extracting(delivery -> delivery.publication().offset())
                    .containsExactly(1L, 2L, 3L);
        }
    }

    // ---- what its broker tells it

    private static final Publication FIRST =
            new Publication(ORDERS, new Position(7, 1, 70), Data.json("1"), null, 1000, null);

    /** Tells the channel what its broker would, all in one turn of its shard. */
    private void tell(Consumer<Channel> news) {
        Shard shard = world.node().shardOf(ORDERS);
        shard.mailbox.post(() -> news.accept(Objects.requireNonNull(shard.attached(ORDERS))));
        world.run();
    }

    private static List<String> words(World.Client reader) {
        return reader.received.stream()
                .map(message -> message instanceof ServerMessage.Refusal refusal
                        ? refusal.code().name()
                        : message.getClass().getSimpleName())
                .toList();
    }

    /** Whoever was given the data is told that it is gone, however closely the one follows the other. */
    @Test
    void aRedactionNeverOvertakesItsPublication() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        tell(orders -> {
            orders.onPublication(FIRST);
            orders.onRedacted(FIRST.redacted());
        });
        assertThat(words(reader)).containsExactly("Subscribed", "Delivery", "Redacted");
    }

    @Test
    void whatCameWhileAChannelWasStaleIsToldBeforeThatItIsNoMore() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        tell(Channel::onStale);
        tell(orders -> {
            orders.onPublication(FIRST);
            orders.onFresh();
        });
        assertThat(words(reader)).containsExactly("Subscribed", "BROKER_AWAY", "Delivery", "BROKER_BACK");
    }

    @Test
    void whoComesToAStaleChannelIsToldSo() {
        World.Client client = world.client();
        client.publish("orders", 1);
        client.received.clear();
        tell(Channel::onStale);
        client.subscribe("orders", null);
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(words(client)).containsExactly("Subscribed", "BROKER_AWAY", "HistoryPage");
        assertThat(world.counters.outstanding()).isZero();
        assertThat(client.stalePages).isEqualTo(1);
        tell(Channel::onFresh);
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(client.stalePages).isEqualTo(1);
    }

    @Test
    void onlyTheNodeWritesDocuments() {
        world.defaultSettings = world.defaultSettings.with(ChannelKind.DOCUMENT);
        ClientMessage update =
                new ClientMessage.Publish(null, ORDERS, Data.json("1"), null, new Change("a", null, false));
        World.Client ada = world.client("ada");
        ada.say(update);
        assertThat(words(ada)).containsExactly("UNSUPPORTED");
        World.Client node = world.client(Principal.DOCUMENTS);
        node.say(update);
        assertThat(words(node)).containsExactly("Published");
    }

    @Test
    void aReaderThatHasNotBegunIsGivenNoSignals() {
        world.log.holding = true;
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        world.client("ada").signal("orders", 1);
        world.log.release();
        world.run();
        assertThat(reader.signals()).isEmpty();
        assertThat(world.counters.signalsDropped()).isZero();
    }

    @Test
    void whoCountsIsToldOnceALostOneIsKnownNotToComeBack() {
        World.Client counting = world.client();
        counting.attendToCount("orders");
        World.Client ada = world.client("ada");
        ada.attend("orders");
        ada.close();
        world.pass(Duration.ofSeconds(2));
        assertThat(counting.all(ServerMessage.PresenceCount.class).getLast().users())
                .isEqualTo(1);
        world.endSessions((principal, _) -> "ada".equals(principal.name()), Code.REVOKED);
        world.pass(Duration.ofSeconds(2));
        assertThat(counting.all(ServerMessage.PresenceCount.class).getLast().users())
                .isZero();
    }

    @Test
    void whoReadsOnIsToldWhoIsPresentOnce() {
        World.Client reader = world.client("ada");
        reader.attend("orders");
        reader.room = 0;
        world.client().publish("orders", 1);
        reader.giveRoom(10);
        assertThat(reader.numbers()).containsExactly(1);
        assertThat(reader.all(ServerMessage.PresenceList.class)).hasSize(1);
    }

    @Test
    void aListThatBeginsAnewIsCounted() {
        World.Client ada = world.client("ada");
        ada.attend("orders");
        ada.say(new ClientMessage.Presence(null, ORDERS, "nonsense", 0, false));
        assertThat(world.counters.presenceRestarts()).isEqualTo(1);
        ada.say(new ClientMessage.Presence(null, ORDERS, null, 0, false));
        assertThat(world.counters.presenceRestarts()).isEqualTo(1);
    }

    // ---- a map

    @Test
    void aSubscriptionToAMapIsAnsweredByItsIdAndMakesWayForOthers() {
        world.settings.put(new ChannelName("map"), world.defaultSettings.with(ChannelKind.MAP));
        World.Client client = world.client();
        client.subscribe("map", new Position(1, 5, 5));
        ServerMessage.Subscribed subscribed = client.only(ServerMessage.Subscribed.class);
        assertThat(subscribed.id()).isNotNull();
        assertThat(subscribed.position()).isEqualTo(Position.ORIGIN);
        client.room = 0;
        world.client()
                .say(new ClientMessage.Publish(
                        null, new ChannelName("map"), Data.json("1"), null, new Change("a", null, false)));
        client.giveRoom(10);
        assertThat(client.all(ServerMessage.Delivery.class)).hasSize(1);
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(client.all(ServerMessage.HistoryPage.class)).hasSize(1);
    }

    @Test
    void whatIsNotSubscribedYetCannotBeTracked() {
        world.defaultSettings = world.defaultSettings.with(ChannelKind.MAP);
        world.log.holding = true;
        World.Client client = world.client();
        client.subscribe("orders", null);
        client.say(new ClientMessage.Track(null, ORDERS, null));
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.NOT_SUBSCRIBED);
    }

    @Test
    void aGapInAPageOfHistorySaysWhichPositionWasAskedFor() {
        World.Client client = world.client();
        client.publish("orders", 1);
        Position foreign = new Position(1, 1, 1);
        client.say(new ClientMessage.History(null, ORDERS, foreign, null, 10));
        client.say(new ClientMessage.History(null, ORDERS, null, foreign, 10));
        assertThat(client.all(ServerMessage.HistoryPage.class)).hasSize(2).allSatisfy(page -> {
            Gap gap = page.gap();
            assertThat(gap).isNotNull();
            assertThat(gap.cause()).isEqualTo(Gap.Cause.EPOCH);
            assertThat(gap.after()).isEqualTo(foreign.toString());
        });
    }

    @Test
    void aChannelThatMayNotBeIsRefusedWhateverIsAsked() {
        ChannelName forbidden = new ChannelName("forbidden");
        World.Client client = world.client();
        client.say(new ClientMessage.History(null, forbidden, null, null, 10));
        client.post(() -> client.session.erase(forbidden, new Erasure.Purge()));
        world.run();
        assertThat(client.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void aPageOfHistoryTellsTheTimesOrNot() {
        assertThat(historyOf(ChannelKind.STREAM, true).at()).isEqualTo(world.millis());
        assertThat(historyOf(ChannelKind.STREAM, false).at()).isZero();
        assertThat(historyOf(ChannelKind.MAP, true).at()).isEqualTo(world.millis());
        assertThat(historyOf(ChannelKind.MAP, false).at()).isZero();
    }

    private Publication historyOf(ChannelKind kind, boolean tellsAt) {
        ChannelName name = new ChannelName(kind.name() + tellsAt);
        world.settings.put(
                name,
                world.defaultSettings.toBuilder().kind(kind).tellsAt(tellsAt).build());
        World.Client client = world.client();
        Change change = kind == ChannelKind.MAP ? new Change("a", null, false) : null;
        client.say(new ClientMessage.Publish(null, name, Data.json("1"), null, change));
        client.say(new ClientMessage.History(null, name, null, null, 10));
        return client.only(ServerMessage.HistoryPage.class).publications().getFirst();
    }

    @Test
    void whatCannotBeLoadedCannotBeErased() {
        world.log.openFault = ChannelLog.Fault.BUSY;
        World.Client client = world.client();
        client.post(() -> client.session.erase(ORDERS, new Erasure.Purge()));
        world.run();
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.OVERLOADED);
        assertThat(client.carriedOut).isZero();
    }

    @Test
    void aMapThatLeftTheMemoryTakesNoValueAway() {
        MapSettings map = new MapSettings(10, 1000, 10, Duration.ofSeconds(65), Duration.ZERO);
        world.defaultSettings =
                world.defaultSettings.toBuilder().kind(ChannelKind.MAP).map(map).build();
        World.Client client = world.client();
        client.say(new ClientMessage.Publish(null, ORDERS, Data.json("1"), null, new Change("a", null, false)));
        world.pass(Duration.ofMinutes(2));
        assertThat(world.counters.channelsAttached()).isZero();
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(client.only(ServerMessage.HistoryPage.class).publications()).isEmpty();
    }
}
