package dev.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is held of one direction is bounded, and in order. */
@Timeout(60)
class BacklogTest {

    private static Backlog.Bytes bytes(int length) {
        return new Backlog.Bytes(new byte[length], 0);
    }

    private static Thread putting(Backlog backlog, Backlog.Item item) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                backlog.put(item);
            } catch (InterruptedException e) {
                // The test is over.
            }
        });
    }

    @Test
    void whoPutsMoreThanItHoldsWaitsUntilSomethingIsTaken() throws Exception {
        Backlog backlog = new Backlog(1000);
        backlog.put(bytes(500));
        Thread putting = putting(backlog, bytes(500));
        Rig.until(() -> putting.getState() == Thread.State.WAITING);
        assertThat(((Backlog.Bytes) backlog.take()).bytes()).hasSize(500);
        assertThat(putting.join(Rig.PATIENCE)).isTrue();
    }

    @Test
    void manySmallItemsCountForMoreThanTheirBytes() throws Exception {
        Backlog backlog = new Backlog(1000);
        for (int i = 0; i < 1000 / 65; i++) {
            backlog.put(bytes(1));
        }
        Thread putting = putting(backlog, bytes(1));
        Rig.until(() -> putting.getState() == Thread.State.WAITING);
        putting.interrupt();
    }

    @Test
    void oneItemOfAnySizeAndTheEndAlwaysHaveRoom() throws Exception {
        Backlog backlog = new Backlog(10);
        backlog.put(bytes(5000));
        backlog.put(new Backlog.End(false, 0));
        assertThat(backlog.take()).isInstanceOf(Backlog.Bytes.class);
        assertThat(backlog.take()).isEqualTo(new Backlog.End(false, 0));
    }
}
