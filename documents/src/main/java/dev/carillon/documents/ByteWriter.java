package dev.carillon.documents;

import java.util.Arrays;

/** Writes lib0's encoding, numbers in their shortest form. Not for several threads. */
final class ByteWriter {

    private byte[] bytes;
    private int length;

    ByteWriter(int expected) {
        this.bytes = new byte[Math.max(16, expected)];
    }

    private void room(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), (int)
                    Math.min(Integer.MAX_VALUE - 8, bytes.length * 2L)));
        }
    }

    ByteWriter octet(int octet) {
        room(1);
        bytes[length++] = (byte) octet;
        return this;
    }

    ByteWriter number(long number) {
        long left = number;
        while (left > 0x7F) {
            octet((int) (left & 0x7F) | 0x80);
            left >>>= 7;
        }
        return octet((int) left);
    }

    ByteWriter id(Id id) {
        return number(id.client()).number(id.clock());
    }

    ByteWriter raw(Slice slice) {
        room(slice.length());
        System.arraycopy(slice.bytes(), slice.from(), bytes, length, slice.length());
        length += slice.length();
        return this;
    }

    /** Bytes behind their length. */
    ByteWriter block(Slice slice) {
        return number(slice.length()).raw(slice);
    }

    int length() {
        return length;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }
}
