package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The executable specification is what the contract says. */
class PresenceMemoryTest extends SharedPresenceContract {

    private final SharedWorld world = new SharedWorld();

    @Override
    protected SharedLog link(SharedLog.Feed feed) {
        SharedLog link = world.link();
        link.begin(feed);
        return link;
    }

    @Override
    protected void settle() {
        world.run();
    }

    @Override
    protected void pass(Duration time) {
        world.pass(time);
    }

    @Override
    protected void fail(SharedLog link) {
        ((SharedWorld.Link) link).fail();
    }

    // ---- beyond the contract: its bounds exactly, and a copy

    private static final ChannelName ROOM = new ChannelName("room");

    private long millis;
    private final PresenceMemory memory = new PresenceMemory(() -> millis, (_, _) -> {});

    @Test
    void aLeaseEndsWithItsLastMillisecond() {
        memory.renew(1, true, Duration.ofMillis(10));
        millis = 9;
        assertThat(memory.ended(Set.of(1L))).isEmpty();
        millis = 10;
        assertThat(memory.ended(Set.of(1L))).containsExactly(1L);
        assertThat(memory.renew(1, false, Duration.ofMillis(10))).isEqualTo(SharedPresence.Renewed.OVER);
    }

    @Test
    void theChangesOfOneCallCountTheirChecksUp() {
        put("ada");
        put("bob");
        memory.bury(ROOM, 1, 10, new SharedPresence.Seed(50, 100));
        assertThat(memory.stand(ROOM)).isEqualTo(new SharedPresence.Stand(4, 51, 104));
    }

    @Test
    void aCopyIsTheSameAndGoesOnByItself() {
        memory.renew(1, true, Duration.ofMillis(10));
        put("ada");
        PresenceMemory copy = memory.copy();
        SharedPresence.Read.Members before = memory.read(ROOM, 0, 0, 0);
        put("bob");
        assertThat(copy.read(ROOM, 0, 0, 0)).isEqualTo(before);
        assertThat(before.members()).hasSize(1);
        assertThat(copy.renew(1, false, Duration.ofMillis(10))).isEqualTo(SharedPresence.Renewed.HELD);
    }

    private void put(String user) {
        memory.put(ROOM, new SharedPresence.Listing(1, user, 1), new SharedPresence.Seed(7, 100));
    }
}
