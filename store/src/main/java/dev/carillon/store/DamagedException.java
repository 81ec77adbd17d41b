package dev.carillon.store;

/** What is stored contradicts itself: a value that does not decode, a hole. For the log's own threads only. */
final class DamagedException extends Exception {

    private static final long serialVersionUID = 1;

    DamagedException(String message) {
        super(message);
    }
}
