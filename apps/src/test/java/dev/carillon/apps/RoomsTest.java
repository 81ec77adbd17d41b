package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class RoomsTest {

    private final KeptChannels channels = new KeptChannels();
    private Instant now = Instant.EPOCH;
    private final InstantSource clock = () -> now;

    private Rooms started() {
        Rooms rooms = new Rooms(channels, clock);
        assertThat(rooms.start()).isNull();
        return rooms;
    }

    private String newest() {
        return channels.kept(ChatNames.LIST).getLast().data().text();
    }

    @Test
    void theFirstStartMakesAFewRooms() {
        Rooms rooms = started();
        assertThat(rooms.has("general")).isTrue();
        assertThat(rooms.has("cellar")).isFalse();
        assertThat(newest())
                .startsWith("{\"kind\":\"rooms\",\"rooms\":{\"general\":\"")
                .contains("\"orders\":");
    }

    @Test
    void aRoomIsThereAfterARestart() {
        assertThat(started().create("cellar", "It is \"dark\" here"))
                .isEqualTo(new Rooms.Outcome.There(new Rooms.Room("cellar", "It is \"dark\" here"), true));
        int before = channels.kept(ChatNames.LIST).size();
        Rooms rooms = started();
        assertThat(rooms.has("cellar")).isTrue();
        assertThat(channels.kept(ChatNames.LIST)).hasSize(before);
        assertThat(rooms.create("cellar", ""))
                .isEqualTo(new Rooms.Outcome.There(new Rooms.Room("cellar", "It is \"dark\" here"), false));
    }

    @Test
    void roomsAreBounded() {
        Rooms rooms = started();
        for (int n = 0; n < Rooms.MAX; n++) {
            rooms.create("room" + n, "");
        }
        assertThat(rooms.create("cellar", ""))
                .isInstanceOfSatisfying(
                        Rooms.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.NOT_PERMITTED));
        assertThat(rooms.has("room1")).isTrue();
        assertThat(rooms.has("room" + (Rooms.MAX - 1))).isFalse();
    }

    @Test
    void aRoomThatCouldNotBePublishedIsNotThere() {
        Rooms rooms = started();
        channels.fail(Code.STORAGE_FULL);
        assertThat(rooms.create("cellar", "")).isInstanceOf(Rooms.Refused.class);
        assertThat(rooms.has("cellar")).isFalse();
        channels.fail(null);
        assertThat(rooms.create("cellar", "")).isInstanceOf(Rooms.Outcome.There.class);
    }

    @Test
    void theListIsPublishedAgainBeforeItGrowsOld() {
        now = Instant.parse("2026-01-01T00:00:00Z");
        Rooms rooms = started();
        String list = newest();
        now = now.plus(Rooms.FRESH).minusMillis(1);
        rooms.refresh();
        assertThat(channels.kept(ChatNames.LIST)).hasSize(1);
        now = now.plusMillis(1);
        rooms.refresh();
        rooms.refresh();
        assertThat(channels.kept(ChatNames.LIST)).hasSize(2);
        assertThat(newest()).isEqualTo(list);
    }

    @Test
    void aStartThatCanNeitherReadNorWriteTheListSaysWhy() {
        channels.fail(Code.STORAGE_FAULT);
        assertThat(new Rooms(channels, clock).start())
                .isNotNull()
                .extracting(Rooms.Refused::code)
                .isEqualTo(Code.STORAGE_FAULT);
    }
}
