package dev.carillon.server;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where marked publications were seen on their ways through a {@link Cluster}, and when, by the clock of this machine. The
 * first time counts: a page of history brings a publication past the same place again.
 *
 * <p>Bounded by {@link #MARKS_MAX}, of which the newest are kept, and {@link #OF_A_MARK_MAX}. Thread-safe.
 */
final class Sightings {

    static final int MARKS_MAX = 64;
    static final int OF_A_MARK_MAX = 128;

    enum Place {
        /** From a client to a node, in the front. */
        ASKED,
        /** From a node to Redis. */
        CALLED,
        /** From Redis to a node. */
        PUSHED,
        /** From a node to a client, in the front. */
        DELIVERED
    }

    /**
     * One of them.
     *
     * @param via what the client calls its connection; empty without, and between a node and Redis
     * @param micros since 1970
     */
    record Sighting(Place place, int node, String via, long micros) {}

    /** From the oldest to the newest. */
    private final Map<String, List<Sighting>> marks = new LinkedHashMap<>();

    /** The time as sightings have it. */
    static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    synchronized void see(String mark, Place place, int node, String via) {
        List<Sighting> all = marks.computeIfAbsent(mark, _ -> new ArrayList<>());
        boolean isNew = all.stream().noneMatch(one -> one.place == place && one.node == node && one.via.equals(via));
        if (isNew && all.size() < OF_A_MARK_MAX) {
            all.add(new Sighting(place, node, via, now()));
        }
        if (marks.size() > MARKS_MAX) {
            marks.remove(marks.keySet().iterator().next());
        }
    }

    /** In their order; empty where the mark is not known, or not any more. */
    synchronized List<Sighting> of(String mark) {
        return List.copyOf(marks.getOrDefault(mark, List.of()));
    }
}
