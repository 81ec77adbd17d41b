package dev.carillon.simulation;

/** A client's interest in one channel. */
final class Interest {

    /** How it stands on the present connection. */
    enum Stage {
        NONE,
        ASKED,
        STANDING,
        LEAVING
    }

    final Held held;
    /** Whether it asks who is present. */
    final boolean attends;

    final PresenceView presence = new PresenceView();
    boolean isWanted = true;
    Stage stage = Stage.NONE;
    /** Whether it was told last that its channel is stale. */
    boolean isStale;
    /** Whether a refused publish waits to be sent again, so that what is new waits behind it. */
    boolean isRetrying;
    /** Not before then. */
    long retryAt;

    Interest(Held held, boolean attends) {
        this.held = held;
        this.attends = attends;
    }
}
