package dev.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each fault does what it says, seen from both ends of real connections. */
@Timeout(60)
class FaultTest {

    private static final Fault NONE = new Fault.None();

    private Rig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new Rig();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    private void suffer(Fault fault) throws IOException {
        rig.lane.suffer(fault, null);
    }

    /** The proxy has read so many bytes from the client, and so they would be on their way if it let them. */
    private void untilTaken(long bytes) throws Exception {
        Rig.until(() -> rig.lane.counts().up().taken() == bytes);
    }

    private static void assertReset(Socket at) {
        assertThatThrownBy(() -> at.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    private void assertRefused() {
        assertThatThrownBy(() -> rig.dial(rig.lane)).isInstanceOf(ConnectException.class);
    }

    // ---- none

    @Test
    void withoutAFaultBytesAndEndsPassAsTheyAre() throws Exception {
        Rig.Pair pair = rig.connect();
        Rig.send(pair.client(), "question");
        assertThat(Rig.read(pair.server(), 8)).isEqualTo("question");
        pair.client().shutdownOutput();
        assertThat(Rig.isEnded(pair.server())).isTrue();
        Rig.send(pair.server(), "late answer");
        assertThat(Rig.read(pair.client(), 11)).isEqualTo("late answer");
        pair.server().close();
        assertThat(Rig.isEnded(pair.client())).isTrue();
        Rig.until(() -> rig.lane.counts().open() == 0);
        Counts counts = rig.lane.counts();
        assertThat(counts.up()).isEqualTo(new Counts.Bytes(8, 8, 1));
        assertThat(counts.down()).isEqualTo(new Counts.Bytes(11, 11, 1));
        assertThat(counts.opened()).isEqualTo(1);
    }

    @Test
    void aResetOfOneEndIsAResetAtTheOther() throws Exception {
        Rig.Pair first = rig.connect();
        first.server().setSoLinger(true, 0);
        first.server().close();
        assertReset(first.client());
        Rig.Pair second = rig.connect();
        second.client().setSoLinger(true, 0);
        second.client().close();
        assertReset(second.server());
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @Test
    void whoSendsToAnEndThatHasClosedIsReset() throws Exception {
        Rig.Pair pair = rig.connect();
        pair.server().close();
        assertThat(Rig.isEnded(pair.client())).isTrue();
        assertThatThrownBy(() -> {
                    while (true) {
                        Rig.send(pair.client(), "hello?");
                    }
                })
                .isInstanceOf(SocketException.class);
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @Test
    void aConnectionToAServerThatIsGoneIsReset() throws Exception {
        rig.server.close();
        rig.assertDialledInVain();
    }

    // ---- cut

    @Test
    void cutResetsBothEndsAndRefusesUntilItIsOver() throws Exception {
        Rig.Pair pair = rig.connect();
        Rig.send(pair.client(), "a");
        assertThat(Rig.read(pair.server(), 1)).isEqualTo("a");
        suffer(new Fault.Cut());
        assertReset(pair.client());
        assertReset(pair.server());
        assertThat(rig.lane.counts().open()).isZero();
        assertRefused();
        suffer(NONE);
        Rig.Pair next = rig.connect();
        Rig.send(next.server(), "b");
        assertThat(Rig.read(next.client(), 1)).isEqualTo("b");
    }

    @Test
    void cutReachesAConnectionThatHangs() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.Hang(Direction.BOTH));
        Rig.send(pair.client(), "held");
        untilTaken(4);
        suffer(new Fault.Cut());
        assertReset(pair.client());
        assertReset(pair.server());
    }

    @Test
    void cutReachesAConnectionWhosePeerDoesNotRead() throws Exception {
        Rig.Pair pair = rig.connect();
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                byte[] much = new byte[64 << 10];
                while (true) {
                    pair.server().getOutputStream().write(much);
                }
            } catch (IOException e) {
                // As it should be.
            }
        });
        Rig.until(() -> rig.lane.counts().down().taken() > 1 << 20);
        suffer(new Fault.Cut());
        assertThat(sender.join(Rig.PATIENCE)).isTrue();
        assertThatThrownBy(() -> pair.client().getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
    }

    @Test
    void cutForAWhileIsOverByItself() throws Exception {
        Rig.Pair pair = rig.connect();
        rig.lane.suffer(new Fault.Cut(), Duration.ofMillis(100));
        assertReset(pair.client());
        Rig.until(() -> rig.lane.fault().equals(NONE));
        Rig.until(() -> {
            try {
                rig.dial(rig.lane);
                return true;
            } catch (ConnectException e) {
                return false;
            }
        });
    }

    @Test
    void whatFollowsAFaultOfAWhileIsNotLiftedWithIt() throws Exception {
        rig.lane.suffer(new Fault.Cut(), Duration.ofMillis(50));
        suffer(new Fault.Refuse());
        rig.lane.suffer(new Fault.Split(Direction.UP), Duration.ofMillis(100));
        suffer(new Fault.Cut());
        Lane other = rig.proxy.lease();
        other.suffer(new Fault.Cut(), Duration.ofMillis(200));
        Rig.until(() -> other.fault().equals(NONE));
        assertThat(rig.lane.fault()).isEqualTo(new Fault.Cut());
        assertRefused();
    }

    // ---- hang, one way

    @Test
    void hangLetsNoByteThroughAndNoEndAndLosesNothing() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.Hang(Direction.BOTH));
        Rig.send(pair.client(), "up");
        pair.client().shutdownOutput();
        Rig.send(pair.server(), "down");
        pair.server().shutdownOutput();
        untilTaken(2);
        Rig.until(() -> rig.lane.counts().down().taken() == 4);
        assertThat(Rig.isQuiet(pair.server())).isTrue();
        assertThat(Rig.isQuiet(pair.client())).isTrue();
        assertThat(rig.lane.counts().up().passed()).isZero();
        assertThat(rig.lane.counts().down().passed()).isZero();
        suffer(NONE);
        assertThat(Rig.read(pair.server(), 9)).isEqualTo("up");
        assertThat(Rig.read(pair.client(), 9)).isEqualTo("down");
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @Test
    void hangTellsNobodyOfAReset() throws Exception {
        Rig.Pair pair = rig.connect();
        Rig.send(pair.client(), "a");
        assertThat(Rig.read(pair.server(), 1)).isEqualTo("a");
        suffer(new Fault.Hang(Direction.BOTH));
        pair.server().setSoLinger(true, 0);
        pair.server().close();
        assertThat(Rig.isQuiet(pair.client())).isTrue();
        suffer(NONE);
        assertReset(pair.client());
    }

    @Test
    void aConnectionThatBeginsDuringAHangComesThroughAfterIt() throws Exception {
        suffer(new Fault.Hang(Direction.BOTH));
        Rig.Pair pair = rig.connect();
        Rig.send(pair.client(), "patience");
        untilTaken(8);
        assertThat(Rig.isQuiet(pair.server())).isTrue();
        suffer(NONE);
        assertThat(Rig.read(pair.server(), 8)).isEqualTo("patience");
    }

    @ParameterizedTest
    @EnumSource(
            value = Direction.class,
            names = {"UP", "DOWN"})
    void oneWayPassesThatWayOnly(Direction passing) throws Exception {
        Rig.Pair pair = rig.connect();
        Socket sender = passing == Direction.UP ? pair.client() : pair.server();
        Socket receiver = passing == Direction.UP ? pair.server() : pair.client();
        suffer(new Fault.OneWay(passing));
        Rig.send(sender, "through");
        assertThat(Rig.read(receiver, 7)).isEqualTo("through");
        Rig.send(receiver, "held");
        receiver.shutdownOutput();
        Rig.until(
                () -> rig.lane.counts().up().taken() + rig.lane.counts().down().taken() == 11);
        assertThat(Rig.isQuiet(sender)).isTrue();
        Rig.send(sender, " again");
        assertThat(Rig.read(receiver, 6)).isEqualTo(" again");
        suffer(NONE);
        assertThat(Rig.read(sender, 9)).isEqualTo("held");
    }

    // ---- half-open

    @Test
    void halfOpenDownEndsTheServersConnectionAndTheClientIsNotTold() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.HalfOpen(Direction.DOWN));
        assertThat(Rig.isEnded(pair.server())).isTrue();
        Rig.send(pair.client(), "anybody?");
        untilTaken(8);
        assertThat(Rig.isQuiet(pair.client())).isTrue();
        Rig.send(pair.client(), "nobody.");
        untilTaken(15);
        assertThat(rig.lane.counts().up().passed()).isZero();
        suffer(NONE);
        assertThat(Rig.isQuiet(pair.client())).isTrue();
        Rig.send(pair.client(), "?");
        assertReset(pair.client());
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @Test
    void halfOpenUpEndsTheClientsConnectionAndTheServerIsNotTold() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.HalfOpen(Direction.UP));
        assertThat(Rig.isEnded(pair.client())).isTrue();
        Rig.send(pair.server(), "anybody?");
        Rig.until(() -> rig.lane.counts().down().taken() == 8);
        assertThat(Rig.isQuiet(pair.server())).isTrue();
        suffer(NONE);
        Rig.send(pair.server(), "?");
        assertReset(pair.server());
    }

    @Test
    void halfOpenLetsBytesPassOnceAClientIsBack() throws Exception {
        Rig.Pair old = rig.connect();
        suffer(new Fault.HalfOpen(Direction.DOWN));
        assertThat(Rig.isEnded(old.server())).isTrue();
        Rig.Pair next = rig.connect();
        Rig.send(next.client(), "hello");
        assertThat(Rig.read(next.server(), 5)).isEqualTo("hello");
        next.server().close();
        assertThat(Rig.isQuiet(next.client())).isTrue();
        next.client().close();
        old.client().close();
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Direction.class,
            names = {"UP", "DOWN"})
    void halfOpenBothClosesNothingAndWhoeverClosesIsNotMissed(Direction missing) throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.HalfOpen(Direction.BOTH));
        Rig.send(pair.client(), "still");
        assertThat(Rig.read(pair.server(), 5)).isEqualTo("still");
        Socket closing = missing == Direction.UP ? pair.client() : pair.server();
        Socket staying = missing == Direction.UP ? pair.server() : pair.client();
        closing.setSoLinger(true, 0);
        closing.close();
        for (int i = 0; i < 3; i++) {
            Rig.send(staying, "hello?");
            assertThat(Rig.isQuiet(staying)).isTrue();
        }
        staying.close();
        Rig.until(() -> rig.lane.counts().open() == 0);
    }

    @Test
    void aHalfOpenConnectionThatThenHangsIsNotReset() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.HalfOpen(Direction.DOWN));
        assertThat(Rig.isEnded(pair.server())).isTrue();
        suffer(new Fault.Hang(Direction.BOTH));
        Rig.send(pair.client(), "?");
        untilTaken(1);
        assertThat(Rig.isQuiet(pair.client())).isTrue();
        suffer(NONE);
        assertReset(pair.client());
    }

    // ---- delay, throttle, split

    @Test
    void delayedBytesComeSoMuchLaterAndNotOneAfterTheOther() throws Exception {
        Rig.Pair pair = rig.connect();
        long delayMillis = 200;
        suffer(new Fault.Delay(Direction.UP, Duration.ofMillis(delayMillis)));
        int messages = 20;
        long first = System.nanoTime();
        for (int n = 1; n <= messages; n++) {
            Rig.send(pair.client(), "m");
            untilTaken(n);
        }
        long sending = System.nanoTime() - first;
        assertThat(Rig.read(pair.server(), 1)).isEqualTo("m");
        long firstAfter = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - first);
        assertThat(Rig.read(pair.server(), messages - 1)).hasSize(messages - 1);
        long allAfter = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - first - sending);
        assertThat(firstAfter).isGreaterThanOrEqualTo(delayMillis);
        // One after the other they would have taken four seconds.
        assertThat(allAfter).isLessThan(messages * delayMillis / 2);
        Rig.send(pair.server(), "other way");
        assertThat(Rig.read(pair.client(), 9)).isEqualTo("other way");
    }

    @Test
    void aDelayThatIsLiftedHoldsNothingBack() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.Delay(Direction.BOTH, Fault.DELAY_MAX));
        Rig.send(pair.client(), "soon");
        untilTaken(4);
        suffer(NONE);
        assertThat(Rig.read(pair.server(), 4)).isEqualTo("soon");
    }

    @Test
    void throttledConnectionsShareTheRate() throws Exception {
        int rate = 40_000;
        Rig.Pair one = rig.connect();
        Rig.Pair two = rig.connect();
        suffer(new Fault.Throttle(Direction.DOWN, rate));
        byte[] half = new byte[rate / 4];
        long start = System.nanoTime();
        one.server().getOutputStream().write(half);
        two.server().getOutputStream().write(half);
        one.client().getInputStream().readNBytes(half.length);
        two.client().getInputStream().readNBytes(half.length);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        // Half a second's bytes, of which the first slice goes at once.
        assertThat(millis).isBetween(400L, 5_000L);
        Rig.send(one.client(), "the other way is free");
        assertThat(Rig.read(one.server(), 21)).isEqualTo("the other way is free");
        Rig.until(() -> rig.lane.counts().down().passed() == 2L * half.length);
    }

    @Test
    void splitBytesAreWrittenOneByOneAndArriveComplete() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.Split(Direction.UP));
        String text = "0123456789".repeat(500);
        Rig.send(pair.client(), text);
        assertThat(Rig.read(pair.server(), text.length())).isEqualTo(text);
        Rig.until(() -> rig.lane.counts().up().passed() == text.length());
        assertThat(rig.lane.counts().up().writes()).isEqualTo(text.length());
        Rig.send(pair.server(), text);
        assertThat(Rig.read(pair.client(), text.length())).isEqualTo(text);
        assertThat(rig.lane.counts().down().writes()).isLessThan(10);
    }

    // ---- refuse

    @Test
    void refuseTurnsNewConnectionsAwayAndLeavesTheOthers() throws Exception {
        Rig.Pair pair = rig.connect();
        suffer(new Fault.Refuse());
        assertRefused();
        Rig.send(pair.client(), "still here");
        assertThat(Rig.read(pair.server(), 10)).isEqualTo("still here");
        suffer(NONE);
        Rig.Pair next = rig.connect();
        Rig.send(next.client(), "back");
        assertThat(Rig.read(next.server(), 4)).isEqualTo("back");
    }

    @Test
    void whileItRefusesNobodyElseGetsThePort() throws Exception {
        suffer(new Fault.Refuse());
        try (ServerSocket thief = new ServerSocket()) {
            thief.setReuseAddress(false);
            assertThatThrownBy(() -> thief.bind(new InetSocketAddress(Rig.HERE, rig.lane.port())))
                    .isInstanceOf(BindException.class);
        }
    }

    @Test
    void refusingAndListeningInTurnIsExactEveryTime() throws Exception {
        for (int i = 0; i < 50; i++) {
            suffer(new Fault.Cut());
            assertRefused();
            suffer(NONE);
            Rig.Pair pair = rig.connect();
            Rig.send(pair.client(), "x");
            assertThat(Rig.read(pair.server(), 1)).isEqualTo("x");
        }
    }
}
