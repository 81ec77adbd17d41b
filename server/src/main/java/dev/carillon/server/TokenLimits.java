package dev.carillon.server;

import java.time.Duration;

/**
 * The bounds of tokens; each has the name of its key in the configuration, after {@code tokens.}, and of its series
 * {@code carillon_limit}.
 *
 * @param bytes the longest token
 * @param cached how many verified tokens are remembered, so that their signatures aren't checked again
 * @param waiting how many tokens wait for the check of their signatures
 * @param revocations how many revocations are kept
 * @param lifetimeMax a token that lasts longer is refused, so that a revocation need not be kept for longer
 * @param skew how far the clock of an issuer may be ahead
 */
public record TokenLimits(int bytes, int cached, int waiting, int revocations, Duration lifetimeMax, Duration skew) {

    /** What holds when nothing else is set. */
    public static final TokenLimits DEFAULT =
            new TokenLimits(8 << 10, 10_000, 1000, 10_000, Duration.ofHours(24), Duration.ofSeconds(5));
}
