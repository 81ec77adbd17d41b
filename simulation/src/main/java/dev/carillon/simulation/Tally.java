package dev.carillon.simulation;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What happened, counted. Adds up over many seeds. */
final class Tally {

    long seeds;
    long steps;
    long virtualNanos;
    long publishes;
    long stored;
    long acknowledged;
    long duplicates;
    long refused;
    long deliveries;
    /** Those that were tried, whatever came of them. */
    long links;

    long connects;
    long polls;
    long pages;
    long signals;
    long signalsDropped;
    long presenceChanges;
    long gaps;
    long resets;
    long expired;
    long purges;
    long stale;
    long redactions;
    private final Map<Trouble, Long> troubles = new EnumMap<>(Trouble.class);

    void reached(Trouble trouble) {
        troubles.merge(trouble, 1L, Long::sum);
    }

    long count(Trouble trouble) {
        return troubles.getOrDefault(trouble, 0L);
    }

    void add(Tally other) {
        seeds += other.seeds;
        steps += other.steps;
        virtualNanos += other.virtualNanos;
        publishes += other.publishes;
        stored += other.stored;
        acknowledged += other.acknowledged;
        duplicates += other.duplicates;
        refused += other.refused;
        deliveries += other.deliveries;
        links += other.links;
        connects += other.connects;
        polls += other.polls;
        pages += other.pages;
        signals += other.signals;
        signalsDropped += other.signalsDropped;
        presenceChanges += other.presenceChanges;
        gaps += other.gaps;
        resets += other.resets;
        expired += other.expired;
        purges += other.purges;
        stale += other.stale;
        redactions += other.redactions;
        other.troubles.forEach((trouble, count) -> troubles.merge(trouble, count, Long::sum));
    }

    /** A line of figures and one for each fault. */
    String text() {
        StringBuilder text = new StringBuilder(1024);
        line(text, "seeds", seeds);
        line(text, "steps", steps);
        line(text, "virtual seconds", virtualNanos / Agenda.SECOND);
        line(text, "publishes", publishes);
        line(text, "stored", stored);
        line(text, "acknowledged", acknowledged);
        line(text, "  as duplicates", duplicates);
        line(text, "refused with a cause", refused);
        line(text, "deliveries", deliveries);
        line(text, "connects", connects);
        line(text, "long polls", polls);
        line(text, "pages of history", pages);
        line(text, "signals", signals);
        line(text, "  dropped and told", signalsDropped);
        line(text, "joins and leaves told", presenceChanges);
        line(text, "gaps, all necessary", gaps);
        line(text, "resets, all necessary", resets);
        line(text, "values whose time was over", expired);
        line(text, "purges", purges);
        line(text, "told that it is stale", stale);
        line(text, "redactions", redactions);
        for (Trouble trouble : Trouble.values()) {
            line(text, "trouble " + trouble.name().toLowerCase(Locale.ROOT).replace('_', ' '), count(trouble));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String what, long count) {
        text.append(String.format("%-28s %,14d%n", what, count));
    }
}
