package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that stop reading for a while under load, on a server of one loop whose memory is far too small for what they miss. */
@Tag("process")
final class StalledReaderTest {

    private static final boolean IS_LONG = Boolean.parseBoolean(System.getenv("CARILLON_LONG"));

    /** Publications a second, and for how long. */
    private static final int RATE = 2000;

    private static final int SECONDS = IS_LONG ? 60 : 5;

    /** Of a publication: more than 40 MB in all, for each of the readers. */
    private static final int PADDING = IS_LONG ? 2000 : 4000;

    private static final String BUSY = "busy:1";
    private static final String PINGS = "pings:1";
    private static final String BRIEF = "brief:1";
    private static final int BRIEF_COUNT = 100;

    /** One publication of the brief channel for so many of the busy one: more than the system's buffers hold. */
    private static final int BUSY_TO_BRIEF = 3;

    private static final long OUTBOX_BYTES = 256 << 10;

    /** What one outbox may hold beyond its bound: what was gathered when it was found full. */
    private static final long BEYOND_BYTES = 192 << 10;

    /** What polls are answered is one message each: a page of 4 MiB, and twice 1 MiB, with what surrounds the data. */
    private static final long ANSWERS_BYTES = 7 << 20;

    private static final String SMALL_MEMORY = "-Xmx96m -XX:MaxDirectMemorySize=48m -XX:+ExitOnOutOfMemoryError";

    /** Heap and direct memory as above, the store's caches, and the virtual machine itself. */
    private static final long RESIDENT_BYTES_MAX = 400L << 20;

    /** Publishes that wait for their answers. */
    private static final int IN_FLIGHT = 500;

    private static final int PINGS_MIN = 20;

    /** For what never comes: a busy machine takes many times as long as a free one for so many publications. */
    private static final Duration CATCH_UP_MAX = Duration.ofSeconds(120 + SECONDS * 4L);

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess start() throws IOException {
        Path file = Files.writeString(folder.resolve("carillon.yaml"), """
                eventLoops: 1
                heartbeat: 10s
                channels:
                  - {pattern: "**", durability: disk, history: {count: 500000, bytes: 4GiB}}
                  - {pattern: "brief:*", durability: disk, history: {count: %d}}
                store: {blockCacheBytes: 8MiB, writeBufferBytes: 4MiB, queueBytes: 8MiB}
                """.formatted(BRIEF_COUNT));
        return ServerProcess.carillonUnder(
                List.of(),
                Map.of("CARILLON_JAVA_OPTS", SMALL_MEMORY),
                folder,
                "serve",
                "--port",
                "0",
                "--config",
                file.toString(),
                "--data",
                folder.resolve("data").toString());
    }

    private static String data(int n) {
        return "{\"n\":" + n + ",\"pad\":\"" + "x".repeat(PADDING) + "\"}";
    }

    private static int numberOf(Publication publication) {
        String text = publication.data().text();
        return Integer.parseInt(text.substring("{\"n\":".length(), text.indexOf(',')));
    }

    /** Whether the numbers come one after the other, without keeping what they come in. */
    private static final class Numbers implements Consumer<Publication> {
        private int last;
        private @Nullable String wrong;

        @Override
        public synchronized void accept(Publication publication) {
            int n = numberOf(publication);
            if (n != last + 1 && wrong == null) {
                wrong = n + " after " + last;
            }
            last = n;
        }

        synchronized int last() {
            return last;
        }

        synchronized @Nullable String wrong() {
            return wrong;
        }
    }

    /** Publishes over one WebSocket, at a pace or as fast as is answered. */
    private static final class Press implements AutoCloseable {
        private final Semaphore room = new Semaphore(IN_FLIGHT);
        private final Queue<ServerMessage> wrong = new ConcurrentLinkedQueue<>();
        private final Live live;

        Press(Peer peer) {
            live = Live.connectBinary(peer, "/live", message -> {
                if (message instanceof ServerMessage.Published) {
                    room.release();
                } else if (!(message instanceof ServerMessage.Hello)) {
                    wrong.add(message);
                }
            });
        }

        void publish(String channel, int n) throws InterruptedException {
            assertThat(room.tryAcquire(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("an answer before %d; %s", n, wrong)
                    .isTrue();
            live.say(new ClientMessage.Publish(
                    new RequestId(Integer.toString(n)), new ChannelName(channel), Data.json(data(n)), null, null));
        }

        /** Waits until all is acknowledged. */
        void finish() throws InterruptedException {
            assertThat(room.tryAcquire(IN_FLIGHT, Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("all answers; %s", wrong)
                    .isTrue();
            room.release(IN_FLIGHT);
            assertThat(wrong).isEmpty();
        }

        @Override
        public void close() {
            live.close();
        }
    }

    /** The most that was seen of the server's memory. */
    private static final class Gauges {
        private double outboxBytes;
        private long residentBytes;

        void read(ServerProcess server, Peer peer) throws Exception {
            outboxBytes = Math.max(outboxBytes, peer.metric("carillon_outbox_bytes"));
            residentBytes = Math.max(residentBytes, server.residentBytes());
        }

        @Override
        public String toString() {
            return "outboxes " + ((long) outboxBytes >> 10) + " KiB, resident " + (residentBytes >> 20)
                    + " MiB at most";
        }
    }

    @Test
    void whoStallsComesBackWithEverythingWhileTheServersMemoryStaysWithinItsLimits() throws Exception {
        int total = RATE * SECONDS;
        List<Numbers> numbers = new ArrayList<>();
        List<Reader> stalled = new ArrayList<>();
        Gauges gauges = new Gauges();
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            for (Reader.Delivery delivery : Reader.Delivery.values()) {
                Numbers own = new Numbers();
                numbers.add(own);
                stalled.add(Reader.follow(peer, delivery, BUSY, Position.ORIGIN, own));
            }
            Numbers quickNumbers = new Numbers();
            Reader quick = Reader.follow(peer, Reader.Delivery.LIVE, BUSY, Position.ORIGIN, quickNumbers);
            Reader late = Reader.follow(peer, Reader.Delivery.WEBSOCKET, BRIEF, Position.ORIGIN);
            try (Press press = new Press(peer)) {
                stalled.forEach(Reader::stall);
                late.stall();
                load(press, total, () -> gauges.read(server, peer));
            }
            Position head = peer.page(BUSY, "last=1").position();
            assertThat(head.offset()).isEqualTo(total);
            quick.awaitPosition(head);
            assertThat(quickNumbers.wrong()).as("who did not stall").isNull();
            numbers.forEach(own -> assertThat(own.last()).isLessThan(total));

            stalled.forEach(Reader::goOn);
            late.goOn();
            int pings = pingUntil(peer, () -> numbers.stream().allMatch(own -> own.last() == total), () -> {
                gauges.read(server, peer);
            });
            for (int i = 0; i < stalled.size(); i++) {
                assertThat(numbers.get(i).wrong()).as("%s", stalled.get(i)).isNull();
                assertThat(stalled.get(i).gaps()).as("%s", stalled.get(i)).isEmpty();
                assertThat(stalled.get(i).isRecovered())
                        .as("%s", stalled.get(i))
                        .isTrue();
            }
            assertLateIsToldOfItsGap(peer, late);
            assertThat(pings).as("pings while they caught up").isGreaterThanOrEqualTo(PINGS_MIN);
            System.out.println(
                    "StalledReaderTest: " + stalled.size() + " readers stalled for " + total + " publications at "
                            + RATE + " a second; " + gauges + "; " + pings + " pings while they caught up");
            assertWithinLimits(peer, gauges, stalled.size() + 2);
        } finally {
            stalled.forEach(Reader::close);
        }
    }

    private interface Look {
        void at() throws Exception;
    }

    /** So many a second, as far as they are acknowledged, and to the channel with the brief history too. */
    private static void load(Press press, int total, Look look) throws Exception {
        long begin = System.nanoTime();
        for (int n = 1; n <= total; n++) {
            long due = begin + n * (TimeUnit.SECONDS.toNanos(1) / RATE);
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            press.publish(BUSY, n);
            if (n % BUSY_TO_BRIEF == 0) {
                press.publish(BRIEF, n / BUSY_TO_BRIEF);
            }
            if (n % RATE == 0) {
                look.at();
            }
        }
        press.finish();
        look.at();
    }

    /** How often somebody else on the same loop was delivered something meanwhile. */
    private static int pingUntil(Peer peer, BooleanSupplier isOver, Look look) throws Exception {
        int pings = 0;
        Reader reader = Reader.follow(peer, Reader.Delivery.WEBSOCKET, PINGS, Position.ORIGIN);
        try (reader) {
            long deadline = System.nanoTime() + CATCH_UP_MAX.toNanos();
            while (!isOver.getAsBoolean()) {
                assertThat(System.nanoTime())
                        .as("all caught up, after %d pings", pings)
                        .isLessThan(deadline);
                pings++;
                reader.awaitPosition(peer.publish(PINGS, "key-of-the-ping-" + pings, "{\"n\":" + pings + "}")
                        .position());
                if (pings % 20 == 1) {
                    look.at();
                }
            }
            assertThat(reader.seen()).hasSize(pings);
        }
        return pings;
    }

    private static void assertLateIsToldOfItsGap(Peer peer, Reader late) throws Exception {
        List<Publication> retained = peer.retained(BRIEF);
        assertThat(retained).hasSize(BRIEF_COUNT);
        late.awaitPosition(retained.getLast().position());
        assertThat(late.gaps()).isNotEmpty().allMatch(gap -> gap.cause() == Gap.Cause.TRIMMED);
        List<Publication> seen = late.seen();
        assertThat(seen.subList(seen.size() - BRIEF_COUNT, seen.size())).isEqualTo(retained);
        assertThat(seen).extracting(Publication::offset).isSorted().doesNotHaveDuplicates();
        late.close();
    }

    private static void assertWithinLimits(Peer peer, Gauges gauges, int readers) throws Exception {
        assertThat(gauges.outboxBytes).isLessThanOrEqualTo(readers * (OUTBOX_BYTES + BEYOND_BYTES) + ANSWERS_BYTES);
        assertThat(gauges.residentBytes).isLessThan(RESIDENT_BYTES_MAX);
        assertThat(peer.metric("carillon_subscriptions_parked_total")).isPositive();
        assertThat(peer.metric("carillon_sessions_ended_total{code=\"slow\"}")).isZero();
        assertThat(peer.metric("carillon_heartbeats_missed_total")).isZero();
        assertThat(peer.metric("carillon_failures_total")).isZero();
    }

    /** The nine quiet channels of a connection are not kept waiting until its busy one has caught up. */
    @Test
    void quietChannelsAreServedWhileABusyOneOfTheSameConnectionCatchesUp() throws Exception {
        List<String> quiet = Arrays.asList("q:1", "q:2", "q:3", "q:4", "q:5", "q:6", "q:7", "q:8", "q:9");
        int each = 3;
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch standing = new CountDownLatch(quiet.size() + 1);
        List<Publication> order = new ArrayList<>();
        Consumer<ServerMessage> heard = message -> {
            if (message instanceof ServerMessage.Subscribed) {
                standing.countDown();
            } else if (message instanceof ServerMessage.Delivery(Publication publication)) {
                awaitGate(gate);
                synchronized (order) {
                    order.add(publication);
                }
            }
        };
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready());
                Press press = new Press(peer);
                Live reader = Live.connect(new Peer(server.ready()), "/live", heard)) {
            subscribe(reader, BUSY);
            quiet.forEach(channel -> subscribe(reader, channel));
            assertThat(standing.await(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            int busy = 0;
            while (peer.metric("carillon_subscriptions_parked_total") == 0) {
                assertThat(busy).as("its buffers are full by now").isLessThan(50_000);
                for (int i = 0; i < 500; i++) {
                    press.publish(BUSY, ++busy);
                }
                press.finish();
            }
            for (int i = 0; i < 500; i++) {
                press.publish(BUSY, ++busy); // and stay so
            }
            press.finish();
            for (String channel : quiet) {
                for (int n = 1; n <= each; n++) {
                    press.publish(channel, n);
                }
            }
            int backlog = 2000; // many pages, behind which the quiet ones were to wait
            for (int i = 0; i < backlog; i++) {
                press.publish(BUSY, ++busy);
            }
            press.finish();
            gate.countDown();
            int total = busy + quiet.size() * each;
            Peer.until("all is delivered", CATCH_UP_MAX, () -> {
                synchronized (order) {
                    return order.size() == total;
                }
            });
            assertQuietOnesCameInTurn(order, backlog);
        }
    }

    private static void awaitGate(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void subscribe(Live live, String channel) {
        live.say(new ClientMessage.Subscribe(
                null, new ChannelName(channel), null, 0, ClientMessage.Subscribe.NO_PRESENCE));
    }

    /** A page of the busy channel for each of theirs, and no more. */
    private static void assertQuietOnesCameInTurn(List<Publication> order, int backlog) {
        int seen = 0;
        int firstQuiet = -1;
        int lastQuiet = -1;
        for (int i = 0; i < order.size(); i++) {
            if (!order.get(i).channel().value().equals(BUSY)) {
                firstQuiet = firstQuiet < 0 ? i : firstQuiet;
                lastQuiet = i;
                seen++;
            }
        }
        int pageOfBusy = (64 << 10) / PADDING + 1;
        System.out.println("StalledReaderTest: " + seen + " publications of quiet channels came at places " + firstQuiet
                + " to " + lastQuiet + " of " + order.size());
        assertThat(lastQuiet - firstQuiet).isLessThan(seen + 10 * pageOfBusy);
        assertThat(order.size() - lastQuiet).as("busy ones behind them").isGreaterThan(backlog / 2);
    }
}
