package dev.carillon.conformance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Frames as a client puts them on the wire (RFC 6455 §5.2), right or wrong. Stateless. */
final class Wire {
    static final int CONTINUATION = 0x0;
    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xA;

    /** Bits of a frame's first byte. */
    static final int FIN = 0x80;

    static final int RSV1 = 0x40;

    private static final int MASKED = 0x80;
    private static final int SHORT_MAX = 125;
    private static final int MEDIUM_MAX = 0xFFFF;

    /** The server can't tell it from a random one, and a failure repeats itself. */
    private static final int KEY = 0x37FA213D;

    private Wire() {}

    static Octets text(Octets payload) {
        return frame(FIN | TEXT, payload);
    }

    static Octets text(String payload) {
        return text(Octets.of(payload));
    }

    static Octets binary(Octets payload) {
        return frame(FIN | BINARY, payload);
    }

    static Octets ping(Octets payload) {
        return frame(FIN | PING, payload);
    }

    static Octets pong(Octets payload) {
        return frame(FIN | PONG, payload);
    }

    static Octets close(int code, Octets reason) {
        byte[] payload = ByteBuffer.allocate(Short.BYTES + reason.length())
                .putShort((short) code)
                .put(reason.bytes)
                .array();
        return frame(FIN | CLOSE, Octets.of(payload));
    }

    static Octets close(int code) {
        return close(code, Octets.of(""));
    }

    /** A masked frame with any first byte. */
    static Octets frame(int firstByte, Octets payload) {
        return Octets.join(header(firstByte, payload.length()), masked(payload));
    }

    /** A masked frame whose length takes {@code lengthBytes} bytes behind the second one, 0, 2 or 8, though it needn't. */
    static Octets frame(int firstByte, Octets payload, int lengthBytes) {
        return Octets.join(header(firstByte, payload.length(), lengthBytes), masked(payload));
    }

    /** A frame without a mask, which no client may send (RFC 6455 §5.1). */
    static Octets bareFrame(int firstByte, Octets payload) {
        int length = payload.length();
        return Octets.join(header(firstByte, length, lengthBytes(length), 0), payload);
    }

    /** The header and key of a masked frame whose payload comes apart, or never. */
    static Octets header(int firstByte, long length) {
        return header(firstByte, length, lengthBytes(length));
    }

    /** As {@link #header(int, long)}, with a length in any of its forms. */
    static Octets header(int firstByte, long length, int lengthBytes) {
        return Octets.join(header(firstByte, length, lengthBytes, MASKED), key());
    }

    /** A payload as it stands behind {@link #header(int, long)}. */
    static Octets masked(Octets payload) {
        byte[] masked = new byte[payload.length()];
        for (int i = 0; i < masked.length; i++) {
            masked[i] = (byte) (payload.bytes[i] ^ KEY >>> (24 - 8 * (i & 3)));
        }
        return Octets.of(masked);
    }

    /**
     * A message in fragments of a size, the last one perhaps shorter.
     *
     * @param firstByte of the first fragment, without FIN
     * @param fragmentOctets 0 for one frame
     */
    static Octets message(int firstByte, Octets payload, int fragmentOctets) {
        if (fragmentOctets == 0 || payload.length() <= fragmentOctets) {
            return frame(FIN | firstByte, payload);
        }
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int at = 0; at < payload.length(); at += fragmentOctets) {
            int to = Math.min(payload.length(), at + fragmentOctets);
            int first = (at == 0 ? firstByte : CONTINUATION) | (to == payload.length() ? FIN : 0);
            wire.writeBytes(frame(first, payload.slice(at, to)).bytes);
        }
        return Octets.of(wire.toByteArray());
    }

    private static int lengthBytes(long length) {
        return length <= SHORT_MAX ? 0 : length <= MEDIUM_MAX ? Short.BYTES : Long.BYTES;
    }

    private static Octets header(int firstByte, long length, int lengthBytes, int mask) {
        ByteBuffer header = ByteBuffer.allocate(2 + lengthBytes).put((byte) firstByte);
        switch (lengthBytes) {
            case 0 -> header.put((byte) (mask | length));
            case Short.BYTES -> header.put((byte) (mask | 126)).putShort((short) length);
            default -> header.put((byte) (mask | 127)).putLong(length);
        }
        return Octets.of(header.array());
    }

    private static Octets key() {
        return Octets.of(ByteBuffer.allocate(Integer.BYTES).putInt(KEY).array());
    }
}
