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
import org.junit.jupiter.api.Test;

/** Purge and redaction (PROTOCOL.md §6.3). */
class EraseTest {

    private static final ChannelName ORDERS = new ChannelName("orders");

    private final World world = new World();
    private final World.Client publisher = world.client("ada");
    private final World.Client admin = world.client("root");

    private Position publish(int number) {
        return ((ServerMessage.Published) publisher.publish("orders", number)).position();
    }

    private void erase(Erasure erasure) {
        admin.post(() -> admin.session.erase(ORDERS, erasure));
        world.run();
    }

    private void purge() {
        erase(new Erasure.Purge());
    }

    private void redact(Position position) {
        erase(new Erasure.Redaction(position));
    }

    private World.Client reader(Position after) {
        World.Client reader = world.client();
        reader.subscribe("orders", after);
        return reader;
    }

    private static List<String> told(World.Client reader) {
        return reader.all(ServerMessage.Delivery.class).stream()
                .map(ServerMessage.Delivery::publication)
                .map(p -> p.isRedacted() ? "redacted" : p.data().text())
                .toList();
    }

    private List<Publication> history() {
        World.Client reader = world.client();
        reader.say(new ClientMessage.History(null, ORDERS, null, null, 100));
        return reader.only(ServerMessage.HistoryPage.class).publications();
    }

    @Test
    void aRedactedPublicationKeepsItsPlaceAndLosesItsData() {
        publish(1);
        Position second = publish(2);
        publish(3);
        World.Client there = reader(Position.ORIGIN);
        redact(second);
        assertThat(admin.carriedOut).isEqualTo(1);
        assertThat(there.only(ServerMessage.Redacted.class).position()).isEqualTo(second);
        assertThat(told(reader(Position.ORIGIN))).containsExactly("1", "redacted", "3");
        assertThat(history()).extracting(Publication::isRedacted).containsExactly(false, true, false);
        assertThat(told(reader(second))).containsExactly("3");
        world.restart();
        assertThat(told(reader(Position.ORIGIN))).containsExactly("1", "redacted", "3");
        assertThat(reader(second).all(ServerMessage.Gapped.class)).isEmpty();
        assertThat(history().get(1).from()).isEqualTo("ada");
    }

    @Test
    void aReaderIsToldOfTheLastThatItWasGivenAndNotOfTheOneBehindThat() {
        publish(1);
        World.Client there = reader(null);
        World.Client slow = reader(null);
        slow.room = 1;
        publish(2);
        Position third = publish(3);
        redact(third);
        assertThat(there.only(ServerMessage.Redacted.class).position()).isEqualTo(third);
        assertThat(slow.all(ServerMessage.Redacted.class)).isEmpty();
    }

    @Test
    void aReaderThatIsBehindIsGivenItRedacted() {
        publish(1);
        World.Client slow = reader(null);
        slow.room = 0;
        Position second = publish(2);
        publish(3);
        redact(second);
        assertThat(slow.all(ServerMessage.Redacted.class)).isEmpty();
        slow.giveRoom(10);
        assertThat(told(slow)).containsExactly("redacted", "3");
    }

    @Test
    void whatIsOnItsWayToAReaderIsToldAsRedactedBehindIt() {
        World.Client reader = reader(null);
        world.log.holding = true;
        publisher.post(publisher.publishing("orders", 1, null));
        world.run();
        world.log.releaseOne();
        Position first = null;
        while (first == null) {
            assertThat(world.step()).isTrue();
            first = publisher.all(ServerMessage.Published.class).stream()
                    .map(ServerMessage.Published::position)
                    .findFirst()
                    .orElse(null);
        }
        world.log.release();
        Position published = first;
        admin.post(() -> admin.session.erase(ORDERS, new Erasure.Redaction(published)));
        world.run();
        assertThat(reader.received)
                .filteredOn(m -> m instanceof ServerMessage.Delivery || m instanceof ServerMessage.Redacted)
                .extracting(m -> m.getClass().getSimpleName())
                .containsExactly("Delivery", "Redacted");
    }

    @Test
    void whatIsNotThereCannotBeRedacted() {
        Position first = publish(1);
        redact(new Position(first.epoch(), 2, 7));
        redact(new Position(first.epoch(), 1, first.check() + 1));
        redact(new Position(first.epoch() + 1, 1, first.check()));
        assertThat(admin.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsOnly(Code.NOT_FOUND)
                .hasSize(3);
        assertThat(admin.carriedOut).isZero();
        assertThat(told(reader(Position.ORIGIN))).containsExactly("1");
        redact(first);
        redact(first);
        assertThat(admin.carriedOut).isEqualTo(2);
    }

    @Test
    void aRetryOfWhatWasRedactedIsStillADuplicate() {
        String key = "0123456789abcdef";
        Position first = ((ServerMessage.Published) publisher.publish("orders", 1, key)).position();
        redact(first);
        ServerMessage.Published again = (ServerMessage.Published) publisher.publish("orders", 1, key);
        assertThat(again.duplicate()).isTrue();
        assertThat(again.position()).isEqualTo(first);
    }

    @Test
    void onlyWhoMayErases() {
        Position first = publish(1);
        world.onErase = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "no"));
        redact(first);
        purge();
        assertThat(admin.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.NOT_PERMITTED, Code.NOT_PERMITTED);
        assertThat(told(reader(Position.ORIGIN))).containsExactly("1");
    }

    @Test
    void aPurgedStreamBeginsAnewAndItsReadersAreTold() {
        String key = "0123456789abcdef";
        publisher.publish("orders", 1, key);
        Position second = publish(2);
        World.Client there = reader(null);
        World.Client behind = reader(null);
        behind.room = 0;
        publish(3);
        purge();
        assertThat(admin.carriedOut).isEqualTo(1);
        Gap gap = there.only(ServerMessage.Gapped.class).gap();
        assertThat(gap.cause()).isEqualTo(Gap.Cause.EPOCH);
        assertThat(gap.next()).isEqualTo(Position.ORIGIN);
        assertThat(history()).isEmpty();
        ServerMessage.Published anew = (ServerMessage.Published) publisher.publish("orders", 4, key);
        assertThat(anew.duplicate()).isFalse();
        assertThat(anew.position().offset()).isEqualTo(1);
        assertThat(anew.position().epoch()).isNotEqualTo(second.epoch());
        assertThat(told(there)).containsExactly("3", "4");
        behind.giveRoom(10);
        assertThat(behind.only(ServerMessage.Gapped.class).gap().cause()).isEqualTo(Gap.Cause.EPOCH);
        assertThat(told(behind)).containsExactly("4");
        World.Client late = reader(second);
        assertThat(late.only(ServerMessage.Subscribed.class).gap().cause()).isEqualTo(Gap.Cause.EPOCH);
        world.restart();
        assertThat(told(reader(Position.ORIGIN))).containsExactly("4");
    }

    @Test
    void aPurgedChannelIsEmptyAfterARestart() {
        Position first = publish(1);
        purge();
        world.restart();
        World.Client reader = reader(first);
        assertThat(reader.only(ServerMessage.Subscribed.class).gap().cause()).isEqualTo(Gap.Cause.EPOCH);
        assertThat(told(reader)).isEmpty();
        assertThat(world.memory.channelCount()).isZero();
    }

    @Test
    void aPurgeWaitsForWhatIsOnItsWayAndHoldsBackWhatComes() {
        World.Client reader = reader(null);
        world.log.holding = true;
        publisher.post(publisher.publishing("orders", 1, null));
        world.run();
        admin.post(() -> admin.session.erase(ORDERS, new Erasure.Purge()));
        world.run();
        publisher.post(publisher.publishing("orders", 2, "0123456789abcdef"));
        world.run();
        world.log.release();
        world.run();
        assertThat(publisher.all(ServerMessage.Published.class)).hasSize(2);
        assertThat(admin.carriedOut).isEqualTo(1);
        assertThat(told(reader)).containsExactly("1", "2");
        assertThat(reader.all(ServerMessage.Gapped.class)).hasSize(1);
        assertThat(history()).extracting(p -> p.data().text()).containsExactly("2");
    }

    /** Whoever is given what was purged is told so behind it, however closely the one follows the other. */
    @Test
    void aPurgeNeverOvertakesWhatWasPublishedBeforeIt() {
        for (int seed = 0; seed < 60; seed++) {
            World seeded = new World(seed);
            World.Client reader = seeded.client();
            World.Client eraser = seeded.client("root");
            reader.subscribe("orders", null);
            seeded.log.holding = true;
            eraser.post(eraser.publishing("orders", 1, null));
            eraser.post(() -> eraser.session.erase(ORDERS, new Erasure.Purge()));
            seeded.run();
            seeded.log.release();
            seeded.run();
            assertThat(reader.received)
                    .as("seed %d", seed)
                    .extracting(m -> m.getClass().getSimpleName())
                    .containsExactly("Subscribed", "Delivery", "Gapped");
        }
    }

    /** What the page was to hold had gone from the log by then, and its reader was told a fault of the storage. */
    @Test
    void aPageThatIsAskedForDuringAPurgeIsReadBehindIt() {
        publish(1);
        publish(2);
        world.restart();
        assertThat(history()).hasSize(2);
        world.log.holding = true;
        World.Client eraser = world.client("root");
        eraser.post(() -> eraser.session.erase(ORDERS, new Erasure.Purge()));
        world.run();
        World.Client reader = reader(Position.ORIGIN);
        World.Client asking = world.client();
        asking.say(new ClientMessage.History(null, ORDERS, null, null, 100));
        world.log.release();
        world.run();
        assertThat(reader.all(ServerMessage.Refusal.class)).isEmpty();
        assertThat(reader.only(ServerMessage.Subscribed.class).recovered()).isTrue();
        assertThat(asking.only(ServerMessage.HistoryPage.class).publications()).isEmpty();
    }

    /** It was read before the purge and found trimmed or rewritten, so that it was to be read again. */
    @Test
    void aPageThatAPurgeOvertakesIsReadAgain() {
        Position first = publish(1);
        publish(2);
        publish(3);
        world.restart();
        assertThat(history()).hasSize(3);
        world.log.holding = true;
        World.Client reader = reader(new Position(first.epoch(), 1, first.check() + 1));
        World.Client eraser = world.client("root");
        eraser.post(() -> eraser.session.erase(ORDERS, new Erasure.Purge()));
        world.run();
        world.log.release();
        world.run();
        assertThat(reader.all(ServerMessage.Refusal.class)).isEmpty();
        assertThat(reader.only(ServerMessage.Subscribed.class).gap()).isNotNull();
        assertThat(told(reader)).isEmpty();
    }

    @Test
    void aPurgeThatFailedIsDoneBeforeAValueIsTakenAway() {
        ChannelName places = new ChannelName("places");
        MapSettings ofTenSeconds = new MapSettings(10, 4096, 10, Duration.ofSeconds(10), Duration.ZERO);
        world.settings.put(
                places,
                world.defaultSettings.toBuilder()
                        .kind(ChannelKind.MAP)
                        .map(ofTenSeconds)
                        .build());
        publisher.say(new ClientMessage.Publish(null, places, Data.json("1"), null, new Change("a", null, false)));
        World.Client reader = world.client();
        reader.subscribe("places", null);
        world.log.fault = ChannelLog.Fault.FULL;
        admin.post(() -> admin.session.erase(places, new Erasure.Purge()));
        world.run();
        world.log.fault = null;
        world.pass(Duration.ofSeconds(20));
        assertThat(reader.all(ServerMessage.Reset.class)).hasSize(2);
        assertThat(MapHolder.of("places", reader.received).values()).isEmpty();
    }

    @Test
    void aPurgeOfNothingTellsNobody() {
        World.Client reader = reader(null);
        purge();
        assertThat(admin.carriedOut).isEqualTo(1);
        assertThat(reader.received).hasSize(1);
    }

    @Test
    void aPurgeThatFailedIsDoneBeforeTheNextPublish() {
        publish(1);
        World.Client reader = reader(null);
        world.log.fault = ChannelLog.Fault.FULL;
        purge();
        assertThat(admin.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.STORAGE_FULL);
        ServerMessage.Refusal refused = (ServerMessage.Refusal) publisher.publish("orders", 2);
        assertThat(refused.code()).isEqualTo(Code.STORAGE_FULL);
        world.log.fault = null;
        publish(3);
        assertThat(told(reader)).containsExactly("3");
        assertThat(reader.all(ServerMessage.Gapped.class)).hasSize(1);
        assertThat(history()).extracting(p -> p.data().text()).containsExactly("3");
    }

    @Test
    void aRetryThatCameBeforeAPurgeIsNotStoredBehindIt() {
        String key = "0123456789abcdef";
        World.Client again = world.client("ada");
        publish(1);
        world.log.holding = true;
        publisher.say(publisher.publishing("orders", 2, key));
        again.say(again.publishing("orders", 2, key));
        purge();
        world.log.release();
        world.run();
        assertThat(again.only(ServerMessage.Published.class).duplicate()).isTrue();
        assertThat(admin.carriedOut).isEqualTo(1);
        assertThat(history()).isEmpty();
    }

    /**
     * The disk was full: a publish was refused with <em>retry</em>, and the next of its publisher, which had come meanwhile and
     * waited behind a purge, was stored; so the first, when it came again, stood behind it (seed 282 of the simulation).
     */
    @Test
    void whatWaitsBehindAPurgeIsRefusedWithWhatWasPublishedBeforeIt() {
        publish(1);
        world.log.holding = true;
        publisher.say(publisher.publishing("orders", 2, "0123456789abcdef"));
        purge();
        publisher.say(publisher.publishing("orders", 3, "fedcba9876543210"));
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.releaseOne();
        world.log.fault = null;
        world.run();
        world.log.release();
        world.run();
        assertThat(publisher.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.STORAGE_FULL, Code.STORAGE_FULL);
        assertThat(admin.carriedOut).isEqualTo(1);
        assertThat(history()).isEmpty();
        assertThat(publisher.publish("orders", 2, "0123456789abcdef")).isInstanceOf(ServerMessage.Published.class);
        assertThat(publisher.publish("orders", 3, "fedcba9876543210")).isInstanceOf(ServerMessage.Published.class);
        assertThat(history()).extracting(p -> p.data().text()).containsExactly("2", "3");
    }

    @Test
    void whatAChannelCannotDoIsUnsupported() {
        Position first = publish(1);
        world.settings.put(new ChannelName("map"), world.defaultSettings.with(ChannelKind.MAP));
        world.settings.put(new ChannelName("signals"), world.defaultSettings.with(ChannelKind.SIGNAL));
        admin.post(() -> admin.session.erase(new ChannelName("map"), new Erasure.Redaction(first)));
        admin.post(() -> admin.session.erase(new ChannelName("signals"), new Erasure.Redaction(first)));
        admin.post(() -> admin.session.erase(new ChannelName("signals"), new Erasure.Purge()));
        world.run();
        assertThat(admin.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.UNSUPPORTED, Code.UNSUPPORTED, Code.UNSUPPORTED);
    }
}
