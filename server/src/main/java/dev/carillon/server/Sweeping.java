package dev.carillon.server;

import dev.carillon.engine.Forgetting;
import dev.carillon.engine.Node;
import java.time.Duration;

/** Has the channels forgotten that nobody has used for long, every ten minutes, on a virtual thread. */
final class Sweeping implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMinutes(10);

    private final Thread thread;

    Sweeping(Node node, Storage storage) {
        thread = Thread.ofVirtual().name("carillon-sweeping").start(() -> sweepOverAndOver(node, storage));
    }

    private static void sweepOverAndOver(Node node, Storage storage) {
        try {
            while (true) {
                Thread.sleep(EVERY);
                new Forgetting(node, storage.memory()).sweep(Sweeping::tell);
                if (storage.durable() != null) {
                    new Forgetting(node, storage.durable()).sweep(Sweeping::tell);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tell(int found) {
        if (found > 0) {
            Logs.LOG.info("forgetting {} channels that were not published to for long", found);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
