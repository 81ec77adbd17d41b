package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule.Ruling;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InboxRulesTest {

    private static final String NOTE = "{\"kind\":\"note\",\"title\":\"Rye is out\",\"body\":\"\"}";
    private static final String READ = "{\"kind\":\"read\",\"upTo\":7}";

    private static Ruling decide(@Nullable String user, String json) {
        return InboxRules.decide(user, new ChannelName("inbox:ada"), Data.json(json));
    }

    private static void assertRefused(Ruling ruling, Code code) {
        assertThat(ruling)
                .isInstanceOfSatisfying(
                        Ruling.Refuse.class, refuse -> assertThat(refuse.code()).isEqualTo(code));
    }

    @Test
    void aBackEndAndItsUserPutNotesIn() {
        assertThat(decide(null, NOTE)).isInstanceOf(Ruling.Accept.class);
        assertThat(decide("ada", NOTE)).isInstanceOf(Ruling.Accept.class);
    }

    @Test
    void nobodyElsePublishesIntoAnInbox() {
        assertRefused(decide("bo", NOTE), Code.NOT_PERMITTED);
        assertRefused(decide("bo", READ), Code.NOT_PERMITTED);
    }

    @Test
    void onlyItsUserSaysWhatWasRead() {
        assertThat(decide("ada", READ)).isInstanceOf(Ruling.Accept.class);
        assertRefused(decide(null, READ), Code.NOT_PERMITTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "{}",
                "{\"kind\":\"note\"}",
                "{\"kind\":\"note\",\"title\":\" \",\"body\":\"\"}",
                "{\"kind\":\"note\",\"title\":\"a\",\"body\":\"\",\"more\":1}",
                "{\"kind\":\"read\"}",
                "{\"kind\":\"read\",\"of\":-1}",
                "{\"kind\":\"read\",\"of\":1,\"upTo\":1}",
                "{\"kind\":\"archive\",\"upTo\":1}",
                "{\"kind\":\"rain\",\"of\":1}"
            })
    void whatIsNoEventOfAnInboxIsRefused(String json) {
        assertRefused(decide("ada", json), Code.MALFORMED);
    }

    @Test
    void aTitleHasABound() {
        String title = "x".repeat(InboxRules.TITLE_MAX + 1);
        assertRefused(decide("ada", "{\"kind\":\"note\",\"title\":\"" + title + "\",\"body\":\"\"}"), Code.MALFORMED);
    }
}
