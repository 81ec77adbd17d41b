package dev.carillon.testkit;

/** Which way bytes go through a lane. */
public enum Direction {
    /** From the client to the server. */
    UP,
    /** From the server to the client. */
    DOWN,
    /** Either. */
    BOTH;

    /** Whether what is said of this direction holds for bytes that go that way. */
    public boolean covers(Direction way) {
        return this == BOTH || this == way;
    }
}
