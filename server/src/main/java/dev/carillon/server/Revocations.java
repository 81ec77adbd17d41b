package dev.carillon.server;

import dev.carillon.engine.Clock;
import dev.carillon.engine.Principal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The revocations in force. One ends once no token that it covers can be valid any more: tokens last at most as long as
 * {@code tokens.lifetimeMax} says. {@link #covers} is for any thread and doesn't wait; {@link #add} waits for the disk.
 */
final class Revocations {

    /** What came of revoking. */
    enum Added {
        /** In force, and kept. */
        KEPT,
        /** In force until the server ends: it could not be written. */
        NOT_KEPT,
        /** In force on this node, and kept; the others are told once what is shared is back. */
        NOT_TOLD,
        /** Refused: there are as many as the limit allows. */
        FULL
    }

    private final Map<Revocation.Kind, Map<String, Revocation>> byKind = new EnumMap<>(Revocation.Kind.class);
    private final long keptMillis;
    private final int max;
    private final Clock clock;
    private final @Nullable RevocationFile file;
    private final Consumer<Revocation> onAdded;
    /** Tells the other nodes; null without any. */
    private volatile @Nullable Function<Revocation, Added> sharing;
    /** Held while the list and its file change. */
    private final Object writing = new Object();

    /**
     * @param file where they outlive the process; null for nowhere
     * @param onAdded ends what is covered, after it is in force
     */
    Revocations(TokenLimits limits, Clock clock, @Nullable RevocationFile file, Consumer<Revocation> onAdded)
            throws StartException {
        for (Revocation.Kind kind : Revocation.Kind.values()) {
            byKind.put(kind, new ConcurrentHashMap<>());
        }
        Duration kept = limits.lifetimeMax().plus(limits.skew());
        this.keptMillis = kept.toMillis();
        this.max = limits.revocations();
        this.clock = clock;
        this.file = file;
        this.onAdded = onAdded;
        if (file != null) {
            file.read().forEach(revocation -> of(revocation.kind()).put(revocation.name(), revocation));
        }
    }

    private Map<String, Revocation> of(Revocation.Kind kind) {
        return Objects.requireNonNull(byKind.get(kind));
    }

    /** Has each that is added told to the other nodes; it may wait for them. */
    void shareBy(Function<Revocation, Added> by) {
        sharing = by;
    }

    /** Puts a revocation in force, ends what it covers, keeps it, and tells the other nodes. */
    Added add(Revocation.Kind kind, String name) {
        Added here = addHere(kind, name);
        Function<Revocation, Added> to = sharing;
        Revocation added = of(kind).get(name);
        if (to == null || added == null || here == Added.FULL) {
            return here;
        }
        Added there = to.apply(added);
        return here == Added.KEPT ? there : here;
    }

    /** Puts those of other nodes in force, ends what they cover, and keeps them. */
    void hear(List<Revocation> others) {
        synchronized (writing) {
            long now = clock.millis();
            boolean isChanged = false;
            for (Revocation other : others) {
                Revocation before = of(other.kind()).get(other.name());
                Revocation later = Revocation.later(before, other);
                if (later.equals(before) || isOver(later, now)) {
                    continue;
                }
                if (before == null && size() >= max) {
                    Logs.LOG.error("a revocation of another node has no room: tokens.revocations is {}", max);
                    continue;
                }
                of(other.kind()).put(other.name(), later);
                onAdded.accept(later);
                isChanged = true;
            }
            if (isChanged) {
                keep();
            }
        }
    }

    private Added addHere(Revocation.Kind kind, String name) {
        synchronized (writing) {
            long now = clock.millis();
            byKind.values().forEach(some -> some.values().removeIf(old -> isOver(old, now)));
            if (!of(kind).containsKey(name) && size() >= max) {
                return Added.FULL;
            }
            Revocation revocation = Revocation.later(of(kind).get(name), new Revocation(kind, name, now));
            of(kind).put(name, revocation);
            onAdded.accept(revocation);
            return keep() ? Added.KEPT : Added.NOT_KEPT;
        }
    }

    private boolean keep() {
        if (file == null) {
            return true;
        }
        try {
            file.write(all());
            return true;
        } catch (IOException e) {
            Logs.LOG.error("the revocations could not be written: {}", Listening.oneLine(e));
            return false;
        }
    }

    private boolean isOver(Revocation revocation, long nowMillis) {
        return untilMillis(revocation) <= nowMillis;
    }

    /** Those of this time or an earlier one are over. */
    long overMillis() {
        return Math.max(0, clock.millis() - keptMillis);
    }

    /** When a revocation ends. */
    long untilMillis(Revocation revocation) {
        return revocation.atMillis() + keptMillis;
    }

    /** Whether what a principal proved was taken back; the session may be empty where there is none yet. */
    boolean covers(Principal principal, String session) {
        Principal.Term term = principal.term();
        return (term != null
                        && principal.name() != null
                        && covers(Revocation.Kind.USER, principal.name(), principal, session))
                || (term != null && term.id() != null && covers(Revocation.Kind.TOKEN, term.id(), principal, session))
                || covers(Revocation.Kind.SESSION, session, principal, session);
    }

    private boolean covers(Revocation.Kind kind, String name, Principal principal, String session) {
        Map<String, Revocation> some = of(kind);
        Revocation revocation = some.isEmpty() ? null : some.get(name);
        return revocation != null && !isOver(revocation, clock.millis()) && revocation.covers(principal, session);
    }

    /** Those in force, the oldest first. */
    List<Revocation> all() {
        long now = clock.millis();
        List<Revocation> all = new ArrayList<>();
        byKind.values().forEach(some -> all.addAll(some.values()));
        all.removeIf(revocation -> isOver(revocation, now));
        all.sort(Comparator.comparingLong(Revocation::atMillis).thenComparing(Revocation::name));
        return all;
    }

    /** How many are kept. */
    int size() {
        return byKind.values().stream().mapToInt(Map::size).sum();
    }
}
