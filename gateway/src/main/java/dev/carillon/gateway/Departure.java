package dev.carillon.gateway;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node leaves its clients (docs/operations.md): a pause in which it goes on as before; then nobody new is let in, and
 * those who are here are moved in {@link Waves}, each told when to come back. Meanwhile publishes and questions over HTTP are
 * answered as ever. Last it listens no more, and waits until what is on its way was answered.
 *
 * <p>{@link #run} is called once, on a thread that may wait; {@link #hurry} on any.
 */
final class Departure {

    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final Hall hall;
    private final CountDownLatch hurried = new CountDownLatch(1);

    Departure(Hall hall) {
        this.hall = hall;
    }

    /** Has it wait for nothing any more. */
    void hurry() {
        hurried.countDown();
    }

    /** @param listenNoMore has no more connections come */
    void run(Drain drain, Runnable listenNoMore) {
        GatewayCounters counters = hall.counters();
        counters.draining = true;
        pauseUntil(System.nanoTime() + drain.notice().toNanos());
        // First nobody new comes in, then those who are here are counted: so none is passed over.
        hall.entrance().leave(Waves.of(Integer.MAX_VALUE, drain, System.nanoTime()));
        int clients = onEachLoop(Heartbeats::beginToLeave);
        Waves waves = Waves.of(clients, drain, System.nanoTime());
        hall.entrance().leave(waves);
        LOG.info(
                "{} connections are moved within {} ms",
                clients,
                Duration.ofNanos(waves.windowNanos()).toMillis());
        for (int i = 0; i < waves.count(); i++) {
            int wave = i;
            pauseUntil(waves.dueNanos(wave));
            counters.staying.set(onEachLoop(heartbeats -> heartbeats.move(waves, wave)));
            counters.waves.increment();
        }
        long end = System.nanoTime() + hall.settings().closeTimeMax().toNanos();
        while (counters.staying() > 0 && isTimeBefore(end)) {
            pauseUntil(System.nanoTime() + LOOK_AGAIN.toNanos());
            counters.staying.set(onEachLoop(heartbeats -> heartbeats.move(waves, waves.count())));
        }
        listenNoMore.run();
        while (counters.connections() > 0 && isTimeBefore(end)) {
            counters.staying.set(onEachLoop(heartbeats -> heartbeats.moveAll(waves)));
            pauseUntil(System.nanoTime() + LOOK_AGAIN.toNanos());
        }
    }

    private boolean isTimeBefore(long end) {
        return System.nanoTime() - end < 0 && hurried.getCount() > 0;
    }

    private void pauseUntil(long moment) {
        try {
            var _ = hurried.await(moment - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            hurry();
        }
    }

    /** Does something on each loop, and adds up what it comes to. */
    private int onEachLoop(ToIntFunction<Heartbeats> task) {
        List<Future<Integer>> done = new ArrayList<>();
        for (EventExecutor executor : hall.loops().group()) {
            Heartbeats heartbeats = hall.loops().of((EventLoop) executor).heartbeats();
            done.add(executor.submit(() -> task.applyAsInt(heartbeats)));
        }
        int sum = 0;
        for (Future<Integer> future : done) {
            future.awaitUninterruptibly();
            sum += future.isSuccess() ? future.getNow() : 0;
        }
        return sum;
    }
}
