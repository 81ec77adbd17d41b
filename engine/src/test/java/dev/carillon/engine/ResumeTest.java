package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A whole session goes on by one message. */
class ResumeTest {

    private final World world = new World();

    private static ClientMessage.Subscribe one(int id, String channel, @Nullable Position after) {
        return new ClientMessage.Subscribe(
                id(id), new ChannelName(channel), after, 0, ClientMessage.Subscribe.NO_PRESENCE);
    }

    private static RequestId id(int id) {
        return new RequestId(Integer.toString(id));
    }

    private static ClientMessage.Resume resume(List<ClientMessage.Subscribe> channels) {
        return new ClientMessage.Resume(new RequestId("99"), channels, List.of());
    }

    private static List<ClientMessage.Subscribe> channels(String prefix, int count) {
        List<ClientMessage.Subscribe> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channels.add(one(i, prefix + i, null));
        }
        return channels;
    }

    @Test
    void eachChannelGoesOnFromItsPositionAndIsAnsweredByItself() {
        World.Client before = world.client();
        World.Client publisher = world.client();
        List<ClientMessage.Subscribe> asked = new ArrayList<>();
        for (int c = 0; c < 10; c++) {
            before.subscribe("c:" + c, null);
            publisher.publish("c:" + c, 100 * c);
            asked.add(one(c, "c:" + c, before.position()));
        }
        before.close();
        for (int c = 0; c < 10; c++) {
            for (int n = 1; n <= 5; n++) {
                publisher.publish("c:" + c, 100 * c + n);
            }
        }
        World.Client back = world.client();
        back.say(resume(asked));
        for (int c = 0; c < 10; c++) {
            publisher.publish("c:" + c, 100 * c + 6);
        }
        List<ServerMessage.Subscribed> answers = back.all(ServerMessage.Subscribed.class);
        assertThat(answers).hasSize(10).allMatch(ServerMessage.Subscribed::recovered);
        assertThat(answers)
                .allMatch(answer -> id(Integer.parseInt(answer.channel().value().substring(2)))
                        .equals(answer.id()));
        TreeMap<Integer, List<Integer>> byChannel = new TreeMap<>();
        back.numbers()
                .forEach(number -> byChannel
                        .computeIfAbsent(number / 100, _ -> new ArrayList<>())
                        .add(number % 100));
        assertThat(byChannel).hasSize(10);
        byChannel.values().forEach(numbers -> assertThat(numbers).containsExactly(1, 2, 3, 4, 5, 6));
        assertThat(world.counters.gaps()).isZero();
        assertThat(world.counters.resumes()).isEqualTo(1);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void whatIsRefusedIsRefusedForItsChannelAlone() {
        world.mayRead = (_, channel) -> !channel.value().equals("secret");
        ServerMessage.Refusal unreadable =
                ServerMessage.Refusal.of(id(4), Code.INVALID_POSITION, new ChannelName("odd"));
        List<ClientMessage.Subscribe> asked =
                List.of(one(1, "good", null), one(2, "forbidden", null), one(3, "secret", null), one(5, "good", null));
        World.Client client = world.client();
        client.say(new ClientMessage.Resume(null, asked, List.of(unreadable)));
        assertThat(client.only(ServerMessage.Subscribed.class).id()).isEqualTo(id(1));
        TreeMap<String, Code> refused = new TreeMap<>();
        client.all(ServerMessage.Refusal.class)
                .forEach(refusal -> refused.put(refusal.id().json(), refusal.code()));
        assertThat(refused)
                .containsEntry("2", Code.UNKNOWN_CHANNEL)
                .containsEntry("3", Code.NOT_PERMITTED)
                .containsEntry("4", Code.INVALID_POSITION)
                .containsEntry("5", Code.ALREADY_SUBSCRIBED)
                .hasSize(4);
        world.client().publish("good", 1);
        assertThat(client.numbers()).containsExactly(1);
    }

    @Test
    void aSessionMayNotBeSubscribedToMoreByResumingThanByOneCommandForEach() {
        int max = EngineLimits.DEFAULT.subscriptionsMax();
        World.Client client = world.client();
        client.say(resume(channels("c:", max + 3)));
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(max);
        assertThat(client.all(ServerMessage.Refusal.class))
                .hasSize(3)
                .allMatch(refusal -> refusal.code() == Code.TOO_MANY_SUBSCRIPTIONS);
    }

    @Test
    void theFirstIsOneCommandAndALaterOneAsManyAsItNames() {
        world.limits = SomeLimits.waitingAndCommands(1000, new Rate(1, 4));
        World.Client client = world.client();
        client.say(resume(channels("first:", 20)));
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(20);
        client.say(resume(channels("second:", 20)));
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(23);
        List<ServerMessage.Refusal> refused = client.all(ServerMessage.Refusal.class);
        assertThat(refused).hasSize(17).allMatch(refusal -> refusal.code() == Code.RATE_LIMITED);
        assertThat(refused).allMatch(refusal -> refusal.retryMillis() > 0 && refusal.channel() != null);
        world.pass(Duration.ofSeconds(5));
        client.say(resume(List.of(one(1, "third", null))));
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(24);
    }

    @Test
    void presenceGoesOnWithItsVersion() {
        World.Client ada = world.client("ada");
        ada.attend("room");
        long version = ada.presence().version;
        ada.close();
        world.client("bob").attend("room");
        World.Client back = world.client("ada");
        back.say(resume(List.of(
                new ClientMessage.Subscribe(id(1), new ChannelName("room"), null, 0, version),
                new ClientMessage.Subscribe(id(2), new ChannelName("hall"), null, 0, ClientMessage.Subscribe.COUNT))));
        assertThat(back.only(ServerMessage.Join.class).user()).isEqualTo("bob");
        assertThat(back.all(ServerMessage.PresenceList.class)).isEmpty();
        assertThat(back.only(ServerMessage.PresenceCount.class).users()).isEqualTo(1);
    }

    @Test
    void oneThatFollowsAnAuthenticateWaitsForItsAnswer() {
        List<Consumer<Decisions.Admission>> asked = new ArrayList<>();
        world.onConnect = (_, answer) -> asked.add(answer);
        World.Client client = world.client(Principal.STRANGER);
        client.say(new ClientMessage.Authenticate(client.nextId(), "ada"));
        client.say(resume(channels("c:", 3)));
        assertThat(client.received).isEmpty();
        asked.getFirst().accept(new Decisions.Admission.Admitted(new Principal("ada", "ada")));
        world.run();
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(3);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void oneThatComesTooFastOrFromAStrangerIsRefusedForEachChannelOnce() {
        world.limits = SomeLimits.waitingAndCommands(1000, new Rate(1, 1));
        World.Client hasty = world.client();
        hasty.say(new ClientMessage.Ping(null));
        hasty.say(resume(channels("c:", 3)));
        hasty.say(resume(channels("c:", 3)));
        List<ServerMessage.Refusal> refused = hasty.all(ServerMessage.Refusal.class);
        assertThat(refused).hasSize(4).allMatch(refusal -> refusal.code() == Code.RATE_LIMITED);
        assertThat(refused.stream().map(ServerMessage.Refusal::id))
                .containsExactly(id(0), id(1), id(2), new RequestId("99"));
        World.Client stranger = world.client(Principal.STRANGER);
        stranger.say(resume(channels("c:", 3)));
        assertThat(stranger.all(ServerMessage.Refusal.class))
                .hasSize(3)
                .allMatch(refusal -> refusal.code() == Code.UNAUTHENTICATED);
    }
}
