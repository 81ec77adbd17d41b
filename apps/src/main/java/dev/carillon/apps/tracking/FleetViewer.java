package dev.carillon.apps.tracking;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/** Somebody who looks at a part of the town: counts what comes, and how late. Thread-safe. */
final class FleetViewer {

    private static final int DELAYS_MAX = 1 << 20;

    /** What came to it since {@link #begin}. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Figures(int couriers, long values, long bytes, long[] delays) {

        /** So much of them came within so many milliseconds; −1 where none came. */
        long quantile(double share) {
            long[] sorted = delays.clone();
            Arrays.sort(sorted);
            return sorted.length == 0 ? -1 : sorted[(int) Math.ceil(share * sorted.length) - 1];
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<String> couriers = new HashSet<>();
    private final long[] delays = new long[DELAYS_MAX];
    private int delayCount;
    private long values;
    private long bytes;

    /** What it asks the server for: the tiles around the middle of the town, so many in each direction. */
    static String question(int around) {
        Tile middle = Tile.of(Town.MIDDLE, Tile.COURIERS);
        Set<String> tags = new HashSet<>();
        for (int x = -around; x <= around; x++) {
            for (int y = -around; y <= around; y++) {
                tags.add("\"" + new Tile(Tile.COURIERS, middle.x() + x, middle.y() + y) + "\"");
            }
        }
        String track = tags.stream().sorted().collect(Collectors.joining(","));
        return "{\"type\":\"subscribe\",\"channel\":\"" + TrackingNames.FLEET + "\",\"track\":{\"tags\":[" + track
                + "]}}";
    }

    /** Takes a message of the server. */
    void take(String message) {
        long now = System.currentTimeMillis();
        lock.lock();
        try {
            bytes += message.length();
            if (!message.startsWith("{\"type\":\"publication\"")) {
                return;
            }
            String courier = between(message, "\"key\":\"", '"');
            String made = between(message, "\"data\":{\"t\":", ',');
            if (made.isEmpty()) {
                couriers.remove(courier);
                return;
            }
            couriers.add(courier);
            values++;
            if (delayCount < DELAYS_MAX) {
                delays[delayCount++] = now - Long.parseLong(made);
            }
        } finally {
            lock.unlock();
        }
    }

    private static String between(String message, String before, char after) {
        int from = message.indexOf(before);
        int to = from < 0 ? -1 : message.indexOf(after, from + before.length());
        return to < 0 ? "" : message.substring(from + before.length(), to);
    }

    /** Counts from here on: the snapshot is over. */
    void begin() {
        lock.lock();
        try {
            values = 0;
            bytes = 0;
            delayCount = 0;
        } finally {
            lock.unlock();
        }
    }

    Figures figures() {
        lock.lock();
        try {
            return new Figures(couriers.size(), values, bytes, Arrays.copyOf(delays, delayCount));
        } finally {
            lock.unlock();
        }
    }

    /** Of all of them together. */
    static Figures together(List<Figures> all) {
        int n = Math.max(1, all.size());
        return new Figures(
                all.stream().mapToInt(Figures::couriers).sum() / n,
                all.stream().mapToLong(Figures::values).sum() / n,
                all.stream().mapToLong(Figures::bytes).sum() / n,
                all.stream().flatMapToLong(one -> Arrays.stream(one.delays())).toArray());
    }
}
