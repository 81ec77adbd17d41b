package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators are told is what happened. */
class CountersTest {

    private static final ChannelName ORDERS = new ChannelName("orders");
    private static final String KEY = "key-0123456789abcdef";

    private final World world = new World();
    private final EngineCounters counters = world.counters;
    private final World.Client publisher = world.client("ada");

    private World.Client reader() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        return reader;
    }

    @Test
    void publicationsAreCountedOnceEachAndDeliveriesForEachReader() {
        reader();
        reader();
        publisher.publish("orders", 1);
        publisher.publish("orders", 2, KEY);
        publisher.publish("orders", 2, KEY);
        assertThat(counters.published()).isEqualTo(2);
        assertThat(counters.duplicates()).isEqualTo(1);
        assertThat(counters.delivered()).isEqualTo(4);
    }

    @Test
    void whatIsThereNowIsCountedAndUncounted() {
        World.Client first = reader();
        World.Client second = reader();
        second.subscribe("others", null);
        assertThat(List.of(counters.sessions(), counters.subscriptions(), counters.channelsAttached()))
                .containsExactly(3L, 3L, 2L);
        second.unsubscribe("others");
        first.close();
        assertThat(List.of(counters.sessions(), counters.subscriptions())).containsExactly(2L, 1L);
        second.close();
        publisher.close();
        world.pass(Duration.ofMinutes(3));
        assertThat(List.of(counters.sessions(), counters.subscriptions(), counters.channelsAttached()))
                .containsExactly(0L, 0L, 0L);
    }

    @Test
    void whatWaitsForItsChannelOrItsAnswerIsCountedUntilThen() {
        world.log.holding = true;
        publisher.say(publisher.publishing("orders", 1, null));
        World.Client reader = reader();
        reader.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        assertThat(counters.outstanding()).isEqualTo(3);
        assertThat(counters.waiting()).isEqualTo(3);
        world.log.release();
        world.run();
        assertThat(counters.outstanding()).isZero();
        assertThat(counters.waiting()).isZero();
    }

    @Test
    void aReaderWithoutRoomIsCountedOnceAsParked() {
        World.Client slow = reader();
        slow.room = 2;
        for (int i = 1; i <= 5; i++) {
            publisher.publish("orders", i);
        }
        assertThat(counters.parked()).isEqualTo(1);
        slow.giveRoom(100);
        assertThat(slow.numbers()).hasSize(5);
        assertThat(counters.parked()).isEqualTo(1);
        assertThat(counters.delivered()).isEqualTo(5);
    }

    @Test
    void aGapIsCountedWhetherItIsToldWithASubscriptionOrLater() {
        publisher.publish("orders", 1);
        World.Client reader = world.client();
        reader.subscribe("orders", new Position(1, 1, 1));
        assertThat(counters.gaps()).isEqualTo(1);
        erase(new Erasure.Purge());
        assertThat(reader.all(ServerMessage.Gapped.class)).hasSize(1);
        assertThat(counters.gaps()).isEqualTo(2);
        assertThat(counters.purges()).isEqualTo(1);
        assertThat(counters.redactions()).isZero();
    }

    @Test
    void aRedactionIsCountedAndARefusedOneIsARefusal() {
        Position position = ((ServerMessage.Published) publisher.publish("orders", 1)).position();
        erase(new Erasure.Redaction(position));
        erase(new Erasure.Redaction(new Position(1, 1, 1)));
        assertThat(counters.redactions()).isEqualTo(1);
        assertThat(counters.purges()).isZero();
        assertThat(counters.refusals(Code.NOT_FOUND)).isEqualTo(1);
        assertThat(counters.refusals(Code.OVERLOADED)).isZero();
    }

    @Test
    void aReaderOfAMapThatIsToForgetIsCounted() {
        world.defaultSettings = world.defaultSettings.with(ChannelKind.MAP);
        reader();
        assertThat(counters.resets()).isEqualTo(1);
        assertThat(counters.gaps()).isZero();
    }

    @Test
    void signalsAreCountedAsSentDeliveredAndDropped() {
        World.Client slow = reader();
        reader();
        publisher.signal("orders", 1);
        slow.room = 0;
        publisher.signal("orders", 2);
        publisher.signal("orders", 3);
        assertThat(counters.signals()).isEqualTo(3);
        assertThat(counters.signalsDelivered()).isEqualTo(4);
        assertThat(counters.signalsDropped()).isEqualTo(2);
        assertThat(counters.waiting()).isZero();
    }

    @Test
    void whoComesAndGoesIsCountedAndSoAreTheListsThatAreWritten() {
        World.Client ada = world.client("ada");
        ada.attend("orders");
        assertThat(counters.presenceListed()).isEqualTo(1);
        World.Client bob = world.client("bob");
        bob.attend("orders");
        assertThat(counters.presenceListed()).isEqualTo(3);
        ada.askWhoIsThere("orders");
        assertThat(counters.presenceListed()).isEqualTo(5);
        assertThat(List.of(counters.joins(), counters.leaves(), counters.present()))
                .containsExactly(2L, 0L, 2L);
        bob.sayGoodbye();
        assertThat(List.of(counters.joins(), counters.leaves(), counters.present()))
                .containsExactly(2L, 1L, 1L);
    }

    @Test
    void sessionsThatTheServerEndsAreCountedByTheirCode() {
        reader();
        world.endSessions((principal, _) -> "ada".equals(principal.name()), Code.REVOKED);
        assertThat(counters.ended(Code.REVOKED)).isEqualTo(1);
        assertThat(counters.ended(Code.TOKEN_EXPIRED)).isZero();
        assertThat(counters.sessions()).isEqualTo(1);
        publisher.close();
        assertThat(counters.sessions()).isEqualTo(1);
    }

    @Test
    void everyResumeIsCounted() {
        publisher.say(new ClientMessage.Resume(null, List.of(), List.of()));
        publisher.say(new ClientMessage.Resume(null, List.of(), List.of()));
        assertThat(counters.resumes()).isEqualTo(2);
    }

    private void erase(Erasure erasure) {
        publisher.post(() -> publisher.session.erase(ORDERS, erasure));
        world.run();
    }
}
