package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Rate;
import dev.carillon.engine.SessionRates;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with an extension in it, over HTTP. */
final class ExtensionTest {

    private static final String[] ADA = {"Authorization", "Bearer 0123456789abcdef"};
    private static final String[] BOB = {"Authorization", "Bearer 1123456789abcdef"};
    private static final ChannelName NOTES = new ChannelName("notes:1");

    @TempDir
    private @Nullable Path data;

    /** Publishes what it is sent, and lets only Ada publish notes, and signs them. */
    private static class Notes implements Extension {
        private @Nullable Host host;

        @Override
        public String name() {
            return "notes";
        }

        @Override
        public List<PublishRule> rules() {
            ChannelPattern notes = Objects.requireNonNull(ChannelPattern.parse("notes:*"));
            return List.of(new PublishRule(notes, (user, _, data) -> {
                if (data.text().contains("fail")) {
                    throw new IllegalStateException("a secret of the extension");
                }
                return !"ada".equals(user)
                        ? new PublishRule.Ruling.Refuse(Code.NOT_PERMITTED, "only Ada takes notes")
                        : new PublishRule.Ruling.Rewrite(Data.json("\"" + user + "\""));
            }));
        }

        @Override
        public void start(Host started) {
            host = started;
        }

        Host host() {
            return Objects.requireNonNull(host, "not started");
        }

        @Override
        public HttpReply answer(HttpCall call) {
            return switch (call.path()) {
                case "/who" -> HttpReply.json(200, ("\"" + call.user() + "\"").getBytes(StandardCharsets.UTF_8));
                case "/publish" -> {
                    LocalChannels.PublishOutcome outcome =
                            host().channels().publish(NOTES, Data.own(Data.Form.JSON, call.body()), null);
                    yield HttpReply.json(
                            outcome instanceof LocalChannels.PublishOutcome.Kept ? 201 : 500,
                            "{}".getBytes(StandardCharsets.UTF_8));
                }
                case "/fail" -> throw new IllegalStateException("a secret of the extension");
                default -> HttpReply.refusal(Code.NOT_FOUND, call.path());
            };
        }
    }

    private Configuration configuration() {
        Grant all = new Grant(Objects.requireNonNull(ChannelPattern.parse("**")), Set.of(Permission.values()));
        return Configuration.builder()
                .listen(new Listen(List.of("127.0.0.1"), 0))
                .data(data)
                .keys(List.of(
                        new ApiKey("ada", Secret.of(ADA[1].substring(7)), List.of(all)),
                        new ApiKey("bob", Secret.of(BOB[1].substring(7)), List.of(all))))
                .build();
    }

    private static HttpResponse<String> send(CarillonServer server, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(server.url()).resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static List<String> kept(Notes notes) {
        return switch (notes.host().channels().history(NOTES, null, 10)) {
            case LocalChannels.HistoryOutcome.Page page ->
                page.publications().stream().map(p -> p.data().text()).toList();
            case LocalChannels.HistoryOutcome.Refused refused -> throw new AssertionError(refused);
        };
    }

    @Test
    void anExtensionAnswersBelowItsPathAndKnowsWhoAsks() throws Exception {
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(new Notes()))) {
            assertThat(send(server, "/notes/who", "").body()).isEqualTo("\"null\"\n");
            assertThat(send(server, "/notes/who", "", ADA).body()).isEqualTo("\"ada\"\n");
            String[] wrong = {"Authorization", "Bearer fedcba9876543210"};
            assertThat(send(server, "/notes/who", "", wrong).statusCode()).isEqualTo(401);
            assertThat(send(server, "/notesandmore", "").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aRuleRefusesRewritesOrFailsWithoutTellingWhy() throws Exception {
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(notes))) {
            HttpResponse<String> refused = send(server, "/channels/notes:1", "\"x\"", BOB);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("only Ada takes notes");
            assertThat(send(server, "/channels/notes:1", "\"x\"", ADA).statusCode())
                    .isEqualTo(201);
            HttpResponse<String> failed = send(server, "/channels/notes:1", "\"fail\"", ADA);
            assertThat(failed.statusCode()).isEqualTo(500);
            assertThat(failed.body()).doesNotContain("secret").contains("internal");
            assertThat(send(server, "/channels/others", "\"x\"", BOB).statusCode())
                    .isEqualTo(201);
            assertThat(kept(notes)).containsExactly("\"ada\"");
        }
    }

    @Test
    void anExtensionPublishesPastTheRulesAndReads() throws Exception {
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(notes))) {
            assertThat(send(server, "/notes/publish", "1").statusCode()).isEqualTo(201);
            assertThat(send(server, "/notes/publish", "2").statusCode()).isEqualTo(201);
            assertThat(kept(notes)).containsExactly("1", "2");
        }
    }

    @Test
    void inDevelopmentAnExtensionIssuesTokensThatTheServerKnows() throws Exception {
        Configuration development = Configuration.builder()
                .listen(new Listen(List.of("127.0.0.1"), 0))
                .data(data)
                .build();
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(development, Site.NONE, List.of(notes))) {
            String token = notes.host().issueToken("ada", List.of(), Duration.ofMinutes(5));
            assertThat(send(server, "/notes/who?token=" + token, "").body()).isEqualTo("\"ada\"\n");
            assertThat(send(server, "/channels/notes:1?token=" + token, "\"x\"").statusCode())
                    .isEqualTo(201);
            assertThat(send(server, "/notes/who?token=" + token + "x", "").body())
                    .contains("token_invalid");
        }
    }

    @Test
    void inProductionAnExtensionIssuesNone() throws Exception {
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(notes))) {
            assertThat(server.port()).isPositive();
            assertThatThrownBy(() -> notes.host().issueToken("ada", List.of(), Duration.ofMinutes(5)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatAnExtensionThrowsReachesNoPeer() throws Exception {
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(new Notes()))) {
            HttpResponse<String> failed = send(server, "/notes/fail", "");
            assertThat(failed.statusCode()).isEqualTo(500);
            assertThat(failed.body()).doesNotContain("secret").contains("internal");
        }
    }

    @Test
    void anExtensionThatDoesNotStartKeepsTheServerFromStarting() {
        Notes broken = new Notes() {
            @Override
            public void start(Host host) {
                throw new IllegalStateException("no database");
            }
        };
        assertThatThrownBy(() -> CarillonServer.start(configuration(), Site.NONE, List.of(broken)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("extension");
        assertThatThrownBy(() -> CarillonServer.start(configuration(), Site.NONE, List.of(new Notes(), new Notes())))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("extension");
    }

    @Test
    void anExtensionCannotTakeAnAddressOfTheServersOwn() {
        for (String name : List.of(
                "admin", "channels", "chat", "docs", "healthz", "inspect", "live", "metrics", "network", "ready")) {
            Notes taking = new Notes() {
                @Override
                public String name() {
                    return name;
                }
            };
            assertThatThrownBy(() -> CarillonServer.start(configuration(), Site.NONE, List.of(taking))
                            .close())
                    .as(name)
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void anAddressWithoutAPathIsNobodysAndNoFailure() throws Exception {
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(new Notes()));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            String request = "GET ?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void anExtensionIsNotHeldToThePaceOfStrangers() throws Exception {
        Rate slow = new Rate(1, 1);
        Configuration configuration = configuration().toBuilder()
                .perSession(new SessionRates(slow, slow))
                .build();
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(configuration, Site.NONE, List.of(notes))) {
            assertThat(server.port()).isPositive();
            for (int i = 0; i < 5; i++) {
                assertThat(notes.host().channels().publish(NOTES, Data.json(Integer.toString(i)), "k" + i))
                        .isInstanceOf(LocalChannels.PublishOutcome.Kept.class);
            }
        }
    }

    /** The caller was answered, and nobody else knows that it might come again. */
    @Test
    void aPublishOfAnExtensionThatWasRefusedHoldsNothingBack() throws Exception {
        Notes notes = new Notes();
        try (CarillonServer server = CarillonServer.start(
                configuration().toBuilder().limits(oneWaits()).build(), Site.NONE, List.of(notes))) {
            assertThat(server.port()).isPositive();
            AtomicInteger refused = new AtomicInteger();
            for (int round = 0; round < 100 && refused.get() == 0; round++) {
                ChannelName fresh = new ChannelName("fresh:" + round);
                publishAtOnce(notes.host().channels(), fresh, refused);
                assertThat(notes.host().channels().publish(fresh, Data.json("0"), "last"))
                        .as("after %s refused", refused)
                        .isInstanceOf(LocalChannels.PublishOutcome.Kept.class);
            }
            assertThat(refused).hasPositiveValue();
        }
    }

    /** Many at a time to a channel that is still being loaded. */
    private static void publishAtOnce(LocalChannels channels, ChannelName channel, AtomicInteger refused)
            throws InterruptedException {
        List<Thread> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String key = "k" + i;
            many.add(Thread.ofVirtual().start(() -> {
                if (channels.publish(channel, Data.json("1"), key) instanceof LocalChannels.PublishOutcome.Refused) {
                    refused.incrementAndGet();
                }
            }));
        }
        for (Thread thread : many) {
            thread.join();
        }
    }

    /** One operation at a time may wait for a channel. */
    private static Limits oneWaits() {
        Limits normal = Limits.DEFAULT;
        return new Limits(
                normal.messageBytes(),
                normal.headerBytes(),
                normal.connections(),
                normal.http2Streams(),
                normal.http2Resets(),
                normal.http2Controls(),
                normal.outboxBytes(),
                normal.slowReaderTime(),
                normal.subscriptions(),
                normal.channels(),
                normal.attached(),
                normal.catchUpBytes(),
                normal.historyPage(),
                normal.historyPageBytes(),
                normal.tailBytes(),
                normal.tailsBytes(),
                normal.outstanding(),
                normal.outstandingBytes(),
                1,
                normal.decisionTime(),
                normal.signalBytes(),
                normal.presence(),
                normal.presencePage(),
                normal.presenceDifferences(),
                normal.presenceCountInterval(),
                normal.presenceGrace(),
                normal.idleTime());
    }

    /** Has a map of its own, and one value in it. */
    private static final class Shelf extends Notes {
        static final ChannelName CHANNEL = new ChannelName("shelf:1");

        @Override
        public List<ChannelRule> channels() {
            ChannelSettings map =
                    ChannelSettings.DEFAULT.toBuilder().kind(ChannelKind.MAP).build();
            return List.of(new ChannelRule(Objects.requireNonNull(ChannelPattern.parse("shelf:*")), map));
        }

        LocalChannels.PublishOutcome put(String key, String json) {
            return host().channels().set(CHANNEL, new Change(key, "tag", false), Data.json(json));
        }
    }

    @Test
    void anExtensionsChannelsAreSetAsItNeedsThemWhereNobodyElseSetsAny() throws Exception {
        Shelf shelf = new Shelf();
        try (CarillonServer server = CarillonServer.start(configuration(), Site.NONE, List.of(shelf))) {
            assertThat(shelf.put("cup", "1")).isInstanceOf(LocalChannels.PublishOutcome.Kept.class);
            assertThat(shelf.put("cup", "2")).isInstanceOf(LocalChannels.PublishOutcome.Kept.class);
            LocalChannels.HistoryOutcome kept = shelf.host().channels().history(Shelf.CHANNEL, Position.ORIGIN, 10);
            assertThat(((LocalChannels.HistoryOutcome.Page) kept).publications())
                    .singleElement()
                    .satisfies(publication -> {
                        assertThat(publication.data().text()).isEqualTo("2");
                        assertThat(publication.change()).isEqualTo(new Change("cup", "tag", false));
                    });
            assertThat(shelf.host().channels().set(Shelf.CHANNEL, new Change("cup", null, true), Data.NONE))
                    .isInstanceOf(LocalChannels.PublishOutcome.Kept.class);
            assertThat(send(server, "/channels/other", "1", ADA).statusCode()).isEqualTo(201);
        }
    }

    @Test
    void aConfigurationThatSetsChannelsCountsOverAnExtension() throws Exception {
        Shelf shelf = new Shelf();
        Configuration streams = configuration().toBuilder()
                .channels(List.of(new ChannelRule(Configuration.EVERY_CHANNEL, ChannelSettings.DEFAULT)))
                .build();
        try (CarillonServer _ = CarillonServer.start(streams, Site.NONE, List.of(shelf))) {
            assertThat(shelf.put("cup", "1"))
                    .isInstanceOfSatisfying(
                            LocalChannels.PublishOutcome.Refused.class,
                            refused -> assertThat(refused.code()).isEqualTo(Code.UNSUPPORTED));
        }
    }
}
