package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a shard holds in memory, and what is forgotten. */
class ShardTest {

    private static final ChannelName ORDERS = new ChannelName("orders");

    private final World world = new World();

    @Test
    void allTailsTogetherStayWithinTheirBound() {
        world.limits = SomeLimits.tails(600, 1000);
        Shard shard = world.node().shardOf(ORDERS);
        assertThat(shard.tailBytesMax()).isEqualTo(600);
        List<String> names = namesOf(shard, 4);
        World.Client reader = world.client();
        reader.subscribe(names.get(0), null);
        assertThat(shard.tailBytesMax()).isEqualTo(600);
        reader.subscribe(names.get(1), null);
        assertThat(shard.tailBytesMax()).isEqualTo(500);
        reader.subscribe(names.get(2), null);
        reader.subscribe(names.get(3), null);
        assertThat(shard.tailBytesMax()).isEqualTo(250);
    }

    @Test
    void aChannelLeavesTheMemoryOnceItWasIdleForItsTime() {
        world.client().publish("orders", 1);
        Duration idle = world.limits.idleTimeMax();
        world.pass(idle.minusMillis(1));
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        world.pass(Duration.ofMillis(1));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void aChannelThatLeavesTheMemoryLeavesItsBrokerToo() {
        List<Broker> brokers = new ArrayList<>();
        Function<Node.ShardPorts, Broker> made = world.brokerOf;
        world.brokerOf = owner -> {
            Broker broker = made.apply(owner);
            brokers.add(broker);
            return broker;
        };
        world.client().publish("orders", 1);
        assertThat(brokers).filteredOn(ShardTest::hasOrders).hasSize(1);
        world.pass(Duration.ofMinutes(2));
        assertThat(brokers).filteredOn(ShardTest::hasOrders).isEmpty();
    }

    /** Whether a broker has the channel: of one that it has not it takes no question. */
    private static boolean hasOrders(Broker broker) {
        try {
            broker.find(ORDERS, "key-0123456789abcdef", Data.json("1"), null, _ -> {});
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Test
    void aPresenceBeginsWithAVersionOfItsMillisecond() {
        for (int seed = 0; seed < 20; seed++) {
            World seeded = new World(seed);
            long millisecond = seeded.millis() * 1000;
            assertThat(seeded.node().shardOf(ORDERS).newPresenceVersion())
                    .as("seed %d", seed)
                    .isBetween(millisecond, millisecond + 999);
        }
    }

    @Test
    void theNumberOfAChannelThatLeftTheMemoryIsGivenToAnother() {
        List<String> names = namesOf(world.node().shardOf(ORDERS), 2);
        World.Client first = world.client();
        first.subscribe(names.get(0), null);
        first.close();
        world.pass(Duration.ofMinutes(2));
        World.Client second = world.client();
        second.subscribe(names.get(1), null);
        assertThat(second.only(ServerMessage.Subscribed.class).number())
                .isEqualTo(first.only(ServerMessage.Subscribed.class).number());
    }

    @Test
    void aChannelThatIsAskedForBeginsItsIdleTimeAnew() {
        World.Client client = world.client();
        client.publish("orders", 1);
        world.pass(Duration.ofSeconds(45));
        client.say(new ClientMessage.History(null, ORDERS, null, null, 10));
        world.pass(Duration.ofSeconds(59));
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        world.pass(Duration.ofSeconds(11));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void aChannelWhoseLastReaderLeavesBeginsItsIdleTimeThen() {
        World.Client reader = world.client();
        reader.subscribe("orders", null);
        world.pass(Duration.ofMinutes(5));
        reader.unsubscribe("orders");
        world.pass(Duration.ofSeconds(59));
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        world.pass(Duration.ofSeconds(11));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void aChannelMakesPlaceOnlyWhereNobodyUsesIt() {
        world.limits = SomeLimits.channels(100, 2);
        Shard shard = world.node().shardOf(ORDERS);
        List<String> names = namesOf(shard, 4);
        World.Client client = world.client();
        client.subscribe(names.get(0), null);
        client.publish(names.get(1), 1);
        assertThat(client.publish(names.get(2), 1)).isInstanceOf(ServerMessage.Published.class);
        assertThat(world.counters.channelsAttached()).isEqualTo(2);
        client.subscribe(names.get(2), null);
        assertThat(((ServerMessage.Refusal) client.publish(names.get(3), 1)).code())
                .isEqualTo(Code.OVERLOADED);
    }

    // ---- forgetting

    @Test
    void aChannelIsForgottenOneMilliBehindTheLongerOfItsAges() {
        for (boolean isHistoryLonger : List.of(true, false)) {
            World anew = new World();
            anew.defaultSettings = ChannelSettings.DEFAULT.toBuilder()
                    .durability(Durability.MEMORY)
                    .historyAgeMax(Duration.ofHours(isHistoryLonger ? 3 : 1))
                    .idempotencyAgeMax(Duration.ofHours(isHistoryLonger ? 1 : 3))
                    .forgetAfter(Duration.ofHours(2))
                    .build();
            anew.client().publish("orders", 1);
            anew.pass(Duration.ofHours(5));
            assertThat(forget(anew)).isZero();
            anew.pass(Duration.ofMillis(1));
            assertThat(forget(anew)).isEqualTo(1);
            assertThat(anew.memory.channelCount()).isZero();
        }
    }

    @Test
    void aChannelThatIsNotConfiguredAnyMoreIsNotForgotten() {
        world.memory.append(
                new ChannelName("forbidden"),
                7,
                Durability.MEMORY,
                new LogRecord(1, 1, 0, 0, null, null, Data.json("1")),
                _ -> {});
        assertThat(forget(world)).isZero();
        assertThat(world.memory.channelCount()).isEqualTo(1);
    }

    @Test
    void aMapIsForgottenOnceItHoldsNoValue() {
        world.defaultSettings = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .durability(Durability.MEMORY)
                .historyAgeMax(Duration.ofHours(1))
                .idempotencyAgeMax(Duration.ofHours(1))
                .forgetAfter(Duration.ZERO)
                .build();
        World.Client client = world.client();
        client.say(new ClientMessage.Publish(null, ORDERS, Data.json("1"), null, new Change("a", null, false)));
        world.pass(Duration.ofHours(2));
        forget(world);
        assertThat(world.memory.channelCount()).isEqualTo(1);
        client.say(new ClientMessage.Publish(null, ORDERS, Data.NONE, null, new Change("a", null, true)));
        world.pass(Duration.ofHours(2));
        forget(world);
        assertThat(world.memory.channelCount()).isZero();
    }

    private static int forget(World world) {
        int[] found = {0};
        new Forgetting(world.node(), world.log).sweep(count -> found[0] = count);
        world.run();
        return found[0];
    }

    /** Names of channels that this shard owns. */
    private List<String> namesOf(Shard shard, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; names.size() < count; i++) {
            if (world.node().shardOf(new ChannelName("c" + i)) == shard) {
                names.add("c" + i);
            }
        }
        return names;
    }
}
