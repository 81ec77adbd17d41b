package dev.carillon.engine;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a shard answers to a subscription that asked for what follows its position. */
sealed interface CatchUp {

    /**
     * A page.
     *
     * @param number the node's for the channel
     * @param start the position before its first publication
     * @param gap why that is not the position asked for; null where it is
     * @param end the position after its last publication
     * @param atHead true exactly when {@code end} was the channel's head at the moment this was posted to the loop: every
     *     later publication reaches the loop after this page
     */
    record Page(
            long number,
            Position start,
            Gap.@Nullable Cause gap,
            List<EncodedPublication> publications,
            Position end,
            boolean atHead)
            implements CatchUp {}

    /**
     * A part of a map: what its reader is owed of it, in ascending order.
     *
     * @param number the node's for the channel
     * @param resets whether the reader is to forget what it holds first
     * @param since the head when its snapshot began; {@link Position#ORIGIN} where it was continued
     * @param end the position up to which the changes are complete
     * @param atHead as in {@link Page}
     * @param tracking what the reader wanted when it asked; null for everything
     * @param settings the map's
     */
    record Changes(
            long number,
            boolean resets,
            Position since,
            List<EncodedPublication> changes,
            Position end,
            boolean atHead,
            @Nullable Tracking tracking,
            MapSettings settings)
            implements CatchUp {}

    /** The subscription cannot be, or not now. */
    record Refused(Code code, String message) implements CatchUp {}
}
