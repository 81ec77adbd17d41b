package dev.carillon.documents;

import java.util.Arrays;

/** A part of an array that nobody changes any more. Two are equal where their bytes are. */
@SuppressWarnings("ArrayRecordComponent") // compared by what it holds, below
record Slice(byte[] bytes, int from, int to) {

    static Slice of(byte[] bytes) {
        return new Slice(bytes, 0, bytes.length);
    }

    int length() {
        return to - from;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Slice that && Arrays.equals(bytes, from, to, that.bytes, that.from, that.to);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int at = from; at < to; at++) {
            hash = 31 * hash + bytes[at];
        }
        return hash;
    }

    @Override
    public String toString() {
        return length() + " bytes";
    }
}
