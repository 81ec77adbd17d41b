package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;

/**
 * Writes frames (RFC 6455 §5.2). A server's frames are not masked; the masked forms are for clients, tests and load
 * generators. Stateless, so any thread may call it.
 */
public final class FrameEncoder {
    private static final int FIN = 0x80;

    /** RSV1: the message is deflated (RFC 7692 §6). */
    private static final int DEFLATED = 0x40;

    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private FrameEncoder() {}

    /** Bytes of an unmasked header before a payload of this length: 2, 4 or 10. */
    public static int headerBytes(long payloadBytes) {
        if (payloadBytes < LENGTH_16) {
            return 2;
        }
        return payloadBytes <= 0xFFFF ? 4 : 10;
    }

    /** Writes an unmasked header; the caller writes the payload behind it. */
    public static void writeHeader(ByteBuf out, Opcode opcode, boolean fin, long payloadBytes) {
        writeHeader(out, opcode, fin, payloadBytes, 0);
    }

    /** Writes the header of a masked frame; the caller writes the payload, masked with {@code key}, behind it. */
    public static void writeMaskedHeader(ByteBuf out, Opcode opcode, boolean fin, long payloadBytes, int key) {
        writeHeader(out, opcode, fin, payloadBytes, MASKED);
        out.writeInt(key);
    }

    private static void writeHeader(ByteBuf out, Opcode opcode, boolean fin, long payloadBytes, int masked) {
        out.writeByte((fin ? FIN : 0) | opcode.code());
        switch (headerBytes(payloadBytes)) {
            case 2 -> out.writeByte(masked | (int) payloadBytes);
            case 4 -> out.writeByte(masked | LENGTH_16).writeShort((int) payloadBytes);
            default -> out.writeByte(masked | LENGTH_64).writeLong(payloadBytes);
        }
    }

    /** A whole text message as one unmasked frame. The bytes must be UTF-8; they are not checked. */
    public static byte[] textFrame(byte[] payload) {
        return frame(Opcode.TEXT, payload);
    }

    /** A whole binary message as one unmasked frame. */
    public static byte[] binaryFrame(byte[] payload) {
        return frame(Opcode.BINARY, payload);
    }

    /** One unmasked final frame. */
    public static byte[] frame(Opcode opcode, byte[] payload) {
        int header = headerBytes(payload.length);
        ByteBuffer out = ByteBuffer.allocate(header + payload.length).put((byte) (FIN | opcode.code()));
        putLength(out, header, payload.length, 0);
        return out.put(payload).array();
    }

    /** One unmasked final frame with a deflated message (RFC 7692 §6.1). */
    static byte[] deflatedFrame(Opcode opcode, byte[] deflated, int bytes) {
        int header = headerBytes(bytes);
        ByteBuffer out = ByteBuffer.allocate(header + bytes).put((byte) (FIN | DEFLATED | opcode.code()));
        putLength(out, header, bytes, 0);
        return out.put(deflated, 0, bytes).array();
    }

    /** True when a frame is the first of a deflated message. */
    public static boolean isDeflated(byte[] frame) {
        return (frame[0] & DEFLATED) != 0;
    }

    /** The payload bytes of an unmasked frame, which is all of {@code frame}. */
    public static int payloadBytes(byte[] frame) {
        return frame.length
                - switch (frame[1]) {
                    case LENGTH_16 -> 4;
                    case LENGTH_64 -> 10;
                    default -> 2;
                };
    }

    /** One masked frame, as a client sends it. */
    public static byte[] maskedFrame(Opcode opcode, boolean fin, byte[] payload, int key) {
        int header = headerBytes(payload.length);
        int payloadAt = header + Integer.BYTES;
        ByteBuffer out = ByteBuffer.allocate(payloadAt + payload.length).put((byte) ((fin ? FIN : 0) | opcode.code()));
        putLength(out, header, payload.length, MASKED);
        out.putInt(key).put(payload);
        Masking.apply(out, payloadAt, out.position(), key);
        return out.array();
    }

    private static void putLength(ByteBuffer out, int headerBytes, int payloadBytes, int masked) {
        switch (headerBytes) {
            case 2 -> out.put((byte) (masked | payloadBytes));
            case 4 -> out.put((byte) (masked | LENGTH_16)).putShort((short) payloadBytes);
            default -> out.put((byte) (masked | LENGTH_64)).putLong(payloadBytes);
        }
    }

    /**
     * The payload of a close frame (RFC 6455 §5.5.1).
     *
     * @param code a code that may be sent, or {@link CloseCode#NO_CODE} for an empty payload
     * @param reason cut to 123 bytes at a code point border
     */
    public static byte[] closePayload(int code, String reason) {
        if (code == CloseCode.NO_CODE) {
            return new byte[0];
        }
        if (!CloseCode.mayBeSent(code)) {
            throw new IllegalArgumentException("close code " + code + " may not be sent (RFC 6455 §7.4)");
        }
        byte[] text = CloseCode.reasonBytes(reason);
        return ByteBuffer.allocate(Short.BYTES + text.length)
                .putShort((short) code)
                .put(text)
                .array();
    }

    /** One unmasked final frame in a buffer of the connection's allocator. */
    static ByteBuf frame(ByteBufAllocator allocator, Opcode opcode, byte[] payload) {
        ByteBuf out = allocator.buffer(headerBytes(payload.length) + payload.length);
        writeHeader(out, opcode, true, payload.length);
        return out.writeBytes(payload);
    }

    /** As {@link #frame(ByteBufAllocator, Opcode, byte[])}; the payload's indexes do not move. */
    static ByteBuf frame(ByteBufAllocator allocator, Opcode opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        return writeFrame(allocator.buffer(headerBytes(length) + length), opcode, payload);
    }

    /** Writes one unmasked final frame; the payload's indexes do not move. */
    static ByteBuf writeFrame(ByteBuf out, Opcode opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        writeHeader(out, opcode, true, length);
        return out.writeBytes(payload, payload.readerIndex(), length);
    }
}
