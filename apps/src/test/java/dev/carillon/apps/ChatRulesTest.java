package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule.Ruling;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRulesTest {

    private static final ChannelName GENERAL = new ChannelName("chat:room:general");
    private static final String KEY = "0123456789abcdef";
    private static final String HELLO = "{\"kind\":\"message\",\"text\":\"hello\",\"tab\":\"t1\",\"n\":1}";

    private final KeptChannels channels = new KeptChannels();
    private final Rooms rooms = new Rooms(channels, InstantSource.system());
    private ChatRules rules = new ChatRules(rooms, new Authors(channels));

    @BeforeEach
    void start() {
        rooms.start();
    }

    private Ruling inRoom(String user, String json) {
        return rules.inRoom(user, GENERAL, Data.json(json));
    }

    private static void assertRefused(Ruling ruling, Code code) {
        assertThat(ruling).isInstanceOfSatisfying(Ruling.Refuse.class, refuse -> {
            assertThat(refuse.code()).isEqualTo(code);
            assertThat(refuse.message()).isNotBlank();
        });
    }

    private static void assertAccepted(Ruling ruling) {
        assertThat(ruling).isEqualTo(new Ruling.Accept());
    }

    private static String edit(String of) {
        return "{\"kind\":\"edit\",\"of\":\"" + of + "\",\"text\":\"better\"}";
    }

    private static String delete(String of) {
        return "{\"kind\":\"delete\",\"of\":\"" + of + "\"}";
    }

    private static String reaction(String of, String emoji) {
        return "{\"kind\":\"reaction\",\"of\":\"" + of + "\",\"emoji\":\"" + emoji + "\",\"on\":true}";
    }

    @Test
    void whoeverHasANameSaysSomethingInARoom() {
        assertAccepted(inRoom("ada", HELLO));
    }

    @Test
    void nobodyWithoutANameSaysAnything() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        for (String json : List.of(HELLO, edit(KEY), delete(KEY), reaction(KEY, "👍"))) {
            assertRefused(rules.inRoom(null, GENERAL, Data.json(json)), Code.UNAUTHENTICATED);
        }
    }

    @Test
    void thereIsNothingToSayInARoomThatThereIsNot() {
        assertRefused(rules.inRoom("ada", new ChannelName("chat:room:cellar"), Data.json(HELLO)), Code.NOT_PERMITTED);
    }

    @Test
    void onlyItsAuthorEditsOrDeletesAMessage() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        assertAccepted(inRoom("ada", edit(KEY)));
        assertAccepted(inRoom("ada", delete(KEY)));
        for (String other : List.of("bo", "Ada", "ada2")) {
            assertRefused(inRoom(other, edit(KEY)), Code.NOT_PERMITTED);
            assertRefused(inRoom(other, delete(KEY)), Code.NOT_PERMITTED);
        }
    }

    @Test
    void whoKnowsAKeyOfAnotherRoomHasNothingToEditHere() {
        channels.publish(new ChannelName("chat:room:random"), "ada", HELLO, KEY);
        assertRefused(inRoom("ada", edit(KEY)), Code.NOT_PERMITTED);
    }

    @Test
    void everybodyReactsToAMessageThatThereIs() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        assertAccepted(inRoom("bo", reaction(KEY, "👍")));
        assertAccepted(inRoom("ada", reaction(KEY, "❤️")));
        assertAccepted(inRoom("ada", reaction(KEY, "👩‍🍳")));
        assertRefused(inRoom("bo", reaction("no-such-message-", "👍")), Code.NOT_PERMITTED);
    }

    @Test
    void unknownMessagesAreNeitherEditedNorDeleted() {
        assertRefused(inRoom("ada", edit(KEY)), Code.NOT_PERMITTED);
        assertRefused(inRoom("ada", delete(KEY)), Code.NOT_PERMITTED);
    }

    @Test
    void anEditIsNoMessageThatCouldBeEdited() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        channels.publish(GENERAL, "ada", edit(KEY), "fedcba9876543210");
        assertRefused(inRoom("ada", edit("fedcba9876543210")), Code.NOT_PERMITTED);
    }

    @Test
    void aKeyThatComesAgainDoesNotMakeAMessageSomebodyElses() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        channels.publish(GENERAL, "bo", HELLO, KEY);
        assertAccepted(inRoom("ada", edit(KEY)));
        assertRefused(inRoom("bo", edit(KEY)), Code.NOT_PERMITTED);
    }

    @Test
    void anAnonymousMessageOfAnEarlierTimeBelongsToNobody() {
        channels.publish(GENERAL, null, HELLO, KEY);
        assertRefused(inRoom("ada", edit(KEY)), Code.NOT_PERMITTED);
    }

    @Test
    void authorsAreKnownAgainAfterARestart() {
        for (int n = 1; n <= 2500; n++) {
            channels.publish(GENERAL, n % 2 == 0 ? "ada" : "bo", HELLO, "message-%08d".formatted(n));
        }
        rules = new ChatRules(rooms, new Authors(channels));
        assertAccepted(inRoom("bo", edit("message-00000001")));
        int reads = channels.reads();
        assertAccepted(inRoom("ada", edit("message-00002500")));
        assertRefused(inRoom("ada", edit("message-00000001")), Code.NOT_PERMITTED);
        assertThat(channels.reads()).as("what is known is not read again").isEqualTo(reads);
        channels.publish(GENERAL, "cy", HELLO, KEY);
        assertAccepted(inRoom("cy", edit(KEY)));
        assertThat(channels.reads()).as("only what is new is read").isEqualTo(reads + 1);
    }

    @Test
    void aRoomThatBeganAnewHasNoAuthorsOfBefore() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        assertAccepted(inRoom("ada", edit(KEY)));
        channels.forget(GENERAL);
        channels.publish(GENERAL, "bo", HELLO, "fedcba9876543210");
        assertAccepted(inRoom("bo", edit("fedcba9876543210")));
        assertRefused(inRoom("ada", edit(KEY)), Code.NOT_PERMITTED);
    }

    @Test
    void aRoomThatCannotBeReadRefusesForNow() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        channels.fail(Code.STORAGE_FAULT);
        assertRefused(inRoom("ada", edit(KEY)), Code.STORAGE_FAULT);
        channels.fail(null);
        assertAccepted(inRoom("ada", edit(KEY)));
    }

    @Test
    void theOldestAuthorsLeaveFirst() {
        for (int n = 0; n <= Authors.MESSAGES_MAX; n++) {
            channels.publish(GENERAL, "ada", HELLO, "message-%08d".formatted(n));
        }
        assertAccepted(inRoom("ada", edit("message-%08d".formatted(Authors.MESSAGES_MAX))));
        assertAccepted(inRoom("ada", edit("message-00000001")));
        assertRefused(inRoom("ada", edit("message-00000000")), Code.NOT_PERMITTED);
    }

    @Test
    void aRoomThatWasNotAskedAboutForLongIsReadAnew() {
        channels.publish(GENERAL, "ada", HELLO, KEY);
        Authors authors = new Authors(channels);
        authors.of(GENERAL, KEY);
        for (int room = 0; room < Authors.ROOMS_MAX; room++) {
            authors.of(new ChannelName("chat:room:room" + room), KEY);
        }
        int reads = channels.reads();
        assertThat(authors.of(GENERAL, KEY)).isEqualTo(new Authors.Answer.By("ada"));
        assertThat(channels.reads()).isEqualTo(reads + 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"hello\"",
                "[]",
                "null",
                "{}",
                "{\"kind\":\"shout\",\"text\":\"x\"}",
                "{\"kind\":\"message\",\"text\":\"x\"}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":0}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":-1}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":1.5}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":9007199254740992}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":99999999999999999999999999}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"\",\"n\":1}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"<b>\",\"n\":1}",
                "{\"kind\":\"message\",\"text\":\" \\n \",\"tab\":\"t\",\"n\":1}",
                "{\"kind\":\"message\",\"text\":[\"x\"],\"tab\":\"t\",\"n\":1}",
                "{\"kind\":\"message\",\"text\":\"x\",\"tab\":\"t\",\"n\":1,\"from\":\"bo\"}",
                "{\"kind\":\"message\",\"kind\":\"edit\",\"text\":\"x\",\"tab\":\"t\",\"n\":1}",
                "{\"kind\":\"edit\",\"of\":\"k\"}",
                "{\"kind\":\"edit\",\"of\":7,\"text\":\"x\"}",
                "{\"kind\":\"delete\"}",
                "{\"kind\":\"delete\",\"of\":\"k\",\"text\":\"x\"}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"👍\"}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"\",\"on\":true}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"no\",\"on\":true}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"👍 👍\",\"on\":true}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"👍👍👍👍👍👍👍👍👍\",\"on\":true}",
                "{\"kind\":\"reaction\",\"of\":\"k\",\"emoji\":\"👍\",\"on\":1}",
                "{\"kind\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}",
            })
    void whatIsNoPayloadOfARoomIsRefused(String json) {
        assertRefused(inRoom("ada", json), Code.MALFORMED);
    }

    @Test
    void bytesAreNoPayload() {
        assertRefused(rules.inRoom("ada", GENERAL, Data.bytes(new byte[] {'{', '}'})), Code.MALFORMED);
    }

    @Test
    void aTextHasAnEnd() {
        String longest = "x".repeat(ChatPayload.TEXT_MAX);
        assertAccepted(inRoom("ada", HELLO.replace("hello", longest)));
        assertRefused(inRoom("ada", HELLO.replace("hello", longest + "x")), Code.TOO_LARGE);
        channels.publish(GENERAL, "ada", HELLO, KEY);
        assertRefused(inRoom("ada", edit(KEY).replace("better", longest + "x")), Code.TOO_LARGE);
    }

    @Test
    void aUsersChannelTakesTheReadStateOfThatUserOnly() {
        ChannelName channel = ChatNames.channelOfUser("ada");
        Data state = Data.json("{\"kind\":\"read\",\"rooms\":{\"general\":12,\"orders\":0}}");
        assertAccepted(ChatRules.amongTabs("ada", channel, state));
        assertRefused(ChatRules.amongTabs("bo", channel, state), Code.NOT_PERMITTED);
        assertRefused(ChatRules.amongTabs(null, channel, state), Code.NOT_PERMITTED);
        for (String json : List.of(
                "{}",
                "{\"kind\":\"read\"}",
                "{\"kind\":\"read\",\"rooms\":[]}",
                "{\"kind\":\"read\",\"rooms\":{\"General\":1}}",
                "{\"kind\":\"read\",\"rooms\":{\"general\":-1}}",
                "{\"kind\":\"read\",\"rooms\":{\"general\":\"1\"}}",
                "{\"kind\":\"read\",\"rooms\":{\"general\":1},\"more\":1}",
                "{\"kind\":\"wrote\",\"rooms\":{\"general\":1}}")) {
            assertRefused(ChatRules.amongTabs("ada", channel, Data.json(json)), Code.MALFORMED);
        }
    }

    @Test
    void nobodyPublishesTheListOfRoomsButTheApp() {
        var rule = ChatRules.all(rules::inRoom).stream()
                .filter(each -> each.channels().matches(ChatNames.LIST))
                .toList();
        assertThat(rule).hasSize(1);
        assertRefused(
                rule.getFirst().rule().decide("ada", ChatNames.LIST, Data.json("{\"kind\":\"rooms\",\"rooms\":{}}")),
                Code.NOT_PERMITTED);
    }

    @Test
    void everyRoomAndEveryUsersChannelIsUnderARule() {
        for (String name : List.of("chat:room:general", "chat:user:ada", "chat:rooms")) {
            assertThat(ChatRules.all(rules::inRoom).stream()
                            .filter(rule -> rule.channels().matches(new ChannelName(name))))
                    .as(name)
                    .hasSize(1);
        }
    }
}
