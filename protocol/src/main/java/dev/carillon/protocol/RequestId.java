package dev.carillon.protocol;

/**
 * The {@code id} of a command, which only pairs it with its reply: a string of at most 64 characters or an integer,
 * given back as it came.
 *
 * @param json the JSON token, such as {@code 7} or {@code "a"}
 */
public record RequestId(String json) {

    /** The longest string, in UTF-16 units. */
    public static final int LENGTH_MAX = 64;
}
