package dev.carillon.engine;

import java.util.Arrays;

/**
 * The sizes and times of the records that a stream keeps, by which its bounds are kept exactly without the records
 * themselves. A ring: 12 bytes a record.
 */
final class History {

    private long[] at;
    private int[] bytes;
    /** The offset of the oldest record kept; the one after {@link #head} where none is. */
    private long oldest;
    /** The offset of the newest record. */
    private long head;

    private long bytesKept;

    History(LogState state) {
        int capacity = Math.max(16, Integer.highestOneBit(Math.max(1, state.recordCount())) * 2);
        at = new long[capacity];
        bytes = new int[capacity];
        oldest = state.oldest();
        head = oldest - 1;
        for (int i = 0; i < state.recordCount(); i++) {
            add(state.bytesOf(i), state.atOf(i));
        }
    }

    /** An empty history. */
    History() {
        at = new long[16];
        bytes = new int[16];
        oldest = 1;
        head = 0;
    }

    long oldest() {
        return oldest;
    }

    long head() {
        return head;
    }

    int count() {
        return (int) (head - oldest + 1);
    }

    /** Adds the record after the head. */
    void add(int recordBytes, long recordAt) {
        if (count() == at.length) {
            grow();
        }
        head++;
        int place = place(head);
        at[place] = recordAt;
        bytes[place] = recordBytes;
        bytesKept += recordBytes;
    }

    /** Lets go of what the bounds no longer keep. By count and bytes the newest record always stays; by age it may go. */
    void trim(ChannelSettings settings, long now) {
        while (count() > settings.historyCountMax() || (bytesKept > settings.historyBytesMax() && count() > 1)) {
            dropOldest();
        }
        long keptSince = now - settings.historyAgeMax().toMillis();
        while (count() > 0 && at[place(oldest)] < keptSince) {
            dropOldest();
        }
    }

    /** The last offset of a run from {@code first} on with at most so many records and bytes, but at least one. */
    long runFrom(long first, int countMax, int bytesMax) {
        long last = first;
        long sum = bytes[place(first)];
        while (last < head && last - first + 1 < countMax && sum + bytes[place(last + 1)] <= bytesMax) {
            last++;
            sum += bytes[place(last)];
        }
        return last;
    }

    /** The first offset of a run that ends with {@code last}, likewise. */
    long runTo(long last, int countMax, int bytesMax) {
        long first = last;
        long sum = bytes[place(last)];
        while (first > oldest && last - first + 1 < countMax && sum + bytes[place(first - 1)] <= bytesMax) {
            first--;
            sum += bytes[place(first)];
        }
        return first;
    }

    /** A record that is kept has another size now. */
    void resize(long offset, int recordBytes) {
        if (offset >= oldest && offset <= head) {
            bytesKept += recordBytes - bytes[place(offset)];
            bytes[place(offset)] = recordBytes;
        }
    }

    private void dropOldest() {
        bytesKept -= bytes[place(oldest)];
        oldest++;
    }

    private void grow() {
        int capacity = at.length * 2;
        long[] moreAt = Arrays.copyOf(at, capacity);
        int[] moreBytes = Arrays.copyOf(bytes, capacity);
        for (long offset = oldest; offset <= head; offset++) {
            moreAt[(int) (offset & (capacity - 1))] = at[place(offset)];
            moreBytes[(int) (offset & (capacity - 1))] = bytes[place(offset)];
        }
        at = moreAt;
        bytes = moreBytes;
    }

    private int place(long offset) {
        return (int) (offset & (at.length - 1));
    }
}
