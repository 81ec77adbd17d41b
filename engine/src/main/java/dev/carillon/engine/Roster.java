package dev.carillon.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The users of one channel and the leases that keep them listed. A user is listed from its first lease to the end of its
 * last.
 *
 * <p>A session rides one connection at a time, but the server may hear of the end of one after the beginning of the next, or
 * even of both beginnings in the wrong order. So a session can hold several leases at a time. A connection that is lost
 * takes its own with it, and the others go on; the goodbye of the latest is the session's and ends them all, and that of an
 * earlier one is only its connection's.
 *
 * <p>A page that is reloaded is a new session. It takes the place of the one of its user that was lost last, if one was: that
 * one's grace was for this, and whoever leaves after a reload has left.
 *
 * <p>It knows nothing of connections, readers or versions, and so not whether a lease's session is here or elsewhere.
 * Owned by the channel's shard.
 */
final class Roster implements PresentUsers {

    /** Hears who came and who left. */
    interface Changes {
        /** Gives the place of this coming in the order of all that comes and goes: more than any before. */
        long onJoin(String user);

        void onLeave(Arrived left);
    }

    /**
     * One who is listed, or has left.
     *
     * @param arrival what {@link Changes#onJoin} gave for its coming
     * @param connections over so many sessions at this moment
     */
    record Arrived(long arrival, String user, int connections) {}

    /**
     * How many leases of one user may lapse at a time. With one more, the one that would end first is over: the user is
     * listed no shorter for that, because the others end later.
     */
    static final int LAPSING_MAX = 16;

    /** One user's leases. */
    private static final class Entry {
        final String user;
        long arrival;
        /** The latest that each session holds, by its id. */
        final Map<String, Lease> held = new HashMap<>(2);
        /** By the session's id, in the order in which they end; of no session that holds one. */
        final LinkedHashMap<String, Lease> lapsing = new LinkedHashMap<>(2);

        Entry(String user) {
            this.user = user;
        }

        boolean isEmpty() {
            return held.isEmpty() && lapsing.isEmpty();
        }

        Arrived arrived() {
            return new Arrived(arrival, user, held.size());
        }
    }

    private final int usersMax;
    private final long graceNanos;
    private final Changes changes;
    private final Map<String, Entry> users = new HashMap<>();
    /** The same by their arrival. */
    private final TreeMap<Long, Entry> order = new TreeMap<>();
    /** How many sessions hold a lease. */
    private int connections;
    /** All that lapse, in the order in which they end: the grace is the same for all. */
    private final LinkedHashSet<Lease> lapsing = new LinkedHashSet<>();

    /** @param usersMax the most users that it lists */
    Roster(int usersMax, long graceNanos, Changes changes) {
        this.usersMax = usersMax;
        this.graceNanos = graceNanos;
        this.changes = changes;
    }

    boolean isEmpty() {
        return users.isEmpty();
    }

    /** How many sessions of a user hold a lease; {@link SharedPresence#ABSENT} where it is not listed. */
    int connectionsOf(String user) {
        Entry entry = users.get(user);
        return entry == null ? SharedPresence.ABSENT : entry.held.size();
    }

    @Override
    public int size() {
        return users.size();
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public List<Arrived> arrived(long after, long upTo, int count) {
        List<Arrived> found = new ArrayList<>();
        if (after >= upTo) {
            return found;
        }
        for (Entry entry : order.subMap(after, false, upTo, true).values()) {
            if (found.size() == count) {
                break;
            }
            found.add(entry.arrived());
        }
        return found;
    }

    /**
     * A session is subscribed. A lease that is over already comes too late and changes nothing.
     *
     * @return false where the user is not listed because there are too many
     */
    boolean enter(Lease lease) {
        if (lease.stage() == Lease.Stage.OVER) {
            return true;
        }
        Entry entry = users.get(lease.user);
        boolean isNew = entry == null;
        if (entry == null) {
            if (users.size() >= usersMax) {
                return false;
            }
            entry = new Entry(lease.user);
            users.put(lease.user, entry);
        }
        Lease before = entry.held.put(lease.session, lease);
        if (before == null) {
            connections++;
            takePlace(lease, entry);
        } else {
            lease.earlier = before;
            before.later = lease;
        }
        lease.hold();
        if (isNew) {
            entry.arrival = changes.onJoin(lease.user);
            order.put(entry.arrival, entry);
        }
        return true;
    }

    /** Ends the lapsing lease of the same session, or else the one that was lost last. */
    private void takePlace(Lease lease, Entry entry) {
        Lease lapsed = entry.lapsing.remove(lease.session);
        Map.Entry<String, Lease> last = lapsed == null ? entry.lapsing.pollLastEntry() : null;
        if (last != null) {
            lapsed = last.getValue();
        }
        if (lapsed != null) {
            lapsing.remove(lapsed);
            lapsed.end();
        }
    }

    /** A lease's subscription was ended by its client, for good. */
    void leave(Lease lease) {
        switch (lease.stage()) {
            case ASKED -> lease.end();
            case HELD -> {
                Entry entry = entryOf(lease);
                if (lease.later == null) {
                    endAll(lease);
                    release(lease, entry);
                    removeIfEmpty(entry);
                } else {
                    drop(lease, entry);
                    lease.end();
                }
            }
            case LAPSING, OVER -> {}
        }
    }

    /** A lease's connection ended without a goodbye. */
    void lapse(Lease lease, long nowNanos) {
        switch (lease.stage()) {
            case ASKED -> lease.end();
            case HELD -> {
                Entry entry = entryOf(lease);
                if (drop(lease, entry)) {
                    lease.end();
                    return;
                }
                if (entry.lapsing.size() >= LAPSING_MAX) {
                    endFirst(entry);
                }
                lease.lapse(nowNanos + graceNanos);
                entry.lapsing.put(lease.session, lease);
                lapsing.add(lease);
            }
            case LAPSING, OVER -> {}
        }
    }

    /** Takes one lease from those that its session holds; whether it still holds one. */
    private boolean drop(Lease lease, Entry entry) {
        Lease earlier = lease.earlier;
        Lease later = lease.later;
        if (earlier != null) {
            earlier.later = later;
        }
        if (later != null) {
            later.earlier = earlier;
        } else if (earlier != null) {
            entry.held.put(lease.session, earlier);
        } else {
            release(lease, entry);
        }
        lease.earlier = null;
        lease.later = null;
        return earlier != null || later != null;
    }

    private void release(Lease lease, Entry entry) {
        entry.held.remove(lease.session);
        connections--;
    }

    private static void endAll(Lease latest) {
        Lease lease = latest;
        while (lease != null) {
            Lease earlier = lease.earlier;
            lease.earlier = null;
            lease.later = null;
            lease.end();
            lease = earlier;
        }
    }

    private void endFirst(Entry entry) {
        Iterator<Lease> first = entry.lapsing.values().iterator();
        Lease ended = first.next();
        first.remove();
        lapsing.remove(ended);
        ended.end();
    }

    /** The lease whose grace ends first; null where none lapses. */
    @Nullable
    Lease firstLapsing() {
        return lapsing.isEmpty() ? null : lapsing.getFirst();
    }

    /** Ends the leases whose grace is over. */
    void expire(long nowNanos) {
        while (!lapsing.isEmpty() && lapsing.getFirst().endsAtNanos() - nowNanos <= 0) {
            endLapsing(lapsing.getFirst());
        }
    }

    /** Ends the leases of those that lapse whose session the test names. */
    void endLapsing(BiPredicate<Principal, String> which) {
        for (Lease lease : List.copyOf(lapsing)) {
            if (which.test(lease.principal, lease.session)) {
                endLapsing(lease);
            }
        }
    }

    private void endLapsing(Lease lease) {
        lapsing.remove(lease);
        Entry entry = entryOf(lease);
        entry.lapsing.remove(lease.session);
        lease.end();
        removeIfEmpty(entry);
    }

    private Entry entryOf(Lease lease) {
        Entry entry = users.get(lease.user);
        if (entry == null) {
            throw new AssertionError("a lease that keeps nobody listed");
        }
        return entry;
    }

    private void removeIfEmpty(Entry entry) {
        if (entry.isEmpty()) {
            users.remove(entry.user);
            order.remove(entry.arrival);
            changes.onLeave(entry.arrived());
        }
    }
}
