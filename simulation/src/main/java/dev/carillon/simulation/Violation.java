package dev.carillon.simulation;

/** An invariant that does not hold. */
final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final Invariant invariant;

    Violation(Invariant invariant, String what) {
        super(what);
        this.invariant = invariant;
    }

    Violation(Invariant invariant, String what, Throwable cause) {
        super(what, cause);
        this.invariant = invariant;
    }

    Invariant invariant() {
        return invariant;
    }
}
