package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last things that happened, for who reads about a violation, and a hash over all of them. */
final class Trace {

    /** How many: 60 unless the system property {@code carillon.simulation.kept} says otherwise. */
    private static final int KEPT = Integer.getInteger("carillon.simulation.kept", 60);

    private record Entry(
            long step,
            long nanos,
            String what,
            @Nullable Object who,
            @Nullable Object detail) {}

    private final Agenda agenda;
    private final @Nullable Entry[] ring = new @Nullable Entry[KEPT];
    private long count;
    private long hash;

    Trace(Agenda agenda) {
        this.agenda = agenda;
    }

    void add(String what, @Nullable Object who, @Nullable Object detail) {
        ring[(int) (count++ % KEPT)] = new Entry(agenda.steps(), agenda.now(), what, who, detail);
        hash = Dice.mix(hash * 31 + agenda.now() + what.hashCode());
    }

    /** Over what happened and when. */
    long hash() {
        return hash;
    }

    List<String> last() {
        List<String> lines = new ArrayList<>(KEPT);
        for (long i = Math.max(0, count - KEPT); i < count; i++) {
            Entry entry = ring[(int) (i % KEPT)];
            if (entry != null) {
                lines.add(String.format(
                        "%8d %12.6f s  %-10s %-14s %s",
                        entry.step,
                        entry.nanos / 1e9,
                        entry.who == null ? "" : entry.who,
                        entry.what,
                        entry.detail == null ? "" : shortened(entry.detail.toString())));
            }
        }
        return lines;
    }

    private static String shortened(String text) {
        return text.length() <= 220 ? text : text.substring(0, 220) + "…";
    }
}
