package dev.carillon.server;

import dev.carillon.engine.Clock;

/** The machine's time. */
final class SystemClock implements Clock {

    @Override
    public long millis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }
}
