package dev.carillon.apps.tracking;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a courier is about. */
enum Duty {
    /** Waits for an order. */
    FREE,
    /** On the way to where the order is made. */
    TO_SHOP,
    /** On the way to the customer. */
    TO_HOME,
    /** Takes none. */
    ON_BREAK;

    String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Null where the word is none. */
    static @Nullable Duty of(String wire) {
        for (Duty duty : values()) {
            if (duty.wire().equals(wire)) {
                return duty;
            }
        }
        return null;
    }
}
