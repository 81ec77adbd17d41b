package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A message with stamped data as so many equal frames one behind the other, ready for one send. Only their stamps are
 * written anew. For the generator's thread.
 */
final class Outgoing {

    private final MemorySegment frames;
    private final int frameBytes;
    private final int payloadAt;
    private final int place;

    /**
     * @param message as its dialect has it
     * @param copies frames that are sent at once, at most
     */
    Outgoing(Generator generator, Dialect dialect, String message, int copies) {
        byte[] payload = dialect.bytes(message);
        byte[] frame = Frames.masked(dialect.subprotocol() == null ? Frames.TEXT : Frames.BINARY, payload);
        frameBytes = frame.length;
        payloadAt = Frames.payloadAt(frame);
        place = message.indexOf(Stamp.MARK) + 1;
        if (place == 0) {
            throw new IllegalArgumentException("a message without a stamp: " + message);
        }
        frames = generator.kernel.allocate((long) frameBytes * copies);
        for (int i = 0; i < copies; i++) {
            MemorySegment.copy(frame, 0, frames, ValueLayout.JAVA_BYTE, (long) i * frameBytes, frameBytes);
        }
    }

    /** Sends the first few with the stamps that they had last, where nobody reads them. */
    void sendAgain(Client client, int count) throws BenchException {
        client.send(frames, (long) count * frameBytes);
    }

    /** Sends the first few, all stamped with the moment for which they were intended. */
    void send(Client client, int count, long intended) throws BenchException {
        for (int i = 0; i < count; i++) {
            Stamp.write(frames, (long) i * frameBytes + payloadAt, place, intended);
        }
        sendAgain(client, count);
    }
}
