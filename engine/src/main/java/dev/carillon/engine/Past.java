package dev.carillon.engine;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of what a channel keeps, as it is told.
 *
 * @param start the position before its first publication
 * @param gap why that is not the one asked for; null where it is
 * @param end where to read on
 * @param moreBefore whether more is kept before it
 * @param moreAfter whether more is kept after it
 * @param resets of a map: whether it is a snapshot
 * @param isStale whether the newest may be missing, because nobody can be asked
 */
record Past(
        Position start,
        Gap.@Nullable Cause gap,
        List<Publication> publications,
        Position end,
        boolean moreBefore,
        boolean moreAfter,
        boolean resets,
        boolean isStale) {

    /** The same of a channel that is stale. */
    Past whileStale() {
        return new Past(start, gap, publications, end, moreBefore, moreAfter, resets, true);
    }

    /** Of a stream. */
    static Past of(Broker.Page.Publications page) {
        return new Past(
                page.start(),
                page.gap(),
                page.publications(),
                page.end(),
                page.moreBefore(),
                page.moreAfter(),
                false,
                false);
    }
}
