package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Long lists in pages, and numbers only. */
class PresencePagesTest {

    private static final String ROOM = "chat:lobby";

    private final World world = new World();

    private List<World.Client> attending(int count) {
        List<World.Client> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            World.Client client = world.client("user" + (10 + i));
            client.attend(ROOM);
            clients.add(client);
        }
        return clients;
    }

    private static Set<String> names(int from, int to) {
        Set<String> names = new TreeSet<>();
        for (int i = from; i < to; i++) {
            names.add("user" + (10 + i));
        }
        return names;
    }

    private ServerMessage.PresenceList page(World.Client asking, @Nullable String after, int limit) {
        asking.say(new ClientMessage.Presence(asking.nextId(), new ChannelName(ROOM), after, limit, false));
        return asking.all(ServerMessage.PresenceList.class).getLast();
    }

    // ---- subscriptions

    @Test
    void aLongListComesInPagesOfOneVersion() {
        world.limits = SomeLimits.presence(100, 3, 100);
        attending(10);
        World.Client reader = world.client();
        reader.attend(ROOM);
        List<ServerMessage.PresenceList> pages = reader.all(ServerMessage.PresenceList.class);
        assertThat(pages).hasSize(4);
        assertThat(pages.stream().map(ServerMessage.PresenceList::version).distinct())
                .hasSize(1);
        assertThat(pages.getLast().next()).isNull();
        assertThat(reader.presence().users).isEqualTo(names(0, 10));
        assertThat(reader.session.isBehind()).isFalse();
    }

    @Test
    void pagesComeAsThereIsRoomAndNothingIsMissedBetweenThemAndTheDifferences() {
        world.limits = SomeLimits.presence(100, 3, 100);
        List<World.Client> users = attending(10);
        World.Client slow = world.client();
        slow.room = 1;
        slow.attend(ROOM);
        assertThat(slow.all(ServerMessage.PresenceList.class)).hasSize(1);
        users.get(8).sayGoodbye(); // of a page to come
        users.get(0).sayGoodbye(); // of the page that was told
        attending(11).get(8).sayGoodbye(); // all again, one more, and one of them has left and come and left
        slow.giveRoom(1);
        assertThat(slow.all(ServerMessage.PresenceList.class)).hasSize(2);
        assertThat(slow.all(ServerMessage.Leave.class)).isEmpty();
        slow.giveRoom(100);
        Set<String> there = names(0, 11);
        there.remove("user18");
        assertThat(slow.presence().lists).isEqualTo(1);
        assertThat(slow.presence().users).isEqualTo(there);
        assertThat(world.counters.presenceRestarts()).isZero();
    }

    @Test
    void aListOfWhichTooMuchIsForgottenBeginsAnew() {
        world.limits = SomeLimits.presence(100, 3, 4);
        List<World.Client> users = attending(10);
        World.Client slow = world.client();
        slow.room = 1;
        slow.attend(ROOM);
        for (int i = 0; i < 6; i++) {
            users.get(i).sayGoodbye();
        }
        slow.giveRoom(100);
        assertThat(slow.presence().users).isEqualTo(names(6, 10));
        assertThat(world.counters.presenceRestarts()).isEqualTo(1);
    }

    @Test
    void aReaderThatEndsBetweenPagesKeepsNothingWaiting() {
        world.limits = SomeLimits.presence(100, 1, 100);
        attending(3);
        World.Client slow = world.client();
        slow.room = 1;
        slow.attend(ROOM);
        slow.unsubscribe(ROOM);
        slow.giveRoom(100);
        assertThat(slow.all(ServerMessage.PresenceList.class)).hasSize(1);
        assertThat(slow.session.isBehind()).isFalse();
    }

    /** Each is given the list, but it isn't written out for each. */
    @Test
    @Tag("volume")
    void manyWhoComeAtOnceDoNotCostTheirSquare() {
        int many = 600;
        List<World.Client> clients = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            World.Client client = world.client("user" + i);
            clients.add(client);
            client.post(client.attending(ROOM, 0));
        }
        world.run();
        for (World.Client client : clients) {
            assertThat(client.presence().users).hasSize(many);
        }
        assertThat(world.counters.presenceListed()).isLessThan(many * many / 10);
    }

    // ---- the command

    @Test
    void theCommandGivesPagesOfTheListAsItWasWhateverHappensMeanwhile() {
        world.limits = SomeLimits.presence(100, 4, 100);
        List<World.Client> users = attending(10);
        World.Client asking = world.client();
        ServerMessage.PresenceList page = page(asking, null, 0);
        long version = page.version();
        Set<String> listed = new HashSet<>();
        int pages = 0;
        while (true) {
            for (ServerMessage.Present present : page.users()) {
                assertThat(listed.add(present.user())).as(present.user()).isTrue();
            }
            assertThat(page.version()).isEqualTo(version);
            pages++;
            users.get(9 - pages).sayGoodbye();
            World.Client again = world.client("user" + (19 - pages));
            again.attend(ROOM);
            if (page.next() == null) {
                break;
            }
            page = page(asking, page.next(), pages == 1 ? 2 : 100);
        }
        assertThat(pages).isEqualTo(3);
        assertThat(listed).isEqualTo(names(0, 10));
    }

    @Test
    void whatIsNoPlaceInTheListIsItsBeginning() {
        world.limits = SomeLimits.presence(100, 4, 4);
        attending(6);
        World.Client asking = world.client();
        String forgotten = page(asking, null, 0).next();
        attending(12);
        for (String after : new String[] {"", ".", "a.b.c", "-1.5", "zzzzzzzzzzzzzz.1", "1.1", forgotten}) {
            ServerMessage.PresenceList page = page(asking, after, 0);
            assertThat(page.after()).isNull();
            assertThat(page.users()).hasSize(4);
        }
        assertThat(asking.askWhoIsThere(ROOM).users()).hasSize(12);
    }

    // ---- numbers only

    private static List<Integer> counts(World.Client client) {
        return client.all(ServerMessage.PresenceCount.class).stream()
                .map(ServerMessage.PresenceCount::users)
                .toList();
    }

    @Test
    void whoWantsNumbersIsListedAndToldNothingElse() {
        World.Client counting = world.client("counting");
        counting.attendToCount(ROOM);
        assertThat(counting.only(ServerMessage.PresenceCount.class))
                .isEqualTo(new ServerMessage.PresenceCount(null, new ChannelName(ROOM), 1, 1));
        List<World.Client> users = attending(50);
        world.pass(EngineLimits.DEFAULT.presenceCountInterval());
        users.get(0).sayGoodbye();
        world.pass(EngineLimits.DEFAULT.presenceCountInterval());
        assertThat(counts(counting).getLast()).isEqualTo(50);
        assertThat(counting.received)
                .allMatch(message ->
                        message instanceof ServerMessage.Subscribed || message instanceof ServerMessage.PresenceCount);
    }

    @Test
    void numbersAreToldAtMostOnceAnInterval() {
        World.Client counting = world.client();
        counting.attendToCount(ROOM);
        for (int i = 0; i < 50; i++) {
            World.Client user = world.client("user" + i);
            user.attend(ROOM);
            world.pass(EngineLimits.DEFAULT.presenceCountInterval().dividedBy(10));
        }
        world.pass(EngineLimits.DEFAULT.presenceCountInterval());
        // The first as it subscribed, and then no more than one in each of five intervals and the one after.
        assertThat(counts(counting)).hasSizeBetween(5, 8).isSorted().endsWith(50);
    }

    @Test
    void aSessionMoreChangesTheNumbersThoughNobodyHasCome() {
        World.Client counting = world.client();
        attending(1);
        counting.attendToCount(ROOM);
        attending(1);
        world.pass(EngineLimits.DEFAULT.presenceCountInterval());
        ServerMessage.PresenceCount last =
                counting.all(ServerMessage.PresenceCount.class).getLast();
        assertThat(last.users()).isEqualTo(1);
        assertThat(last.connections()).isEqualTo(2);
    }

    @Test
    void whoHasNoRoomForNumbersIsToldTheNewestOnceItHas() {
        World.Client slow = world.client();
        slow.attendToCount(ROOM);
        slow.room = 0;
        for (int i = 0; i < 5; i++) {
            world.client("user" + i).attend(ROOM);
            world.pass(EngineLimits.DEFAULT.presenceCountInterval());
        }
        assertThat(counts(slow)).containsExactly(0);
        slow.giveRoom(10);
        assertThat(counts(slow)).containsExactly(0, 5);
    }

    @Test
    void numbersAreToldByTheCommandToo() {
        attending(3);
        World.Client asking = world.client();
        asking.say(new ClientMessage.Presence(asking.nextId(), new ChannelName(ROOM), null, 0, true));
        asking.say(new ClientMessage.Presence(asking.nextId(), new ChannelName("nobody"), null, 0, true));
        assertThat(counts(asking)).containsExactly(3, 0);
    }
}
