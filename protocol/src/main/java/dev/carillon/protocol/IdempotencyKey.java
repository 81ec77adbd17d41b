package dev.carillon.protocol;

/** The rule for idempotency keys (PROTOCOL.md §6): 16 to 64 characters of those that a channel's name may have. */
public final class IdempotencyKey {

    public static final int LENGTH_MIN = 16;
    public static final int LENGTH_MAX = 64;

    private IdempotencyKey() {}

    public static boolean isValid(String text) {
        return text.length() >= LENGTH_MIN && text.length() <= LENGTH_MAX && ChannelName.isValid(text);
    }
}
