package dev.carillon.redis;

import java.time.Duration;

/**
 * The bounds of the links to Redis, all finite.
 *
 * @param callsMax the most calls of a link that are not answered; one more, and the link counts as failed
 * @param callBytesMax the most bytes in them
 * @param windowMax the most calls that are on their way to Redis at once; the others wait for their turn
 * @param windowBytesMax the most bytes that their answers are expected to have
 * @param callTimeout a call that Redis leaves unanswered for so long has the link fail, and so has a feed that doesn't answer
 *     a ping; it is looked for that four times in this time
 * @param connectTimeout how long connecting may take, with all that is asked before the first call
 * @param reconnectDelayMax a link waits a random time up to this before it connects again
 */
public record RedisLimits(
        int callsMax,
        long callBytesMax,
        int windowMax,
        long windowBytesMax,
        Duration callTimeout,
        Duration connectTimeout,
        Duration reconnectDelayMax) {

    /** What holds when nothing else is set. */
    public static final RedisLimits DEFAULT = new RedisLimits(
            16_384, 64L << 20, 1024, 8L << 20, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofMillis(250));

    /** @throws IllegalArgumentException if a bound is out of range; the message names it */
    public RedisLimits {
        require("calls", callsMax, 1);
        require("call bytes", callBytesMax, 1);
        require("window", windowMax, 1);
        require("window bytes", windowBytesMax, 1);
        require("call timeout", callTimeout.toMillis(), 4);
        require("connect timeout", connectTimeout.toMillis(), 1);
        require("reconnect delay", reconnectDelayMax.toMillis(), 0);
    }

    private static void require(String what, long value, long min) {
        if (value < min) {
            throw new IllegalArgumentException(what + " " + value + " is below " + min);
        }
    }
}
