package dev.carillon.gateway;

import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A range of addresses, as {@code 10.0.0.0/8} or {@code fd00::/8}, or a single one. Immutable. */
public final class Network {

    private static final int MAPPED_BYTES = 12;

    private final byte[] address;
    private final int bits;

    private Network(byte[] address, int bits) {
        this.address = address;
        this.bits = bits;
    }

    /** Reads a range; null where the text is none, for instance because it has bits behind its prefix. */
    public static @Nullable Network parse(String text) {
        String[] parts = text.split("/", 2);
        InetAddress literal = literal(parts[0]);
        if (literal == null || (parts.length == 2 && !parts[1].matches("\\d{1,3}"))) {
            return null;
        }
        byte[] address = bytesOf(literal);
        int all = address.length * 8;
        int bits = parts.length == 2 ? Integer.parseInt(parts[1]) : all;
        boolean isRange = bits <= all;
        for (int bit = bits; isRange && bit < all; bit++) {
            isRange = (address[bit / 8] & (0x80 >> bit % 8)) == 0;
        }
        return isRange ? new Network(address, bits) : null;
    }

    /** The address that the text is, without asking anybody; null where it is none. */
    static @Nullable InetAddress literal(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** 4 or 16 bytes; an IPv4 address is 4 however the socket writes it (RFC 4291 §2.5.5.2). */
    static byte[] bytesOf(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length <= MAPPED_BYTES || bytes[10] != -1 || bytes[11] != -1) {
            return bytes;
        }
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return bytes;
            }
        }
        return Arrays.copyOfRange(bytes, MAPPED_BYTES, bytes.length);
    }

    /** Whether the address is in the range. */
    boolean contains(InetAddress other) {
        byte[] bytes = bytesOf(other);
        if (bytes.length != address.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            if (((bytes[bit / 8] ^ address[bit / 8]) & (0x80 >> bit % 8)) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network network && bits == network.bits && Arrays.equals(address, network.address);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(address) + bits;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/" + bits;
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError("an address has 4 or 16 bytes", e);
        }
    }
}
