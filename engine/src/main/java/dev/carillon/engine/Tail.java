package dev.carillon.engine;

import dev.carillon.protocol.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest publications of an attached channel, encoded, so that a reader that is only a little behind costs no read of
 * the log. A ring by offset, without a hole, bounded by bytes and by what bounds the history, so that a reader gets the same
 * answer whether it is served from here or from the log.
 */
final class Tail {

    private final ChannelSettings settings;
    private @Nullable EncodedPublication[] ring = new @Nullable EncodedPublication[16];
    /** The position before the oldest item. */
    private Position start;

    private Position head;
    private int bytes;

    Tail(Position head, ChannelSettings settings) {
        this.start = head;
        this.head = head;
        this.settings = settings;
    }

    Position head() {
        return head;
    }

    /** Adds the publication after the head, and keeps as much as may be kept. */
    void add(EncodedPublication publication, int bytesMax) {
        if (size() == ring.length) {
            grow();
        }
        head = publication.publication().position();
        ring[place(head.offset())] = publication;
        bytes += publication.bytes();
        while (size() > 0
                && (bytes > bytesMax || bytes > settings.historyBytesMax() || size() > settings.historyCountMax())) {
            dropOldest();
        }
    }

    /** Puts what a publication has become in its place, if it is here. */
    void replace(EncodedPublication publication) {
        long offset = publication.publication().offset();
        if (covers(publication.publication().position()) && offset > start.offset()) {
            bytes += publication.bytes() - item(offset).bytes();
            ring[place(offset)] = publication;
        }
    }

    /** Lets go of what the history's age no longer keeps. */
    void trim(long now) {
        long keptSince = now - settings.historyAgeMax().toMillis();
        while (size() > 0 && item(start.offset() + 1).publication().at() < keptSince) {
            dropOldest();
        }
    }

    private void dropOldest() {
        EncodedPublication dropped = item(start.offset() + 1);
        ring[place(start.offset() + 1)] = null;
        bytes -= dropped.bytes();
        start = dropped.publication().position();
    }

    /** Whether the position is one of this tail's, its check included. */
    boolean covers(Position position) {
        if (position.equals(start) || position.equals(head)) {
            return true;
        }
        return position.epoch() == head.epoch()
                && position.offset() > start.offset()
                && position.offset() < head.offset()
                && item(position.offset()).publication().position().equals(position);
    }

    /** What follows a covered position, as far as there is something: up to so many bytes, but at least one. */
    List<EncodedPublication> after(Position position, int pageBytesMax) {
        List<EncodedPublication> page = new ArrayList<>();
        long pageBytes = 0;
        for (long offset = position.offset() + 1; offset <= head.offset(); offset++) {
            EncodedPublication item = item(offset);
            pageBytes += item.bytes();
            if (!page.isEmpty() && pageBytes > pageBytesMax) {
                break;
            }
            page.add(item);
        }
        return page;
    }

    /** The position from which the newest so many follow; null where the tail does not reach back so far. */
    @Nullable
    Position beforeNewest(long count) {
        if (count >= size()) {
            return count == size() || start.offset() == 0 ? start : null;
        }
        return item(head.offset() - count).publication().position();
    }

    private EncodedPublication item(long offset) {
        return Objects.requireNonNull(ring[place(offset)], "a hole in the tail");
    }

    private int size() {
        return (int) (head.offset() - start.offset());
    }

    private void grow() {
        @Nullable EncodedPublication[] larger = new @Nullable EncodedPublication[ring.length * 2];
        for (long offset = start.offset() + 1; offset <= head.offset(); offset++) {
            larger[(int) (offset & (larger.length - 1))] = item(offset);
        }
        ring = larger;
    }

    private int place(long offset) {
        return (int) (offset & (ring.length - 1));
    }
}
