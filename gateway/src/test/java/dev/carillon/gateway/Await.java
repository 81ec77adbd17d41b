package dev.carillon.gateway;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition, for at most 20 seconds. */
final class Await {

    interface Condition {
        boolean holds() throws Exception;
    }

    private Await() {}

    static void until(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the condition did not come true within 20 s");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
