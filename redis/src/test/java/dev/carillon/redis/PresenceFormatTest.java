package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.carillon.engine.SharedPresence;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What Redis keeps and answers of presence is read as it is, and any other bytes are nothing. */
class PresenceFormatTest {

    private static final SharedPresence.Stand STAND = new SharedPresence.Stand(3, -4, 1_000_000_000_000_005L);

    private static byte[] stand() {
        return ByteBuffer.allocate(PresenceFormat.STAND_BYTES)
                .put((byte) 1)
                .putLong(STAND.serial())
                .putInt(STAND.check())
                .putLong(STAND.version())
                .array();
    }

    private static byte[] change(SharedPresence.@Nullable Listing listing) {
        byte[] user = listing == null ? new byte[0] : listing.user().getBytes(StandardCharsets.UTF_8);
        ByteBuffer change = ByteBuffer.allocate(
                        PresenceFormat.STAND_BYTES + 4 + (listing == null ? 0 : 12 + user.length))
                .put(stand())
                .putInt(9);
        if (listing != null) {
            change.putLong(listing.lease()).putInt(listing.connections()).put(user);
        }
        return change.array();
    }

    private static byte[] kept(long arrival, long lease, int connections) {
        return ByteBuffer.allocate(20)
                .putLong(arrival)
                .putLong(lease)
                .putInt(connections)
                .array();
    }

    @Test
    void aChangeIsReadAsItIs() {
        SharedPresence.Listing listing = new SharedPresence.Listing(-2, "zoë", SharedPresence.ABSENT);
        assertThat(PresenceFormat.change(change(listing))).isEqualTo(new SharedPresence.Change(STAND, 9, listing));
        assertThat(PresenceFormat.change(change(null))).isEqualTo(new SharedPresence.Change(STAND, 9, null));
        assertThat(PresenceFormat.put(new byte[0])).isEqualTo(new SharedPresence.Put.Done(null));
    }

    @Test
    void whatIsTruncatedOrForeignIsNothing() {
        byte[] whole = change(new SharedPresence.Listing(7, "a", 1));
        for (int length = 0; length < whole.length; length++) {
            if (length != PresenceFormat.STAND_BYTES + 4) { // a change without a listing
                assertThat(PresenceFormat.change(Arrays.copyOf(whole, length))).isNull();
            }
        }
        byte[] foreign = whole.clone();
        foreign[0] = 2;
        assertThat(PresenceFormat.change(foreign)).isNull();
        assertThat(PresenceFormat.change(change(new SharedPresence.Listing(7, "a", -2))))
                .isNull();
    }

    @Test
    void membersStandInTheOrderInWhichTheyCame() {
        byte[] ann = {'a'};
        byte[] bob = {'b'};
        assertThat(PresenceFormat.members(List.of(stand(), bob, kept(5, 7, 2), ann, kept(4, 8, 1))))
                .isEqualTo(new SharedPresence.Read.Members(
                        STAND,
                        List.of(
                                new SharedPresence.Member(4, new SharedPresence.Listing(8, "a", 1)),
                                new SharedPresence.Member(5, new SharedPresence.Listing(7, "b", 2)))));
        assertThat(PresenceFormat.members(List.of(stand(), bob))).isNull();
        assertThat(PresenceFormat.members(List.of(stand(), bob, kept(5, 7, -1))))
                .isNull();
        assertThat(PresenceFormat.members(List.of(stand(), bob, kept(STAND.version() + 1, 7, 1))))
                .isNull();
        assertThat(PresenceFormat.members(List.of(new byte[0])))
                .isEqualTo(new SharedPresence.Read.Members(SharedPresence.Stand.ORIGIN, List.of()));
    }

    @FuzzTest
    void anyBytesAreReadOrNothing(byte[] bytes) {
        PresenceFormat.change(bytes);
        PresenceFormat.stand(bytes);
        PresenceFormat.put(bytes);
        PresenceFormat.members(List.of(stand(), new byte[] {'a'}, bytes));
        PresenceFormat.members(List.of(bytes));
    }
}
