package dev.carillon.conformance;

/** The server breaks the RFC; the message says how, with the section where that is another than the case's. */
final class Violation extends Exception {
    private static final long serialVersionUID = 1;

    Violation(String message) {
        super(message);
    }
}
