package dev.carillon.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Notes that every node of a cluster reads: names, and a time with each, numbered as they are made. Thread-safe; each answer is
 * empty where what is shared is away.
 */
interface SharedNotes {

    /** One note; its number is from 1, its time in milliseconds since 1970. */
    record Note(long serial, String name, long atMillis) {}

    /** Some notes in ascending order, and how many were ever made: less than before where some were lost. */
    record Page(long serial, List<Note> notes) {}

    /**
     * Makes a note.
     *
     * @param overMillis notes of such a time or an earlier one may be let go of
     * @param kept for how long all are kept after the newest
     * @param max how many there may be
     * @return its number; 0 where there are too many
     */
    CompletableFuture<Optional<Long>> note(String name, long atMillis, long overMillis, Duration kept, int max);

    /** The next notes behind that number. */
    CompletableFuture<Optional<Page>> read(long since);
}
