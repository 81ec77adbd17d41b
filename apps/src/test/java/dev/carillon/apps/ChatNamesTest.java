package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatNamesTest {

    @Test
    void aNameIsTrimmed() {
        assertThat(ChatNames.user("  ada.lovelace-1 ")).isEqualTo("ada.lovelace-1");
        assertThat(ChatNames.user("a".repeat(40))).hasSize(40);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "   ", "ada lovelace", "ada:bo", "ada*", "åsa", "ada.", "-", "<b>", "a\nb", "a~b", "a/b"})
    void whatCannotStandInAChannelsNameIsNoName(String given) {
        assertThat(ChatNames.user(given)).isNull();
    }

    @Test
    void aNameHasAnEnd() {
        assertThat(ChatNames.user("a".repeat(41))).isNull();
        assertThat(ChatNames.isRoom("a".repeat(33))).isFalse();
    }

    @Test
    void aRoomsNameIsOnePartOfAChannelsName() {
        assertThat(ChatNames.isRoom("night-shift-2")).isTrue();
        for (String no : new String[] {"", "General", "a:b", "a--b", "-a", "a-", "a b", "ü"}) {
            assertThat(ChatNames.isRoom(no)).as(no).isFalse();
        }
    }
}
