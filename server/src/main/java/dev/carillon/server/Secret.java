package dev.carillon.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** A key's secret, of which only a hash is kept: it can be compared, and never printed. */
public final class Secret {

    /** The fewest characters. */
    public static final int LENGTH_MIN = 16;

    /** The most characters. */
    public static final int LENGTH_MAX = 256;

    private final byte[] hash;

    private Secret(byte[] hash) {
        this.hash = hash;
    }

    /**
     * Takes a secret in.
     *
     * @throws IllegalArgumentException if it is too short, too long or not of visible ASCII characters; the message does
     *     not hold it
     */
    public static Secret of(String text) {
        String problem = problemWith(text);
        if (problem != null) {
            throw new IllegalArgumentException("a secret " + problem);
        }
        return new Secret(hashOf(text));
    }

    /** What keeps the text from being a secret, without the text; null for nothing. */
    static @Nullable String problemWith(String text) {
        if (text.length() < LENGTH_MIN || text.length() > LENGTH_MAX) {
            return "has " + text.length() + " characters; it must have " + LENGTH_MIN + " to " + LENGTH_MAX;
        }
        boolean isVisible = text.chars().allMatch(c -> c > ' ' && c < 0x7f);
        return isVisible ? null : "holds something else than visible ASCII characters";
    }

    /** Whether the token is this secret; takes the same time wherever they differ. */
    boolean matches(byte[] hashOfToken) {
        return MessageDigest.isEqual(hash, hashOfToken);
    }

    static byte[] hashOf(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret secret && matches(secret.hash);
    }

    @Override
    public int hashCode() {
        return hash[0];
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
