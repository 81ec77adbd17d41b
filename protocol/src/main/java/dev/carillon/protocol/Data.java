package dev.carillon.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a publisher gave: one JSON value, or bytes (PROTOCOL.md §4). Immutable.
 *
 * <p>JSON is kept as its UTF-8 text, checked but not re-encoded, without the white space between tokens. Who makes a
 * {@code Data} of JSON vouches that it is such a text; {@link JsonReader} does so for what comes from outside.
 */
public final class Data {

    /** What the bytes are. */
    public enum Form {
        /** UTF-8 text of one JSON value without white space between its tokens. */
        JSON,
        /** Bytes, of which nothing is known. */
        BYTES
    }

    /** Stands where there is none: in a removal, and in what was redacted. */
    public static final Data NONE = json("null");

    private final Form form;
    private final byte[] bytes;

    private Data(Form form, byte[] bytes) {
        this.form = form;
        this.bytes = bytes;
    }

    /** Data of this form; the array is the value's own from now on and must not be changed by anyone. */
    public static Data own(Form form, byte[] bytes) {
        return new Data(form, bytes);
    }

    /** JSON data from text that is known to be compact and valid. */
    public static Data json(String compactJson) {
        return new Data(Form.JSON, compactJson.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy of the bytes. */
    public static Data bytes(byte[] bytes) {
        return new Data(Form.BYTES, bytes.clone());
    }

    public Form form() {
        return form;
    }

    /** The length in bytes. */
    public int length() {
        return bytes.length;
    }

    /** A read-only view. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Copies all of it into {@code target}, from the index {@code at} on. */
    public void copyTo(byte[] target, int at) {
        System.arraycopy(bytes, 0, target, at, bytes.length);
    }

    /** The text of JSON data; for bytes, what they are in UTF-8. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    byte[] array() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Data data && data.form == form && Arrays.equals(data.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return 31 * form.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return form == Form.JSON ? text() : "bytes[" + bytes.length + "]";
    }
}
