package dev.carillon.testkit;

/**
 * What went through a lane, or through all of them, up to a moment.
 *
 * @param up what clients sent
 * @param down what servers sent
 * @param open connections at that moment
 * @param opened connections since the beginning
 * @param tooMany connections that were refused because there were as many as the limit allows
 */
public record Counts(Bytes up, Bytes down, int open, long opened, long tooMany) {

    /**
     * Bytes of one direction.
     *
     * @param taken what one end sent and the proxy has read
     * @param passed what of that was given to the other end
     * @param writes in how many writes
     */
    public record Bytes(long taken, long passed, long writes) {}
}
