package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Principal;
import dev.carillon.websocket.SendRings;
import io.netty.channel.DefaultEventLoop;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes wrong for one connection stays with it. */
class LoopTest {

    private final DefaultEventLoop loop = new DefaultEventLoop();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void aFlushThatFailsHoldsUpNoOtherFlushOfItsLoop() throws Exception {
        Turn turn = new Turn(loop, SendRings.off());
        CountDownLatch flushed = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            loop.submit(() -> {
                        turn.atEnd(() -> {
                            throw new IllegalStateException("a test's mistake");
                        });
                        turn.atEnd(flushed::countDown);
                    })
                    .get();
        }
        assertThat(flushed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aHeartbeatThatFailsEndsNoOthers() throws Exception {
        Heartbeats heartbeats = new Heartbeats(loop);
        CountDownLatch beats = new CountDownLatch(3);
        loop.submit(() -> {
                    heartbeats.add(new Member(beats::countDown));
                    heartbeats.add(new Member(() -> {
                        throw new IllegalStateException("a test's mistake");
                    }));
                    heartbeats.start(Duration.ofMillis(50));
                })
                .get();
        assertThat(beats.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void oneConnectionThatThrowsKeepsNoOtherFromBeingToldThatTheNodeEnds() throws Exception {
        Heartbeats heartbeats = new Heartbeats(loop);
        AtomicInteger told = new AtomicInteger();
        loop.submit(() -> {
                    for (int i = 0; i < 5; i++) {
                        heartbeats.add(new Member(() -> {
                            if (told.incrementAndGet() % 2 == 1) {
                                throw new IllegalStateException("a test's mistake");
                            }
                        }));
                    }
                    heartbeats.beginToLeave();
                    Waves waves = Waves.of(5, Drain.DEFAULT, System.nanoTime());
                    heartbeats.move(waves, 0);
                    heartbeats.end(() -> 0);
                })
                .get();
        assertThat(told).hasValue(10);
    }

    private static final class Member implements Heartbeats.Beating {
        private final Runnable beat;
        private int place;

        Member(Runnable beat) {
            this.beat = beat;
        }

        @Override
        public void onBeat(long nowNanos) {
            beat.run();
        }

        @Override
        public long waitingBytes() {
            return 0;
        }

        @Override
        public boolean onNodeEnds(long afterMillis, boolean isLast) {
            beat.run();
            return true;
        }

        @Override
        public int place() {
            return place;
        }

        @Override
        public void place(int index) {
            place = index;
        }
    }

    @Test
    void whoHasGoneBeforeItWasLetInLeavesNothingBehind() throws Exception {
        SlowDoor door = new SlowDoor();
        GatewaySettings settings = TestServer.settings(
                Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(30), 100);
        try (TestServer server = new TestServer(settings, door)) {
            for (String request : new String[] {
                "GET /channels/orders HTTP/1.1\r\nAccept: text/event-stream\r\n",
                "GET /live HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            }) {
                Consumer<Decisions.Admission> answer;
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    socket.getOutputStream()
                            .write((request + "Host: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                    answer = door.asked.poll(20, TimeUnit.SECONDS);
                    socket.setSoLinger(true, 0);
                }
                Await.until(() -> server.counters.connections() == 0);
                server.settle();
                answer.accept(new Decisions.Admission.Admitted(Principal.ANONYMOUS));
                server.settle();
                assertThat(server.engineCounters.sessions()).isZero();
                assertThat(server.engineCounters.subscriptions()).isZero();
                assertThat(server.counters.open(Traffic.Transport.EVENT_STREAM)).isZero();
            }
        }
    }

    private static final class SlowDoor extends AllComers {
        final BlockingQueue<Consumer<Admission>> asked = new LinkedBlockingQueue<>();

        @Override
        public void onConnect(@Nullable String token, Consumer<Admission> answer) {
            asked.add(answer);
        }
    }
}
