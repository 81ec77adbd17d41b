package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChannelNumbersTest {

    private final World world = new World();

    private long numberOf(String channel) {
        World.Client reader = world.client();
        reader.subscribe(channel, null);
        return reader.only(ServerMessage.Subscribed.class).number();
    }

    @Test
    void shardsNeverGiveTheSameNumberAndEachGivesItsSmallest() {
        Random random = new Random(1);
        for (int shards = 1; shards <= 4; shards++) {
            List<ChannelNumbers> givers = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                givers.add(new ChannelNumbers(shard, shards));
            }
            List<Set<Long>> taken = new ArrayList<>();
            givers.forEach(_ -> taken.add(new HashSet<>()));
            for (int i = 0; i < 3000; i++) {
                int shard = random.nextInt(shards);
                Set<Long> mine = taken.get(shard);
                if (!mine.isEmpty() && random.nextInt(5) < 2) {
                    long back = List.copyOf(mine).get(random.nextInt(mine.size()));
                    mine.remove(back);
                    givers.get(shard).giveBack(back);
                } else {
                    long number = givers.get(shard).take();
                    assertThat(number).isBetween(1L, (mine.size() + 1L) * shards);
                    assertThat(taken).noneMatch(others -> others.contains(number));
                    mine.add(number);
                }
            }
        }
    }

    @Test
    void allReadersOfAChannelAreToldOneNumberAndThoseOfAnotherAnother() {
        assertThat(numberOf("orders")).isEqualTo(numberOf("orders")).isNotEqualTo(numberOf("news"));
    }

    /** Every client of {@link World} reads the binary form of what it is told, and so would take one channel for the other. */
    @Test
    @Tag("volume")
    void aChannelThatLeftTheMemoryGivesItsNumberOnlyToOneThatIsReadWithoutIt() {
        world.limits = SomeLimits.channels(1000, 2);
        World.Client stays = world.client();
        stays.subscribe("stays", null);
        World.Client moves = world.client();
        Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            String name = "room:" + i;
            moves.subscribe(name, null);
            moves.publish(name, i);
            moves.publish("stays", 100 + i);
            moves.unsubscribe(name);
            world.pass(Duration.ofMinutes(2));
        }
        moves.all(ServerMessage.Subscribed.class).forEach(told -> numbers.add(told.number()));
        assertThat(numbers)
                .hasSizeLessThan(5)
                .doesNotContain(stays.only(ServerMessage.Subscribed.class).number());
        assertThat(moves.all(ServerMessage.Delivery.class)).hasSize(50);
        assertThat(stays.numbers()).hasSize(50);
    }

    private static List<Publication> history(World.Client client) {
        client.say(new ClientMessage.History(client.nextId(), new ChannelName("orders"), null, null, 0));
        return client.all(ServerMessage.HistoryPage.class).getLast().publications();
    }

    @Test
    void aChannelThatTellsNoTimesTellsNone() {
        ChannelSettings normal = world.defaultSettings;
        world.defaultSettings = normal.withoutAt();
        World.Client client = world.client();
        client.subscribe("orders", null);
        client.publish("orders", 1);
        ServerMessage.Delivery live = client.only(ServerMessage.Delivery.class);
        assertThat(live.publication().at()).isZero();
        assertThat(new String(live.toJson(), StandardCharsets.UTF_8)).doesNotContain("\"at\"");
        assertThat(history(client)).containsExactly(live.publication());
        World.Client later = world.client();
        later.subscribeLast("orders", 1);
        assertThat(later.only(ServerMessage.Delivery.class)).isEqualTo(live);
        world.pass(normal.historyAgeMax().plusMinutes(1));
        assertThat(history(client)).isEmpty();
    }
}
