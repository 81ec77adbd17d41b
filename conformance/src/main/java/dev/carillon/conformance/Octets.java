package dev.carillon.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes as a value. Whoever makes one must not change the array any more. */
final class Octets {
    private static final int SHOWN_MAX = 16;

    final byte[] bytes;

    private Octets(byte[] bytes) {
        this.bytes = bytes;
    }

    static Octets of(byte[] bytes) {
        return new Octets(bytes);
    }

    static Octets of(String text) {
        return new Octets(text.getBytes(UTF_8));
    }

    /** From hexadecimal digits; spaces between them mean nothing. */
    static Octets hex(String digits) {
        return new Octets(HexFormat.of().parseHex(digits.replace(" ", "")));
    }

    static Octets join(Octets... parts) {
        int total = 0;
        for (Octets part : parts) {
            total += part.length();
        }
        byte[] all = new byte[total];
        int at = 0;
        for (Octets part : parts) {
            System.arraycopy(part.bytes, 0, all, at, part.length());
            at += part.length();
        }
        return new Octets(all);
    }

    /** Of {@code length} octets: the pattern again and again. */
    static Octets repeated(Octets pattern, int length) {
        byte[] all = new byte[length];
        for (int i = 0; i < length; i++) {
            all[i] = pattern.bytes[i % pattern.length()];
        }
        return new Octets(all);
    }

    int length() {
        return bytes.length;
    }

    Octets slice(int from, int to) {
        return new Octets(Arrays.copyOfRange(bytes, from, to));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Octets octets && Arrays.equals(bytes, octets.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        if (bytes.length == 0) {
            return "nothing";
        }
        String digits = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN_MAX));
        return bytes.length <= SHOWN_MAX ? digits : digits + "… (" + bytes.length + " octets)";
    }
}
