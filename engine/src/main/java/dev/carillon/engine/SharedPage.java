package dev.carillon.engine;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a reader is to be told of an answer of the shared log: where the page starts, and whether that is a gap.
 *
 * @param start the position before its first record
 */
record SharedPage(Position start, Gap.@Nullable Cause gap, SharedLog.State state, List<LogRecord> records) {

    /** What a page before a position tells that is not of this stream. */
    static final Gap.Cause FOREIGN = Gap.Cause.EPOCH;

    /** What follows the position; null where that cannot be continued, and the oldest is to be read. */
    static @Nullable SharedPage after(Position position, SharedLog.Read.Records read) {
        Gap.Cause cause = causeAfter(position, read);
        if (cause == null) {
            return new SharedPage(position, null, read.state(), read.records());
        }
        return cause == Gap.Cause.TRIMMED ? from(read, cause) : null;
    }

    /** Why the position cannot be continued; null where it can. */
    static Gap.@Nullable Cause causeAfter(Position position, SharedLog.Read.Records read) {
        Position head = read.state().head();
        if (!position.equals(Position.ORIGIN)) {
            if (position.epoch() != head.epoch()) {
                return Gap.Cause.EPOCH;
            }
            if (position.offset() > head.offset()) {
                return Gap.Cause.AHEAD;
            }
        }
        if (position.offset() < read.state().oldest() - 1) {
            return Gap.Cause.TRIMMED;
        }
        int check = position.offset() == head.offset() || read.records().isEmpty()
                ? head.check()
                : read.records().getFirst().previousCheck();
        return position.check() == check ? null : Gap.Cause.REWRITTEN;
    }

    /** What comes before the position; null where that is not of this stream, and the newest is to be read. */
    static @Nullable SharedPage before(Position position, SharedLog.Read.Records read) {
        Position head = read.state().head();
        boolean isKnown = position.epoch() == head.epoch() && position.offset() <= head.offset();
        if (!isKnown && !position.equals(Position.ORIGIN)) {
            return null;
        }
        if (read.records().isEmpty() && read.state().count() > 0) {
            // Nothing is kept before it: the reader stands where it stood.
            return new SharedPage(position, null, read.state(), List.of());
        }
        return from(read, null);
    }

    /** All that was read, with a gap or without. */
    static Consumer<SharedLog.Read.Records> with(Gap.@Nullable Cause gap, Consumer<SharedPage> then) {
        return read -> then.accept(from(read, gap));
    }

    private static SharedPage from(SharedLog.Read.Records read, Gap.@Nullable Cause gap) {
        Position head = read.state().head();
        if (read.records().isEmpty()) {
            return new SharedPage(head, gap, read.state(), List.of());
        }
        LogRecord first = read.records().getFirst();
        Position start = new Position(head.epoch(), first.offset() - 1, first.previousCheck());
        return new SharedPage(start, gap, read.state(), read.records());
    }

    Broker.Page told(SharedStream stream) {
        List<Publication> publications = records.stream()
                .map(record -> stream.publicationOf(state.head().epoch(), record))
                .toList();
        long last = records.isEmpty() ? start.offset() : records.getLast().offset();
        return new Broker.Page.Publications(
                start,
                gap,
                publications,
                state.count() > 0 && start.offset() >= state.oldest(),
                last < state.head().offset());
    }
}
