package dev.carillon.conformance;

/** How much is sent in the cases that are about volume. The cases are the same. */
public enum Volume {
    /** Enough to see a fault: the whole suite in well under a minute. */
    QUICK(256 << 10, 100),
    /** What takes minutes. */
    LONG(16 << 20, 1000);

    private final int octetsMax;
    private final int messagesMax;

    Volume(int octetsMax, int messagesMax) {
        this.octetsMax = octetsMax;
        this.messagesMax = messagesMax;
    }

    /** How many messages of a size are sent: at least two, so that a context that is carried over shows. */
    int messages(int octets) {
        return Math.clamp(octetsMax / octets, 2, messagesMax);
    }
}
