package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys that a channel remembers, in the order of their publications, bounded by count and age. A key has
 * its place from the moment its publish is on its way, so that a retry that overtakes the answer is not stored twice.
 */
final class IdempotencyWindow {

    /**
     * A key's first use.
     *
     * @param stored null while it is on its way
     */
    record Use(
            LogRecord.Once once,
            long offset,
            long at,
            @Nullable Position stored) {}

    private final Map<String, Use> byKey = new HashMap<>();
    private final ArrayDeque<Use> inOrder = new ArrayDeque<>();

    @Nullable
    Use find(String key) {
        return byKey.get(key);
    }

    /** Puts a key on its way. */
    void begin(LogRecord.Once once, long offset, long at) {
        byKey.put(once.key(), new Use(once, offset, at, null));
    }

    /** Its publication is kept. */
    void complete(LogRecord.Once once, Position stored, long at) {
        Use use = new Use(once, stored.offset(), at, stored);
        byKey.put(once.key(), use);
        inOrder.add(use);
    }

    /** Its publication was refused. */
    void abort(LogRecord.Once once) {
        byKey.remove(once.key());
    }

    /** Its publication was the newest, and is lost. */
    void lose(LogRecord.Once once) {
        Use use = byKey.remove(once.key());
        inOrder.remove(use);
    }

    /** Forgets what is beyond the bounds. */
    void trim(ChannelSettings settings, long now) {
        long since = now - settings.idempotencyAgeMax().toMillis();
        while (!inOrder.isEmpty()
                && (inOrder.size() > settings.idempotencyCountMax()
                        || inOrder.getFirst().at() < since)) {
            Use use = inOrder.removeFirst();
            byKey.remove(use.once().key(), use);
        }
    }

    /** The offset of the oldest publication whose key is remembered; {@code otherwise} where there is none. */
    long oldest(long otherwise) {
        Use first = inOrder.peekFirst();
        return first == null ? otherwise : first.offset();
    }

    /** What tells a publish from another: 128 bits of SHA-256 over its data's form and bytes, and what it does to a map. */
    static LogRecord.Once fingerprint(String key, Data data, @Nullable Change change) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((byte) (data.form() == Data.Form.JSON ? 1 : 2));
            digest.update(data.buffer());
            if (change != null) {
                update(digest, change);
            }
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new LogRecord.Once(key, hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static void update(MessageDigest digest, Change change) {
        byte[] key = change.key().getBytes(StandardCharsets.UTF_8);
        digest.update((byte) (change.isRemoved() ? 1 : 2));
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(key.length).flip());
        digest.update(key);
        if (change.tag() != null) {
            digest.update(change.tag().getBytes(StandardCharsets.UTF_8));
        }
    }
}
