package dev.carillon.server;

import dev.carillon.engine.Randomness;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Random numbers of the platform's secure generator, fetched many at a time. For one owner: not to be shared between
 * threads.
 */
final class SecureRandomness implements Randomness {

    private static final int BUFFER_BYTES = 512;

    private final SecureRandom source = new SecureRandom();
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).position(BUFFER_BYTES);

    @Override
    public long nextLong() {
        if (!buffer.hasRemaining()) {
            source.nextBytes(bytes);
            buffer.clear();
        }
        long value = buffer.getLong();
        // What was given out does not stay in memory.
        buffer.putLong(buffer.position() - Long.BYTES, 0);
        return value;
    }
}
