package dev.carillon.bench;

/** A measurement that can't be made, or that means nothing. */
final class BenchException extends Exception {

    private static final long serialVersionUID = 1;

    BenchException(String message) {
        super(message);
    }
}
