package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels of kind signal (PROTOCOL.md §5.1). */
class SignalKindTest {

    private final World world = new World();

    @BeforeEach
    void channelsOfSignals() {
        world.defaultSettings = world.defaultSettings.with(ChannelKind.SIGNAL);
    }

    @Test
    void aPublishIsToldToBeASignal() {
        World.Client client = world.client("ada");
        ServerMessage.Refusal refusal = (ServerMessage.Refusal) client.publish("pointers", 1, "0123456789abcdef");
        assertThat(refusal.code()).isEqualTo(Code.SIGNALS_ONLY);
        ServerMessage.Refusal next = (ServerMessage.Refusal) client.publish("pointers", 2);
        assertThat(next.code()).isEqualTo(Code.SIGNALS_ONLY);
        assertThat(world.memory.channelCount()).isZero();
    }

    @Test
    void signalsGoToWhoeverIsSubscribed() {
        World.Client reader = world.client();
        reader.subscribe("pointers", new Position(1, 2, 3));
        ServerMessage.Subscribed subscribed = reader.only(ServerMessage.Subscribed.class);
        assertThat(subscribed.position()).isEqualTo(Position.ORIGIN);
        assertThat(subscribed.gap()).isNull();
        World.Client sender = world.client("ada");
        sender.signal("pointers", 1);
        reader.room = 0;
        sender.signal("pointers", 2);
        sender.signal("pointers", 3);
        reader.giveRoom(10);
        sender.signal("pointers", 4);
        assertThat(reader.signals()).containsExactly(1, 4);
        assertThat(reader.all(ServerMessage.Signalled.class).getLast().dropped())
                .isEqualTo(2);
    }

    @Test
    void nothingOfItCanBeTracked() {
        World.Client reader = world.client();
        reader.say(new ClientMessage.Subscribe(
                null,
                new ChannelName("pointers"),
                null,
                0,
                ClientMessage.Subscribe.NO_PRESENCE,
                new Selection(false, List.of("a"))));
        assertThat(reader.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.UNSUPPORTED);
        assertThat(reader.all(ServerMessage.Subscribed.class)).isEmpty();
    }

    @Test
    void presenceIsToldThere() {
        World.Client reader = world.client("ada");
        reader.attend("pointers");
        assertThat(reader.presence().users).containsExactly("ada");
    }

    @Test
    void aPageOfItIsEmpty() {
        World.Client client = world.client();
        client.say(new ClientMessage.History(null, new ChannelName("pointers"), new Position(1, 2, 3), null, 9));
        ServerMessage.HistoryPage page = client.only(ServerMessage.HistoryPage.class);
        assertThat(page.publications()).isEmpty();
        assertThat(page.position()).isEqualTo(Position.ORIGIN);
        assertThat(page.gap()).isNull();
    }

    @Test
    void itNeedsNoLogAndLeavesTheMemory() {
        world.log.openFault = ChannelLog.Fault.BROKEN;
        World.Client client = world.client();
        client.subscribe("pointers", null);
        assertThat(client.all(ServerMessage.Refusal.class)).isEmpty();
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        client.unsubscribe("pointers");
        world.pass(Duration.ofMinutes(5));
        assertThat(world.counters.channelsAttached()).isZero();
    }
}
