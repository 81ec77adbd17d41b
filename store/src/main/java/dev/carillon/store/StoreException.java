package dev.carillon.store;

/**
 * The log's folder could not be opened. The message is one line for the operator: it names the folder and says what to do.
 */
public final class StoreException extends Exception {

    /** Why. */
    public enum Reason {
        /** Another process, or another log of this one, has the folder open. */
        LOCKED,
        /** What is stored does not pass its checks. Nothing was changed. */
        DAMAGED,
        /** The folder can't be made, read or written. */
        NOT_WRITABLE,
        /** A later version of Carillon wrote it. */
        NEWER_FORMAT,
        /** The folder holds something, and that is no log. Nothing was changed. */
        NOT_A_LOG,
        /** The device has no space left, and opening needs some. */
        FULL,
        /** The native library did not load. */
        NO_LIBRARY
    }

    private static final long serialVersionUID = 1;

    private final Reason reason;

    StoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
