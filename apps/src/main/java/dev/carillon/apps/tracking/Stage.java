package dev.carillon.apps.tracking;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How far an order is. It goes from one to the next, or to {@link #CANCELLED}, and never back. */
enum Stage {
    /** A customer wants it. */
    PLACED,
    /** A courier will bring it. */
    ACCEPTED,
    /** The shop makes it. */
    PREPARING,
    /** The courier has it. */
    PICKED_UP,
    /** The courier is close to the customer. */
    NEARBY,
    /** The customer has it. */
    DELIVERED,
    /** Nobody gets it. */
    CANCELLED;

    String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isFinal() {
        return this == DELIVERED || this == CANCELLED;
    }

    /** Whether the courier has it, or had. */
    boolean isOnTheWay() {
        return this == PICKED_UP || this == NEARBY || this == DELIVERED;
    }

    boolean mayBecome(Stage next) {
        return next == CANCELLED ? !isFinal() : next == following();
    }

    private @Nullable Stage following() {
        return switch (this) {
            case PLACED -> ACCEPTED;
            case ACCEPTED -> PREPARING;
            case PREPARING -> PICKED_UP;
            case PICKED_UP -> NEARBY;
            case NEARBY -> DELIVERED;
            case DELIVERED, CANCELLED -> null;
        };
    }

    /** Null where the word is none. */
    static @Nullable Stage of(String wire) {
        for (Stage stage : values()) {
            if (stage.wire().equals(wire)) {
                return stage;
            }
        }
        return null;
    }
}
