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

    boolean mayBecome(Stage next) {
        return !isFinal() && (next == CANCELLED || next.ordinal() == ordinal() + 1);
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
