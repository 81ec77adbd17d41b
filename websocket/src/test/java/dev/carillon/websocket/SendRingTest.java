package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On the kernel that runs the tests, where it has io_uring, and on one that does what no real one can be made to do. */
@Timeout(60)
class SendRingTest {

    private static final int EPERM = 1;
    private static final int EINTR = 4;
    private static final int EBADF = 9;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int EFAULT = 14;
    private static final int EBUSY = 16;
    private static final int EPIPE = 32;

    private static final int LARGE = 1 << 20;

    private final MemorySegment memory = Arena.ofAuto().allocate(LARGE);

    /** On the real kernel; where that refuses, the test says nothing. */
    static SendRing open() {
        assumeTrue(SendRings.arePossible(), "no io_uring on this system");
        try {
            return SendRing.open(new LinuxRingCalls());
        } catch (IOException e) {
            assumeTrue(false, e.getMessage());
            throw new AssertionError(e);
        }
    }

    private static SendRing open(FakeKernel kernel) {
        try {
            return SendRing.open(kernel);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void add(SendRing ring, int count) {
        for (int i = 0; i < count; i++) {
            ring.add(i, 0, 100 + i);
        }
    }

    private void fill() {
        for (int i = 0; i < LARGE; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >> 8)));
        }
    }

    /** What one socket of the property was sent, as the ring says, and what came. */
    private static final class Flow {
        final SocketPair pair = new SocketPair();
        final List<byte[]> sent = new ArrayList<>();
        final List<byte[]> came = new ArrayList<>();

        void drain() {
            for (byte[] bytes = pair.read(LARGE); bytes.length > 0; bytes = pair.read(LARGE)) {
                came.add(bytes);
            }
        }
    }

    @Test
    void whatARingSaysWasSentIsWhatArrivesWholeAndInOrder() {
        fill();
        SplittableRandom random = Seed.forProperty("sendRing");
        List<Flow> streams = new ArrayList<>();
        try (SendRing ring = open()) {
            for (int i = 0; i < 40; i++) {
                streams.add(new Flow());
            }
            for (int round = 0; round < 300; round++) {
                int sends = 1 + random.nextInt(random.nextInt(10) == 0 ? SendRing.SENDS_MAX : 50);
                Flow[] to = new Flow[sends];
                int[] at = new int[sends];
                for (int i = 0; i < sends; i++) {
                    to[i] = streams.get(random.nextInt(streams.size()));
                    int length = 1 + random.nextInt(random.nextInt(20) == 0 ? LARGE / 4 : 500);
                    at[i] = random.nextInt(LARGE - length);
                    ring.add(to[i].pair.writer, memory.address() + at[i], length);
                }
                ring.run();
                for (int i = 0; i < sends; i++) {
                    int result = ring.result(i);
                    if (result > 0) {
                        to[i].sent.add(memory.asSlice(at[i], result).toArray(ValueLayout.JAVA_BYTE));
                    } else {
                        assertThat(result).as(Seed.hint(round)).isEqualTo(-EAGAIN);
                    }
                }
                streams.get(random.nextInt(streams.size())).drain();
            }
            for (Flow stream : streams) {
                stream.drain();
                assertThat(joined(stream.came)).as(Seed.hint(0)).isEqualTo(joined(stream.sent));
            }
        } finally {
            streams.forEach(stream -> stream.pair.close());
        }
    }

    private static byte[] joined(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    @Test
    void aFullSocketTakesAPartAndThenNothingAndHoldsUpNoOther() {
        try (SendRing ring = open();
                SocketPair full = new SocketPair();
                SocketPair other = new SocketPair()) {
            ring.add(full.writer, memory.address(), LARGE);
            ring.add(full.writer, memory.address(), LARGE);
            ring.add(other.writer, memory.address(), 10);
            ring.run();
            assertThat(ring.result(0)).isPositive().isLessThan(LARGE);
            assertThat(ring.result(1)).isEqualTo(-EAGAIN);
            assertThat(ring.result(2)).isEqualTo(10);
            ring.add(full.writer, memory.address(), 1);
            ring.run();
            assertThat(ring.result(0)).isEqualTo(-EAGAIN);
            assertThat(other.read(100)).hasSize(10);
        }
    }

    @Test
    void whatCannotBeSentIsAnErrorAndHoldsUpNoOther() {
        try (SendRing ring = open();
                SocketPair gone = new SocketPair();
                SocketPair other = new SocketPair()) {
            gone.closeReader();
            ring.add(gone.writer, memory.address(), 10);
            ring.add(-1, memory.address(), 10);
            ring.add(other.writer, 8, 10);
            ring.add(other.writer, memory.address(), 10);
            ring.run();
            assertThat(ring.result(0)).isEqualTo(-EPIPE);
            assertThat(ring.result(1)).isEqualTo(-EBADF);
            assertThat(ring.result(2)).isEqualTo(-EFAULT);
            assertThat(ring.result(3)).isEqualTo(10);
            assertThat(ring.isBroken()).isFalse();
        }
    }

    @Test
    void noFileIsLeftBehind() throws IOException {
        open().close();
        long before = rings();
        for (int i = 0; i < 20; i++) {
            SendRing ring = open();
            assertThat(rings()).isEqualTo(before + 1);
            ring.close();
            ring.close();
        }
        assertThat(rings()).isEqualTo(before);
    }

    private static long rings() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(SendRingTest::isRing).count();
        }
    }

    private static boolean isRing(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().contains("io_uring");
        } catch (IOException e) {
            return false; // closed since it was listed
        }
    }

    @Test
    void completionsInAnyOrderFindTheirSends() {
        FakeKernel kernel = new FakeKernel();
        kernel.then(toSubmit -> {
            List<Long> taken = new ArrayList<>();
            for (int i = 0; i < toSubmit; i++) {
                taken.add(kernel.take());
            }
            Collections.reverse(taken);
            taken.forEach(send -> kernel.complete(send, kernel.lengthOf(send)));
            return toSubmit;
        });
        try (SendRing ring = open(kernel)) {
            for (int sends : new int[] {SendRing.SENDS_MAX, 1, 700, 700, SendRing.SENDS_MAX, 3}) {
                add(ring, sends);
                ring.run();
                for (int i = 0; i < sends; i++) {
                    assertThat(ring.result(i)).isEqualTo(100 + i);
                }
            }
        }
    }

    @Test
    void aKernelThatTakesLittleAtATimeAndIsInterruptedGetsAllOnce() {
        FakeKernel kernel = new FakeKernel();
        SplittableRandom random = Seed.forProperty("sendRingTroubled");
        List<Long> late = new ArrayList<>();
        kernel.then(toSubmit -> {
            late.forEach(send -> kernel.complete(send, kernel.lengthOf(send)));
            late.clear();
            int takes = toSubmit == 0 ? 0 : random.nextInt(toSubmit + 1);
            if (takes == 0) {
                return new int[] {-EINTR, -EAGAIN, -EBUSY}[random.nextInt(3)];
            }
            for (int i = 0; i < takes; i++) {
                long send = kernel.take();
                if (random.nextBoolean()) {
                    kernel.complete(send, kernel.lengthOf(send));
                } else {
                    late.add(send);
                }
            }
            return takes;
        });
        try (SendRing ring = open(kernel)) {
            for (int round = 0; round < 200; round++) {
                int sends = 1 + random.nextInt(SendRing.SENDS_MAX);
                add(ring, sends);
                ring.run();
                assertThat(ring.isBroken()).as(Seed.hint(round)).isFalse();
                for (int i = 0; i < sends; i++) {
                    assertThat(ring.result(i)).as(Seed.hint(round)).isEqualTo(100 + i);
                }
            }
        }
    }

    @Test
    void aRingThatBreaksSaysWhatWasSentWhatWasNotAndWhatNobodyKnows() {
        FakeKernel kernel = new FakeKernel();
        kernel.then(toSubmit -> {
                    kernel.complete(kernel.take(), 100);
                    kernel.take();
                    return 2;
                })
                .then(toSubmit -> -EBADF);
        try (SendRing ring = open(kernel)) {
            add(ring, 4);
            ring.run();
            assertThat(ring.isBroken()).isTrue();
            assertThat(ring.result(0)).isEqualTo(100);
            assertThat(ring.result(1)).isEqualTo(SendRing.UNKNOWN);
            assertThat(ring.result(2)).isEqualTo(SendRing.NOT_MADE);
            assertThat(ring.result(3)).isEqualTo(SendRing.NOT_MADE);
        }
    }

    @Test
    void aKernelThatDoesNothingForLongIsAskedNoMore() {
        FakeKernel kernel = new FakeKernel().then(toSubmit -> -EAGAIN);
        try (SendRing ring = open(kernel)) {
            add(ring, 2);
            ring.run();
            assertThat(ring.isBroken()).isTrue();
            assertThat(ring.result(0)).isEqualTo(SendRing.NOT_MADE);
            assertThat(kernel.enters).isEqualTo(SendRing.FRUITLESS_MAX);
        }
    }

    @Test
    void aSystemThatRefusesIsAskedOnceAndTold() {
        FakeKernel kernel = new FakeKernel();
        kernel.setupAnswer = -EPERM;
        List<String> log = new ArrayList<>();
        SendRings rings = SendRings.linked(1, () -> kernel, log::add);
        assertThat(rings.open()).isNull();
        assertThat(rings.open()).isNull();
        assertThat(kernel.setups).isEqualTo(1);
        assertThat(log).containsExactly("volleys are sent without io_uring: io_uring_setup failed with error 1");
        assertThat(rings.openRings()).isZero();
    }

    @Test
    void aRingThatCannotBeMappedIsGivenBack() {
        FakeKernel kernel = new FakeKernel();
        kernel.entriesAnswer = -ENOMEM;
        assertThatThrownBy(() -> SendRing.open(kernel))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("mmap");
        assertThat(kernel.closes).isEqualTo(1);
        assertThat(kernel.unmaps).isEqualTo(kernel.maps);
    }
}
