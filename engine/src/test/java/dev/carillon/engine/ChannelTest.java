package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a channel does at its bounds, and where it can't be read. */
class ChannelTest {

    private static final ChannelName ORDERS = new ChannelName("orders");

    private final World world = new World();

    @Test
    void asManyMayWaitForAChannelToBeLoaded() {
        world.limits = SomeLimits.waitingAndCommands(2, EngineLimits.DEFAULT.rates().commands());
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
                name, world.defaultSettings.toBuilder().kind(kind).tellsAt(tellsAt).build());
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
        world.defaultSettings = world.defaultSettings.toBuilder()
                .kind(ChannelKind.MAP)
                .map(map)
                .build();
        World.Client client = world.client();
        client.say(new ClientMessage.Publish(null, ORDERS, Data.json("1"), null, new Change("a", null, false)));
        world.pass(Duration.ofMinutes(2));
        assertThat(world.counters.channelsAttached()).isZero();
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(client.only(ServerMessage.HistoryPage.class).publications()).isEmpty();
    }
}
