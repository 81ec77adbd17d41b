package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedFramesTest {

    private final SharedFrames shared = new SharedFrames();

    @Test
    void theSameFramesLieInOnePlaceUntilTheTurnIsOver() {
        byte[] first = {1, 2, 3};
        byte[] second = {4, 5};
        assertThat(shared.place(first)).isEqualTo(0);
        assertThat(shared.place(first)).isEqualTo(0);
        assertThat(shared.place(second)).isEqualTo(3);
        byte[] lies = new byte[5];
        shared.memory().getBytes(0, lies);
        assertThat(lies).containsExactly(1, 2, 3, 4, 5);
        shared.clear();
        assertThat(shared.place(second)).isEqualTo(0);
        shared.close();
    }

    @Test
    void whatHasNoRoomIsNotShared() {
        assertThat(shared.place(new byte[SharedFrames.BYTES_MAX - 1])).isEqualTo(0);
        assertThat(shared.place(new byte[2])).isEqualTo(-1);
        assertThat(shared.place(new byte[1])).isEqualTo(SharedFrames.BYTES_MAX - 1);
        shared.close();
    }

    @Test
    void nothingIsSharedOnceItIsClosed() {
        shared.place(new byte[1]);
        shared.close();
        shared.close();
        assertThat(shared.place(new byte[1])).isEqualTo(-1);
    }
}
