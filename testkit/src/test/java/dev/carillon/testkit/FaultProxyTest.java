package dev.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lanes: their leases, their bounds, and that they carry whatever is carried. */
@Timeout(60)
class FaultProxyTest {

    private static final LaneLimits SMALL = new LaneLimits(2, 3, 16 << 10, Duration.ofSeconds(60));
    private static final LaneLimits SHORT = new LaneLimits(2, 3, 16 << 10, Duration.ofMillis(400));

    private static void assertReset(Socket at) {
        assertThatThrownBy(() -> at.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void lanesSufferApart() throws Exception {
        try (Rig rig = new Rig()) {
            Lane mine = Objects.requireNonNull(rig.proxy.lease());
            Rig.Pair other = rig.connect();
            Rig.Pair cut = rig.connect(mine);
            mine.suffer(new Fault.Cut(), null);
            assertReset(cut.client());
            Rig.send(other.client(), "fine");
            assertThat(Rig.read(other.server(), 4)).isEqualTo("fine");
            assertThat(mine.id()).matches("[A-Za-z0-9_-]{22}");
            assertThat(rig.lane.id()).isEqualTo("default");
        }
    }

    @Test
    void moreLanesThanTheLimitAreRefusedUntilOneEnds() throws Exception {
        try (Rig rig = new Rig(SMALL)) {
            Lane first = Objects.requireNonNull(rig.proxy.lease());
            rig.proxy.lease();
            assertThat(rig.proxy.lease()).isNull();
            assertThat(rig.proxy.lanesRefused()).isEqualTo(1);
            assertThat(rig.proxy.lanes()).isEqualTo(3);
            assertThat(rig.proxy.end(first.id())).isTrue();
            assertThat(rig.proxy.end(first.id())).isFalse();
            assertThat(rig.proxy.lane(first.id())).isNull();
            assertThat(rig.proxy.lease()).isNotNull();
        }
    }

    @Test
    void aLaneThatEndsResetsItsConnectionsAndFreesItsPort() throws Exception {
        try (Rig rig = new Rig()) {
            Lane lane = Objects.requireNonNull(rig.proxy.lease());
            Rig.Pair pair = rig.connect(lane);
            rig.proxy.end(lane.id());
            assertReset(pair.client());
            assertReset(pair.server());
            assertThatThrownBy(() -> rig.dial(lane)).isInstanceOf(ConnectException.class);
            try (ServerSocket heir = new ServerSocket()) {
                heir.setReuseAddress(true);
                heir.bind(new InetSocketAddress(Rig.HERE, lane.port()));
                assertThat(heir.getLocalPort()).isEqualTo(lane.port());
            }
            lane.suffer(new Fault.None(), null);
            assertThatThrownBy(() -> rig.dial(lane)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aConnectionMoreThanTheLimitIsResetAndCounted() throws Exception {
        try (Rig rig = new Rig(SMALL)) {
            List<Rig.Pair> pairs = new ArrayList<>();
            for (int i = 0; i < SMALL.connections(); i++) {
                pairs.add(rig.connect());
            }
            rig.assertDialledInVain();
            assertThat(rig.lane.counts().tooMany()).isEqualTo(1);
            assertThat(rig.proxy.counts().open()).isEqualTo(SMALL.connections());
            pairs.getFirst().client().close();
            pairs.getFirst().server().close();
            Rig.until(() -> rig.lane.counts().open() == SMALL.connections() - 1);
            rig.connect();
        }
    }

    @Test
    void aLaneThatNobodyAsksForEnds() throws Exception {
        try (Rig rig = new Rig(SHORT)) {
            Lane lane = Objects.requireNonNull(rig.proxy.lease());
            Rig.Pair pair = rig.connect(lane);
            Rig.until(() -> rig.proxy.lanes() == 1);
            assertReset(pair.client());
            assertThat(rig.proxy.lane(lane.id())).isNull();
            assertThat(rig.proxy.lane("default")).isNotNull();
        }
    }

    @Test
    void askingOrSendingKeepsALane() throws Exception {
        try (Rig rig = new Rig(SHORT)) {
            Lane asked = Objects.requireNonNull(rig.proxy.lease());
            Lane used = Objects.requireNonNull(rig.proxy.lease());
            Rig.Pair pair = rig.connect(used);
            long end = System.nanoTime() + 3 * SHORT.lease().toNanos();
            Rig.until(() -> {
                rig.proxy.lane(asked.id());
                Rig.send(pair.client(), ".");
                return System.nanoTime() > end;
            });
            assertThat(rig.proxy.lanes()).isEqualTo(3);
        }
    }

    @Test
    void whatAServerSendsToNobodyDoesNotKeepALane() throws Exception {
        try (Rig rig = new Rig(SHORT)) {
            Rig.Pair pair = rig.connect(Objects.requireNonNull(rig.proxy.lease()));
            Rig.until(() -> {
                try {
                    Rig.send(pair.server(), ".");
                } catch (SocketException e) {
                    // Reset: its lane has ended.
                }
                return rig.proxy.lanes() == 1;
            });
        }
    }

    @Test
    void closingLetsAServerThatEndsSaySoAndResetsTheRest() throws Exception {
        Rig rig = new Rig();
        Rig.Pair polite = rig.connect();
        Rig.Pair silent = rig.connect();
        Rig.send(polite.server(), "goodbye");
        polite.server().close();
        Thread client = Thread.ofVirtual().start(() -> {
            try {
                polite.client().getInputStream().readAllBytes();
                polite.client().close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        rig.proxy.close();
        assertThat(client.join(Rig.PATIENCE)).isTrue();
        assertReset(silent.client());
        assertThat(rig.proxy.counts().open()).isZero();
        assertThat(rig.proxy.lease()).isNull();
        assertThatThrownBy(() -> rig.dial(rig.lane)).isInstanceOf(ConnectException.class);
        rig.close();
    }

    @Test
    void bothFamiliesOfLoopbackLeadToTheServerByOnePort() throws Exception {
        InetAddress six = InetAddress.getByName("::1");
        try (ServerSocket server = new ServerSocket(0, 10, Rig.HERE);
                FaultProxy proxy = FaultProxy.open(
                        new InetSocketAddress(Rig.HERE, server.getLocalPort()),
                        List.of(InetAddress.getByName("127.0.0.1"), six),
                        0,
                        SMALL)) {
            int port = proxy.defaultLane().port();
            for (InetAddress address : isHere(six) ? List.of(Rig.HERE, six) : List.of(Rig.HERE)) {
                try (Socket client = new Socket(address, port);
                        Socket served = server.accept()) {
                    Rig.send(client, "hi");
                    assertThat(Rig.read(served, 2)).isEqualTo("hi");
                }
                proxy.defaultLane().suffer(new Fault.Refuse(), null);
                assertThatThrownBy(() -> new Socket(address, port).close()).isInstanceOf(ConnectException.class);
                proxy.defaultLane().suffer(new Fault.None(), null);
            }
        }
    }

    private static boolean isHere(InetAddress address) {
        try (ServerSocket _ = new ServerSocket(0, 1, address)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, Rig.HERE)) {
            InetSocketAddress target = new InetSocketAddress(Rig.HERE, 1);
            assertThatThrownBy(
                            () -> FaultProxy.open(target, List.of(Rig.HERE), taken.getLocalPort(), LaneLimits.DEFAULT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1 port " + taken.getLocalPort());
        }
    }

    @Test
    void onlyLoopbackIsListenedOn() throws Exception {
        InetAddress everywhere = InetAddress.getByName("0.0.0.0");
        assertThatThrownBy(() ->
                        FaultProxy.open(new InetSocketAddress(Rig.HERE, 1), List.of(everywhere), 0, LaneLimits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void limitsThatNoLaneWorksWithinAreRefused() {
        InetSocketAddress target = new InetSocketAddress(Rig.HERE, 1);
        for (LaneLimits limits : List.of(
                new LaneLimits(-1, 1, 1, Duration.ofSeconds(1)),
                new LaneLimits(1, 0, 1, Duration.ofSeconds(1)),
                new LaneLimits(1, 1, 0, Duration.ofSeconds(1)),
                new LaneLimits(1, 1, 1, Duration.ZERO))) {
            assertThatThrownBy(() -> FaultProxy.open(target, List.of(Rig.HERE), 0, limits))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** Whatever delays, hangs, splits and slows the bytes, they arrive, whole and in order, on many connections at once. */
    @Test
    void whateverHoldsBytesUpLosesNone() throws Exception {
        long seed = Long.getLong("carillon.seed", System.nanoTime());
        System.out.println("FaultProxyTest: -Dcarillon.seed=" + seed);
        Random random = new Random(seed);
        try (Rig rig = new Rig();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Boolean>> whole = new ArrayList<>();
            for (int i = 0; i < LaneLimits.DEFAULT.connections(); i++) {
                Rig.Pair pair = rig.connect();
                byte[] up = bytes(random);
                byte[] down = bytes(random);
                CompletableFuture.runAsync(() -> sendAndEnd(pair.client(), up), threads);
                CompletableFuture.runAsync(() -> sendAndEnd(pair.server(), down), threads);
                whole.add(CompletableFuture.supplyAsync(() -> isRead(pair.server(), up), threads));
                whole.add(CompletableFuture.supplyAsync(() -> isRead(pair.client(), down), threads));
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(whole.toArray(CompletableFuture[]::new));
            for (int i = 0; i < 40 && !all.isDone(); i++) {
                rig.lane.suffer(holdingUp(random), null);
                long passed = rig.lane.counts().up().passed();
                long pause = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(30));
                Rig.until(() ->
                        System.nanoTime() > pause || rig.lane.counts().up().passed() > passed + 100_000);
            }
            rig.lane.suffer(new Fault.None(), null);
            all.get(Rig.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(whole).allMatch(CompletableFuture::join);
            Rig.until(() -> rig.lane.counts().open() == 0);
            Counts counts = rig.lane.counts();
            assertThat(counts.up().passed()).isEqualTo(counts.up().taken());
            assertThat(counts.down().passed()).isEqualTo(counts.down().taken());
        }
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(300_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Fault holdingUp(Random random) {
        Direction direction = Direction.values()[random.nextInt(3)];
        return switch (random.nextInt(6)) {
            case 0 -> new Fault.Hang(direction);
            case 1 -> new Fault.OneWay(random.nextBoolean() ? Direction.UP : Direction.DOWN);
            case 2 -> new Fault.Delay(direction, Duration.ofMillis(random.nextInt(20)));
            case 3 -> new Fault.Throttle(direction, 1 + random.nextInt(2_000_000));
            case 4 -> new Fault.Split(direction);
            default -> new Fault.None();
        };
    }

    private static void sendAndEnd(Socket from, byte[] bytes) {
        try {
            from.getOutputStream().write(bytes);
            from.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isRead(Socket at, byte[] bytes) {
        try {
            return Arrays.equals(at.getInputStream().readAllBytes(), bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
