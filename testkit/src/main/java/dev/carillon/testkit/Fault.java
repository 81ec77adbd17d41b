package dev.carillon.testkit;

import java.time.Duration;

/** What the connections of a lane suffer. Each kind holds for all of them, those to come as well. */
public sealed interface Fault {

    /** Nothing: the bytes pass as they come. */
    record None() implements Fault {}

    /** Existing connections are reset at once, at both ends; new ones are refused. */
    record Cut() implements Fault {}

    /**
     * No bytes pass, and nobody is told that an end has closed. What is held goes on when it is over, in order and whole.
     *
     * @param direction which bytes
     */
    record Hang(Direction direction) implements Fault {}

    /**
     * An end that closes, or breaks, isn't told to the other one; bytes pass as long as both are there, and are swallowed
     * once their receiver is gone. When it is over, an end that sends to nobody is reset.
     *
     * @param direction who isn't told. {@code DOWN}: every server's end of an existing connection is closed at once, and the
     *     client believes that it is open; {@code UP}: the other way round; {@code BOTH}: nothing is closed, but whichever
     *     end closes, the other isn't told
     */
    record HalfOpen(Direction direction) implements Fault {}

    /**
     * Bytes pass one way only; the others are held, as by {@link Hang}.
     *
     * @param passing the way that is open: {@code UP} or {@code DOWN}
     */
    record OneWay(Direction passing) implements Fault {
        public OneWay {
            if (passing == Direction.BOTH) {
                throw new IllegalArgumentException("one way is up or down");
            }
        }
    }

    /**
     * Bytes arrive so much later, and as fast as before as far as the buffer holds them.
     *
     * @param by up to {@link #DELAY_MAX}
     */
    record Delay(Direction direction, Duration by) implements Fault {
        public Delay {
            if (by.isNegative() || by.compareTo(DELAY_MAX) > 0) {
                throw new IllegalArgumentException("a delay is from 0 to " + DELAY_MAX.toMillis() + " ms");
            }
        }
    }

    /**
     * All connections of the lane together carry so many bytes in a second, each way.
     *
     * @param bytesPerSecond 1 to {@link #RATE_MAX}
     */
    record Throttle(Direction direction, long bytesPerSecond) implements Fault {
        public Throttle {
            if (bytesPerSecond < 1 || bytesPerSecond > RATE_MAX) {
                throw new IllegalArgumentException("a rate is from 1 to " + RATE_MAX + " bytes per second");
            }
        }
    }

    /** Every byte is written by itself. */
    record Split(Direction direction) implements Fault {}

    /** New connections are refused; existing ones go on. */
    record Refuse() implements Fault {}

    /** The longest delay. */
    Duration DELAY_MAX = Duration.ofMinutes(1);

    /** The highest rate of a throttle, in bytes per second. */
    long RATE_MAX = 1L << 30;

    /** Whether new connections are refused. */
    default boolean refuses() {
        return switch (this) {
            case Cut _, Refuse _ -> true;
            case None _, Hang _, HalfOpen _, OneWay _, Delay _, Throttle _, Split _ -> false;
        };
    }

    /** Whether the end of a connection isn't told to those at whom its bytes that way would arrive. */
    default boolean withholdsEnds(Direction way) {
        return this instanceof HalfOpen(Direction direction) && direction.covers(way);
    }
}
