package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeliveryTest {

    private final World world = new World();

    private static List<Integer> range(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    private void publish(String channel, int first, int last) {
        World.Client publisher = world.client();
        for (int i = first; i <= last; i++) {
            assertThat(publisher.publish(channel, i)).isInstanceOf(ServerMessage.Published.class);
        }
        publisher.close();
    }

    @Test
    void aSubscriberReceivesWhatIsPublishedAfterwardsInOrder() {
        publish("orders", 1, 3);
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        publish("orders", 4, 8);
        assertThat(reader.numbers()).isEqualTo(range(4, 8));
        assertThat(reader.only(ServerMessage.Subscribed.class).position().offset())
                .isEqualTo(3);
    }

    @Test
    void aPublisherIsToldItsPositionAfterItsReaderWasTheSamePublication() {
        World.Client both = world.client();
        both.subscribe("orders", null);
        both.publish("orders", 1);
        ServerMessage.Delivery delivery = both.only(ServerMessage.Delivery.class);
        ServerMessage.Published published = both.only(ServerMessage.Published.class);
        assertThat(published.position()).isEqualTo(delivery.publication().position());
        assertThat(both.received.indexOf(delivery)).isLessThan(both.received.indexOf(published));
    }

    @Test
    void acknowledgementsAndDeliveriesLeaveInOffsetOrder() {
        World.Client both = world.client();
        both.subscribe("orders", null);
        world.log.holding = true;
        for (int i = 0; i < 20; i++) {
            both.post(both.publishing("orders", i, null));
        }
        world.run();
        world.log.release();
        world.run();
        List<Long> offsets = new ArrayList<>();
        for (ServerMessage message : both.received) {
            if (message instanceof ServerMessage.Delivery d) {
                offsets.add(d.publication().offset() * 2);
            } else if (message instanceof ServerMessage.Published p) {
                offsets.add(p.position().offset() * 2 + 1);
            }
        }
        assertThat(offsets).hasSize(40).isSorted();
    }

    @Test
    void nothingIsDeliveredOrAcknowledgedBeforeTheLogHasStoredIt() {
        World.Client both = world.client();
        both.subscribe("orders", null);
        both.publish("orders", 1);
        both.received.clear();
        world.log.holding = true;
        both.say(both.publishing("orders", 2, null));
        assertThat(both.received).isEmpty();
        World.Client late = world.client();
        late.subscribe("orders", null);
        assertThat(late.only(ServerMessage.Subscribed.class).position().offset())
                .isEqualTo(1);
        world.log.release();
        world.run();
        assertThat(both.numbers()).containsExactly(2);
        assertThat(late.numbers()).containsExactly(2);
    }

    @Test
    void aReaderResumesFromItsPositionAndIsRecovered() {
        publish("orders", 1, 5);
        World.Client first = world.client();
        first.subscribe("orders", Position.ORIGIN);
        assertThat(first.only(ServerMessage.Subscribed.class).recovered()).isTrue();
        first.close();
        publish("orders", 6, 9);
        World.Client second = world.client();
        second.subscribe("orders", first.position());
        assertThat(second.only(ServerMessage.Subscribed.class).recovered()).isTrue();
        publish("orders", 10, 11);
        assertThat(first.numbers()).isEqualTo(range(1, 5));
        assertThat(second.numbers()).isEqualTo(range(6, 11));
    }

    @Test
    void subscribeDuringPublishMissesNothingWhateverTheInterleaving() {
        for (int seed = 0; seed < Seeds.of(300); seed++) {
            World seeded = new World(seed);
            seeded.limits = SomeLimits.pagesAndTails(200, seed % 3 * 150);
            World.Client publisher = seeded.client();
            for (int i = 1; i <= 10; i++) {
                publisher.publish("orders", i);
            }
            World.Client reader = seeded.client();
            reader.room = seed % 2 == 0 ? Integer.MAX_VALUE : 7;
            reader.post(new ClientMessage.Subscribe(
                    null, new ChannelName("orders"), Position.ORIGIN, 0, ClientMessage.Subscribe.NO_PRESENCE));
            int next = 11;
            while (next <= 60) {
                if (seeded.random.nextInt(3) == 0) {
                    publisher.post(publisher.publishing("orders", next++, null));
                }
                seeded.step();
            }
            seeded.run();
            while (reader.numbers().size() < 60) {
                int before = reader.numbers().size();
                reader.giveRoom(9);
                assertThat(reader.numbers()).as("seed %d", seed).hasSizeGreaterThan(before);
            }
            assertThat(reader.numbers()).as("seed %d", seed).isEqualTo(range(1, 60));
            assertThat(reader.all(ServerMessage.Gapped.class)).isEmpty();
        }
    }

    @Test
    void aSlowReaderIsServedFromTheLogAndMissesNothing() {
        World.Client slow = world.client();
        World.Client quick = world.client();
        slow.subscribe("orders", null);
        quick.subscribe("orders", null);
        slow.room = 3;
        publish("orders", 1, 50);
        assertThat(slow.numbers()).isEqualTo(range(1, 3));
        assertThat(quick.numbers()).isEqualTo(range(1, 50));
        slow.giveRoom(10);
        assertThat(slow.numbers()).isEqualTo(range(1, 13));
        slow.giveRoom(1000);
        publish("orders", 51, 52);
        assertThat(slow.numbers()).isEqualTo(range(1, 52));
        assertThat(world.counters.parked()).isPositive();
    }

    @Test
    void parkedChannelsOfOneConnectionTakeTurns() {
        World.Client slow = world.client();
        slow.subscribe("a", null);
        slow.subscribe("b", null);
        slow.room = 0;
        publish("a", 1, 5);
        publish("b", 101, 105);
        slow.giveRoom(5);
        slow.giveRoom(5);
        assertThat(slow.numbers())
                .contains(1, 2, 3, 4, 5, 101, 102, 103, 104, 105)
                .hasSize(10);
    }

    @Test
    void aSlowReaderThatFallsBehindTheHistoryIsToldOneGapAndGetsWhatIsKept() {
        world.defaultSettings = settings(10);
        world.limits = smallTail();
        World.Client slow = world.client();
        slow.subscribe("orders", null);
        slow.room = 2;
        publish("orders", 1, 100);
        slow.giveRoom(1000);
        assertThat(slow.only(ServerMessage.Gapped.class).gap().cause()).isEqualTo(Gap.Cause.TRIMMED);
        assertThat(slow.numbers()).isEqualTo(concat(range(1, 2), range(91, 100)));
        publish("orders", 101, 102);
        assertThat(slow.numbers()).endsWith(101, 102);
    }

    private static List<Integer> concat(List<Integer> first, List<Integer> second) {
        List<Integer> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private static ChannelSettings settings(int count) {
        return new ChannelSettings(
                Durability.MEMORY, count, 1 << 20, Duration.ofHours(1), 100, Duration.ofMinutes(15), Duration.ZERO);
    }

    private static EngineLimits smallTail() {
        return SomeLimits.pagesAndTails(300, 0);
    }

    @Test
    void aPositionBehindTheHistoryIsAGapAndOneJustBeforeTheOldestIsNone() {
        world.defaultSettings = settings(10);
        world.limits = smallTail();
        World.Client witness = world.client();
        witness.subscribe("orders", null);
        publish("orders", 1, 30);
        List<ServerMessage.Delivery> seen = witness.all(ServerMessage.Delivery.class);

        World.Client justInside = world.client();
        justInside.subscribe("orders", seen.get(19).publication().position());
        assertThat(justInside.only(ServerMessage.Subscribed.class).recovered()).isTrue();
        assertThat(justInside.numbers()).isEqualTo(range(21, 30));

        World.Client justOutside = world.client();
        Position lost = seen.get(18).publication().position();
        justOutside.subscribe("orders", lost);
        ServerMessage.Subscribed subscribed = justOutside.only(ServerMessage.Subscribed.class);
        assertThat(subscribed.recovered()).isFalse();
        assertThat(subscribed.gap())
                .isEqualTo(new Gap(
                        Gap.Cause.TRIMMED,
                        lost.toString(),
                        seen.get(19).publication().position()));
        assertThat(justOutside.numbers()).isEqualTo(range(21, 30));
    }

    @Test
    void historyEndsByAge() {
        publish("orders", 1, 5);
        World.Client early = world.client();
        early.subscribe("orders", Position.ORIGIN);
        world.pass(Duration.ofDays(8));
        World.Client late = world.client();
        late.subscribe("orders", Position.ORIGIN);
        assertThat(late.numbers()).isEmpty();
        ServerMessage.Subscribed subscribed = late.only(ServerMessage.Subscribed.class);
        assertThat(subscribed.gap()).isNotNull();
        assertThat(subscribed.position()).isEqualTo(early.position());
    }

    @Test
    void theOriginContinuesAChannelThatWasPublishedToSince() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        assertThat(reader.only(ServerMessage.Subscribed.class).position()).isEqualTo(Position.ORIGIN);
        reader.close();
        publish("orders", 1, 4);
        World.Client again = world.client();
        again.subscribe("orders", Position.ORIGIN);
        assertThat(again.only(ServerMessage.Subscribed.class).recovered()).isTrue();
        assertThat(again.numbers()).isEqualTo(range(1, 4));
    }

    @Test
    void anotherLifeOfTheStreamIsAGap() {
        publish("orders", 1, 5);
        World.Client first = world.client();
        first.subscribe("orders", Position.ORIGIN);
        world.memory.forget(new ChannelName("orders"));
        world.restart();
        publish("orders", 6, 7);
        World.Client second = world.client();
        second.subscribe("orders", first.position());
        assertThat(second.only(ServerMessage.Subscribed.class).gap())
                .satisfies(gap -> assertThat(gap.cause()).isEqualTo(Gap.Cause.EPOCH));
        assertThat(second.numbers()).containsExactly(6, 7);
    }

    @Test
    void aPositionOfALostEndIsAGapThoughItsOffsetExistsAgain() {
        publish("orders", 1, 5);
        World.Client witness = world.client();
        witness.subscribe("orders", Position.ORIGIN);
        Position head = witness.position();
        Position rewritten = new Position(head.epoch(), 3, head.check() + 1);
        Position ahead = new Position(head.epoch(), 6, 12345);
        Position headRewritten = new Position(head.epoch(), 5, head.check() + 1);
        for (EngineLimits limits : List.of(EngineLimits.DEFAULT, smallTail())) {
            world.limits = limits;
            world.restart();
            assertThat(causeFor(rewritten)).isEqualTo(Gap.Cause.REWRITTEN);
            assertThat(causeFor(headRewritten)).isEqualTo(Gap.Cause.REWRITTEN);
            assertThat(causeFor(ahead)).isEqualTo(Gap.Cause.AHEAD);
        }
    }

    private Gap.Cause causeFor(Position position) {
        World.Client reader = world.client();
        reader.subscribe("orders", position);
        Gap gap = reader.only(ServerMessage.Subscribed.class).gap();
        assertThat(gap).isNotNull();
        assertThat(reader.numbers()).isEqualTo(range(1, 5));
        return gap.cause();
    }

    @Test
    void anUnreadablePositionIsAGapWithEverythingKept() {
        publish("orders", 1, 3);
        World.Client reader = world.client();
        reader.loop
                .mailbox()
                .post(() ->
                        reader.session.subscribe(null, new ChannelName("orders"), new Start.Unreadable("nonsense")));
        world.run();
        assertThat(reader.only(ServerMessage.Subscribed.class).gap()).satisfies(gap -> {
            assertThat(gap.cause()).isEqualTo(Gap.Cause.UNREADABLE);
            assertThat(gap.after()).isEqualTo("nonsense");
        });
        assertThat(reader.numbers()).isEqualTo(range(1, 3));
    }

    @Test
    void lastGivesTheNewestFirst() {
        publish("orders", 1, 30);
        World.Client reader = world.client();
        reader.subscribeLast("orders", 4);
        assertThat(reader.numbers()).isEqualTo(range(27, 30));
        World.Client all = world.client();
        all.subscribeLast("orders", 1000);
        assertThat(all.numbers()).isEqualTo(range(1, 30));
        world.limits = smallTail();
        world.restart();
        World.Client fromLog = world.client();
        fromLog.subscribeLast("orders", 4);
        publish("orders", 31, 31);
        assertThat(fromLog.numbers()).isEqualTo(range(27, 31));
    }

    @Test
    void nothingArrivesAfterUnsubscribed() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        publish("orders", 1, 2);
        reader.say(new ClientMessage.Unsubscribe(null, new ChannelName("orders")));
        publish("orders", 3, 4);
        assertThat(reader.numbers()).containsExactly(1, 2);
        assertThat(reader.received.getLast()).isInstanceOf(ServerMessage.Unsubscribed.class);
        reader.subscribe("orders", reader.position());
        assertThat(reader.numbers()).isEqualTo(range(1, 4));
    }

    @Test
    void unsubscribingFromAChannelWhosePageIsOnItsWayLetsTheOtherChannelsGoOn() {
        world.limits = smallTail();
        World.Client slow = world.client();
        slow.subscribe("a", null);
        slow.subscribe("b", null);
        slow.room = 0;
        publish("a", 1, 5);
        publish("b", 101, 105);
        world.log.holding = true;
        slow.giveRoom(1000);
        slow.say(new ClientMessage.Unsubscribe(null, new ChannelName("a")));
        world.log.release();
        world.run();
        publish("b", 106, 106);
        assertThat(slow.numbers()).isEqualTo(range(101, 106));
    }

    @Test
    void aChannelThatMayNoLongerBeReadWhileItsPageIsOnItsWayLetsTheOtherChannelsGoOn() {
        world.limits = smallTail();
        World.Client slow = world.client("ada");
        slow.subscribe("a", null);
        slow.subscribe("b", null);
        slow.room = 0;
        publish("a", 1, 5);
        publish("b", 101, 105);
        world.log.holding = true;
        slow.giveRoom(1000);
        world.mayRead = (_, channel) -> channel.value().equals("b");
        slow.say(new ClientMessage.Authenticate(slow.nextId(), "ada"));
        assertThat(slow.only(ServerMessage.Unsubscribed.class).channel()).isEqualTo(new ChannelName("a"));
        world.log.release();
        world.run();
        assertThat(slow.numbers()).isEqualTo(range(101, 105));
    }

    @Test
    void unsubscribingFromWhatWasNotSubscribedIsRefused() {
        World.Client reader = world.client();
        reader.say(new ClientMessage.Unsubscribe(null, new ChannelName("orders")));
        assertThat(reader.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.NOT_SUBSCRIBED);
    }

    @Test
    void channelsOfOneSessionComeAndGo() {
        World.Client reader = world.client();
        for (int round = 0; round < 2; round++) {
            for (String channel : List.of("orders", "prices", "news")) {
                reader.subscribe(channel, null);
            }
            for (String channel : List.of("prices", "orders", "news")) {
                reader.say(new ClientMessage.Unsubscribe(null, new ChannelName(channel)));
            }
        }
        assertThat(reader.received).doesNotHaveAnyElementsOfTypes(ServerMessage.Refusal.class);
    }

    @Test
    void subscriptionsAreRefusedByNameTwiceByLimitAndByDecision() {
        World.Client reader = world.client();
        reader.subscribe("forbidden:x", null);
        assertThat(reader.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.UNKNOWN_CHANNEL);
        reader.received.clear();
        reader.subscribe("orders", null);
        reader.subscribe("orders", null);
        assertThat(reader.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.ALREADY_SUBSCRIBED);
        reader.received.clear();
        for (int i = 0; i < world.limits.subscriptionsMax(); i++) {
            reader.subscribe("room:" + i, null);
        }
        assertThat(reader.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.TOO_MANY_SUBSCRIPTIONS);
        world.onSubscribe = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "no"));
        World.Client other = world.client();
        other.subscribe("orders", null);
        assertThat(other.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.NOT_PERMITTED);
        publish("orders", 1, 1);
        assertThat(other.numbers()).isEmpty();
    }

    @Test
    void historyReadsOnPagesUpAndSaysWhetherThereIsMore() {
        publish("orders", 1, 30);
        World.Client reader = world.client();
        ChannelName orders = new ChannelName("orders");
        reader.say(new ClientMessage.History(null, orders, null, null, 10));
        ServerMessage.HistoryPage newest = reader.only(ServerMessage.HistoryPage.class);
        assertThat(numbers(newest)).isEqualTo(range(21, 30));
        assertThat(newest.more()).isTrue();

        reader.received.clear();
        reader.say(new ClientMessage.History(
                null, orders, null, newest.publications().getFirst().position(), 100));
        ServerMessage.HistoryPage older = reader.only(ServerMessage.HistoryPage.class);
        assertThat(numbers(older)).isEqualTo(range(1, 20));
        assertThat(older.more()).isFalse();

        reader.received.clear();
        reader.say(new ClientMessage.History(null, orders, Position.ORIGIN, null, 10));
        ServerMessage.HistoryPage oldest = reader.only(ServerMessage.HistoryPage.class);
        assertThat(numbers(oldest)).isEqualTo(range(1, 10));
        assertThat(oldest.more()).isTrue();

        reader.received.clear();
        reader.say(new ClientMessage.History(null, orders, newest.position(), null, 10));
        ServerMessage.HistoryPage end = reader.only(ServerMessage.HistoryPage.class);
        assertThat(end.publications()).isEmpty();
        assertThat(end.position()).isEqualTo(newest.position());
        assertThat(end.more()).isFalse();
    }

    @Test
    void aPageBeforeTheOldestIsEmptyAndLeavesTheReaderWhereItStands() {
        world.defaultSettings = settings(10);
        publish("orders", 1, 30);
        ChannelName orders = new ChannelName("orders");
        World.Client reader = world.client();
        reader.say(new ClientMessage.History(null, orders, null, null, 100));
        Position oldest = reader.only(ServerMessage.HistoryPage.class)
                .publications()
                .getFirst()
                .position();
        reader.received.clear();
        reader.say(new ClientMessage.History(null, orders, null, oldest, 100));
        ServerMessage.HistoryPage empty = reader.only(ServerMessage.HistoryPage.class);
        assertThat(empty.publications()).isEmpty();
        assertThat(empty.more()).isFalse();
        assertThat(empty.position()).isEqualTo(oldest);
    }

    private static List<Integer> numbers(ServerMessage.HistoryPage page) {
        return page.publications().stream()
                .map(p -> Integer.parseInt(p.data().text()))
                .toList();
    }

    @Test
    void anIdleChannelLeavesTheMemoryAndComesBackWhole() {
        publish("orders", 1, 5);
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        world.pass(Duration.ofMinutes(3));
        assertThat(world.counters.channelsAttached()).isZero();
        publish("orders", 6, 6);
        World.Client reader = world.client();
        reader.subscribe("orders", Position.ORIGIN);
        assertThat(reader.numbers()).isEqualTo(range(1, 6));
    }

    @Test
    void aChannelWhoseReaderIsBeingDecidedAboutStaysThoughItsPlaceIsWanted() {
        world.limits = SomeLimits.channels(100, 1);
        publish("orders", 1, 3);
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onSubscribe = pending::add;
        World.Client reader = world.client();
        reader.say(new ClientMessage.History(null, new ChannelName("orders"), null, null, 10));
        for (int i = 0; i < 10; i++) {
            world.client().publish("other:" + i, i);
        }
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(numbers(reader.only(ServerMessage.HistoryPage.class))).isEqualTo(range(1, 3));
    }

    @Test
    void aClientThatAsksForMoreThanIsAnsweredIsNotReadFromForAWhile() {
        World.Client reader = world.client();
        ChannelName orders = new ChannelName("orders");
        world.log.holding = true;
        for (int i = 0; i < world.limits.outstandingMax(); i++) {
            reader.say(new ClientMessage.Subscribe(null, orders, null, 10, ClientMessage.Subscribe.NO_PRESENCE));
            reader.say(new ClientMessage.Unsubscribe(null, orders));
        }
        assertThat(reader.reading).isFalse();
        world.log.release();
        world.run();
        assertThat(reader.reading).isTrue();
    }

    @Test
    void aClosedSessionLeavesNothingBehind() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        reader.close();
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.sessions()).isZero();
        publish("orders", 1, 1);
        assertThat(reader.numbers()).isEmpty();
    }

    @Test
    void aChannelIsForgottenOnceNothingOfItIsToBeKeptAndNoSooner() {
        world.defaultSettings = new ChannelSettings(
                Durability.MEMORY, 10, 1 << 20, Duration.ofHours(1), 10, Duration.ofHours(2), Duration.ofHours(3));
        publish("orders", 1, 2);
        publish("watched", 1, 1);
        World.Client watcher = world.client();
        watcher.subscribe("watched", Position.ORIGIN);
        world.pass(Duration.ofHours(5).minusSeconds(1));
        assertThat(forget()).isZero();
        world.pass(Duration.ofSeconds(2));
        assertThat(forget()).isEqualTo(2);
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        assertThat(reader.only(ServerMessage.Subscribed.class).position()).isEqualTo(Position.ORIGIN);
        publish("watched", 2, 2);
        assertThat(watcher.numbers()).containsExactly(1, 2);
        assertThat(watcher.all(ServerMessage.Gapped.class)).isEmpty();
    }

    @Test
    void aChannelThatIsUsedWhileItIsBeingForgottenStaysWhole() {
        world.defaultSettings = new ChannelSettings(
                Durability.MEMORY, 10, 1 << 20, Duration.ofHours(1), 10, Duration.ofHours(1), Duration.ZERO);
        publish("orders", 1, 1);
        world.pass(Duration.ofHours(2));
        world.log.holding = true;
        forget();
        World.Client publisher = world.client();
        publisher.say(publisher.publishing("orders", 2, null));
        world.log.release();
        world.run();
        assertThat(publisher.only(ServerMessage.Published.class).position().offset())
                .isEqualTo(2);
        assertThat(world.counters.published()).isEqualTo(2);
    }

    private int forget() {
        int[] found = {0};
        new Forgetting(world.node(), world.log).sweep(count -> found[0] = count);
        world.run();
        return found[0];
    }
}
