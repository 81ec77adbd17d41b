package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Position;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GrantTest {

    private static final ChannelName ROOM = new ChannelName("chat:room");

    @Test
    void grantsAddUpAndWhatNoneAllowsIsRefused() {
        List<Grant> grants =
                List.of(grant("news", Permission.PUBLISH), grant("chat:*", Permission.SUBSCRIBE, Permission.SIGNAL));
        assertThat(Grant.allow(grants, Permission.SUBSCRIBE, ROOM)).isTrue();
        assertThat(Grant.allow(grants, Permission.SIGNAL, ROOM)).isTrue();
        assertThat(Grant.allow(grants, Permission.PUBLISH, ROOM)).isFalse();
        assertThat(Grant.allow(grants, Permission.PUBLISH, new ChannelName("news")))
                .isTrue();
        assertThat(Grant.allow(grants, Permission.SUBSCRIBE, new ChannelName("news")))
                .isFalse();
        assertThat(Grant.allow(List.of(), Permission.SUBSCRIBE, ROOM)).isFalse();
    }

    @Test
    void everythingIsEverythingEverywhere() {
        for (Permission permission : Permission.values()) {
            assertThat(Grant.allow(Grant.EVERYTHING, permission, ROOM)).isTrue();
        }
    }

    @Test
    void onlyTheStrangerIsAStranger() {
        assertThat(Principal.STRANGER.isStranger()).isTrue();
        assertThat(Principal.ANONYMOUS.isStranger()).isFalse();
        assertThat(new Principal("ada", "token").isStranger()).isFalse();
    }

    @Test
    void aReaderThatTracksWantsWhatItNames() {
        Tracking tracking = new Tracking(true, Set.of("a"));
        assertThat(tracking.wants("a")).isTrue();
        assertThat(tracking.wants("b")).isFalse();
        assertThat(tracking.wants(null)).isFalse();
        assertThat(Tracking.of(null)).isNull();
    }

    @Test
    void anErasureNeedsItsOwnPermission() {
        assertThat(new Erasure.Purge().permission()).isEqualTo(Permission.PURGE);
        assertThat(new Erasure.Redaction(new Position(7, 1, 1)).permission()).isEqualTo(Permission.REDACT);
    }

    private static Grant grant(String pattern, Permission... may) {
        return new Grant(Objects.requireNonNull(ChannelPattern.parse(pattern)), Set.of(may));
    }
}
