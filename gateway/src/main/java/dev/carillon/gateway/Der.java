package dev.carillon.gateway;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes the few ASN.1 values that a certificate is made of, in their distinguished encoding (X.690 §10). Pure. */
final class Der {

    private static final int BOOLEAN = 1;
    private static final int INTEGER = 2;
    private static final int BIT_STRING = 3;
    private static final int OCTET_STRING = 4;
    private static final int OBJECT_IDENTIFIER = 6;
    private static final int GENERALIZED_TIME = 24;
    private static final int UTC_TIME = 23;
    private static final int SEQUENCE = 0x30;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;
    private static final int FIRST_YEAR_OF_FOUR_DIGITS = 2050;

    private Der() {}

    /** A value of a tag, whose content is these parts one behind the other. */
    private static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(tag);
        int length = content.size();
        if (length < 0x80) {
            value.write(length);
        } else {
            byte[] bytes = BigInteger.valueOf(length).toByteArray();
            int from = bytes[0] == 0 ? 1 : 0;
            value.write(0x80 | (bytes.length - from));
            value.write(bytes, from, bytes.length - from);
        }
        value.writeBytes(content.toByteArray());
        return value.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(SEQUENCE, parts);
    }

    /** {@code [number] EXPLICIT}. */
    static byte[] explicit(int number, byte[] part) {
        return value(CONTEXT | CONSTRUCTED | number, part);
    }

    /** {@code [number] IMPLICIT} of a string. */
    static byte[] implicit(int number, byte[] content) {
        return value(CONTEXT | number, content);
    }

    static byte[] truth() {
        return value(BOOLEAN, new byte[] {-1});
    }

    static byte[] integer(BigInteger number) {
        return value(INTEGER, number.toByteArray());
    }

    static byte[] octets(byte[] content) {
        return value(OCTET_STRING, content);
    }

    /** @param unused how many bits at its end count for nothing */
    static byte[] bits(int unused, byte... content) {
        return value(BIT_STRING, new byte[] {(byte) unused}, content);
    }

    /** An object identifier, as in {@code 2.5.29.17}. */
    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.", -1);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.write(40 * Integer.parseInt(arcs[0]) + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            int arc = Integer.parseInt(arcs[i]);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arc >>> shift != 0) {
                    content.write(0x80 | (arc >>> shift & 0x7f));
                }
            }
            content.write(arc & 0x7f);
        }
        return value(OBJECT_IDENTIFIER, content.toByteArray());
    }

    /** A time as certificates have it (RFC 5280 §4.1.2.5), in whole seconds. */
    static byte[] time(Instant at) {
        boolean isLong = at.atZone(ZoneOffset.UTC).getYear() >= FIRST_YEAR_OF_FOUR_DIGITS;
        String pattern = (isLong ? "uuuu" : "uu") + "MMddHHmmss'Z'";
        String text = DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(at);
        return value(isLong ? GENERALIZED_TIME : UTC_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }
}
