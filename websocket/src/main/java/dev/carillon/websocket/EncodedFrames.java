package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Walks over whole unmasked frames that lie behind each other in one buffer, as this server sends them. */
final class EncodedFrames {
    private EncodedFrames() {}

    /** Payload bytes of the data frames; what is left of the buffer is framing. Moves no index. */
    static int payloadBytes(ByteBuf frames) {
        int total = 0;
        int at = frames.readerIndex();
        while (at < frames.writerIndex()) {
            int length = length(frames, at);
            Opcode opcode = Opcode.of(frames.getByte(at));
            if (opcode != null && !opcode.isControl()) {
                total += length;
            }
            at += FrameEncoder.headerBytes(length) + length;
        }
        return total;
    }

    /** Shows each frame as outbound. Moves no index. */
    static void show(ByteBuf frames, @Nullable FrameObserver observer) {
        if (observer == null) {
            return;
        }
        long now = System.nanoTime();
        int at = frames.readerIndex();
        while (at < frames.writerIndex()) {
            int length = length(frames, at);
            int payloadAt = at + FrameEncoder.headerBytes(length);
            observer.onFrame(
                    FrameObserver.Direction.OUT,
                    frames.slice(at, payloadAt - at),
                    0,
                    frames.slice(payloadAt, length),
                    now);
            at = payloadAt + length;
        }
    }

    private static int length(ByteBuf frames, int at) {
        int small = frames.getByte(at + 1);
        return switch (small) {
            case 126 -> frames.getUnsignedShort(at + 2);
            case 127 -> (int) frames.getLong(at + 2);
            default -> small;
        };
    }
}
