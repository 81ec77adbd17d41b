package dev.carillon.engine;

/** Port: the time. */
public interface Clock {

    /** Milliseconds since 1970-01-01T00:00Z; may jump either way. */
    long millis();

    /** Nanoseconds since some moment of this clock's own; never goes back. */
    long nanos();
}
