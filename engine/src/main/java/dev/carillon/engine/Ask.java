package dev.carillon.engine;

import dev.carillon.protocol.Position;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription asks its channel for: what follows a position.
 *
 * @param after the position that it has reached
 * @param since of a map: the head when its snapshot began, which it is still given; {@link Position#ORIGIN} where it was
 *     continued; null where it holds nothing and wants a snapshot. Of a stream null
 * @param known of a map: as in {@link MapView.Query}
 * @param tracking of a map: what it wants; null for everything
 */
record Ask(
        Position after,
        @Nullable Position since,
        long known,
        @Nullable Tracking tracking) {

    /** Of a stream. */
    static Ask of(Position after) {
        return new Ask(after, null, 0, null);
    }
}
