package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a node knows of one channel's presence over all nodes: a copy of what {@link SharedPresence} keeps of it, and what
 * this node lists there itself. Owned by the shard.
 *
 * <p><b>Continuity.</b> A change is taken only if it has the next serial and the check of the one before; what comes too early
 * is held until the hole before it is filled by itself. Whatever else contradicts has all of it read anew. If the list is
 * another one then, or its version, its hearer is told to begin anew, always with a higher version than any before: where the
 * shared one has fallen behind, because it lost its end, it is raised. Readers' versions count no further than this node's own
 * memory of differences, so a reader that comes from another node is given the list.
 *
 * <p><b>Its own.</b> What this node's sessions say is {@link #wanted}, and told at once. Whenever all was read, whatever is
 * kept of this node's lease is held against that, and mended. So nothing of it depends on what was kept, or on which call has
 * failed.
 */
final class SharedRoster implements PresentUsers {

    /** Of so many of the newest changes it is known which checks they have. */
    private static final int CHECKS_KEPT = 64;

    /** How far a version is raised, and a half of it is how far others may have counted since: nobody counts so far in an outage. */
    static final long RAISE = 1_000_000;

    /** Hears what happens, in order. */
    interface Hearer {
        /** A user came, with the next version. */
        void onCame(String user);

        /** A user left, with the next version. */
        void onGone(Roster.Arrived left);

        /** Something changed that counts up no version. */
        void onChanged();

        /** The list may be another one, and has this version, which is above all before. */
        void onReplaced(long version);
    }

    /** What it needs of its owner. */
    interface Owner {
        /** Reads all; not answered where the link fails. */
        void read(SharedRoster roster, long versionMin, long versionRaised, Consumer<SharedPresence.Read.Members> then);

        /** Says what this node lists. */
        void put(SharedRoster roster, String user, int connections);

        /** Runs a task once a hole could have been filled by itself. */
        void afterPatience(Runnable task);

        /** This node's. */
        long lease();

        long nanos();

        boolean isAway();

        /** Whether nothing that was said before the link failed last can still take effect. */
        boolean isSettled();

        int earlyMax();

        EngineCounters counters();
    }

    /** A user, and which leases list it. */
    private static final class Entry {
        final String user;
        final long arrival;
        final Map<Long, Integer> connections = new HashMap<>(2);

        Entry(String user, long arrival) {
            this.user = user;
            this.arrival = arrival;
        }

        int sum() {
            int sum = 0;
            for (int count : connections.values()) {
                sum += count;
            }
            return sum;
        }

        Roster.Arrived arrived() {
            return new Roster.Arrived(arrival, user, sum());
        }
    }

    final ChannelName channel;
    private final Hearer hearer;
    private final Owner owner;

    private Map<String, Entry> users = new HashMap<>();
    /** The same by their arrival. */
    private TreeMap<Long, Entry> order = new TreeMap<>();
    /** How many users each lease lists. */
    private Map<Long, Integer> leases = new HashMap<>();

    private int connections;

    /** What this node lists, by user. */
    private final Map<String, Integer> wanted = new HashMap<>();

    /** After the last change that was taken. */
    private SharedPresence.Stand stand = SharedPresence.Stand.ORIGIN;
    /** That readers were told; the stand's, unless nothing is known of the channel. */
    private long version;

    private final int[] checks = new int[CHECKS_KEPT];
    /** Those after this serial are known, as far as there is room for them. */
    private long checkedAfter;

    /** By serial. Bounded: what is turned away is read. */
    private final Map<Long, SharedPresence.Change> early = new HashMap<>();
    /** Wait until it was read once, or can't be. Bounded by the readers of the channel, and commands outstanding. */
    private List<Runnable> waiting = new ArrayList<>(0);

    private boolean isLoaded;
    /** True once anybody may have been told the version. */
    private boolean isTold;

    private boolean isReading;
    private boolean isToReadAgain;
    private boolean isPatient;
    private boolean isClosed;
    /** What it is raised from with the next read; 0 where it need not be. */
    private long versionMin;
    /** When the last question was asked whose answer has proven that nothing was missing. */
    private long provenAt;

    /** @param version for readers of a channel of which nothing is known */
    SharedRoster(ChannelName channel, long version, Hearer hearer, Owner owner) {
        this.channel = channel;
        this.version = version;
        this.hearer = hearer;
        this.owner = owner;
    }

    void close() {
        isClosed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Runs a task once it is known who is here, or as long as that cannot be known. */
    void whenReady(Runnable task) {
        if (isLoaded || owner.isAway()) {
            isTold = true;
            task.run();
        } else {
            waiting.add(task);
        }
    }

    private void ready() {
        isTold |= !waiting.isEmpty();
        List<Runnable> due = waiting;
        waiting = new ArrayList<>(0);
        due.forEach(Runnable::run);
    }

    // ---- who is here

    @Override
    public int size() {
        return users.size();
    }

    @Override
    public int connections() {
        return connections;
    }

    boolean lists(String user) {
        return users.containsKey(user);
    }

    long version() {
        return version;
    }

    /**
     * With which version the channel's presence begins, if a change of this node finds nothing of it. If there was something
     * before, it is lost, and other nodes may have told higher versions of it than this one knows.
     *
     * @param spread as far above what it has to be, so that no two beginnings have the same
     */
    long versionOfBeginning(long spread) {
        return stand.equals(SharedPresence.Stand.ORIGIN) ? version : version + RAISE / 2 + spread;
    }

    /** The leases that list somebody, but for this node's. */
    Set<Long> otherLeases() {
        Set<Long> others = new HashSet<>(leases.keySet());
        others.remove(owner.lease());
        return others;
    }

    @Override
    public List<Roster.Arrived> arrived(long after, long upTo, int count) {
        List<Roster.Arrived> found = new ArrayList<>();
        if (after < upTo) {
            for (Entry entry : order.subMap(after, false, upTo, true).values()) {
                if (found.size() == count) {
                    break;
                }
                found.add(entry.arrived());
            }
        }
        return found;
    }

    // ---- what this node lists

    /** A user of this node has so many sessions, or is {@link SharedPresence#ABSENT}. */
    void want(String user, int count) {
        Integer before = count == SharedPresence.ABSENT ? wanted.remove(user) : wanted.put(user, count);
        if ((before == null ? SharedPresence.ABSENT : before) != count) {
            owner.put(this, user, count);
        }
    }

    /** Whether nothing of this node is listed, as far as that is known: then nothing is left to be mended. */
    boolean isQuit() {
        return wanted.isEmpty() && !leases.containsKey(owner.lease()) && isLoaded && owner.isSettled();
    }

    /** Says again what is kept otherwise of this node's lease. */
    void mend() {
        long lease = owner.lease();
        List<String> stray = new ArrayList<>();
        for (Entry entry : users.values()) {
            if (entry.connections.containsKey(lease) && !wanted.containsKey(entry.user)) {
                stray.add(entry.user);
            }
        }
        stray.forEach(user -> owner.put(this, user, SharedPresence.ABSENT));
        wanted.forEach((user, count) -> {
            Entry entry = users.get(user);
            Integer kept = entry == null ? null : entry.connections.get(lease);
            if (!count.equals(kept)) {
                owner.put(this, user, count);
            }
        });
    }

    /** It may be an echo of what was said before; or a call that failed, and took effect after all. */
    private void mend(SharedPresence.Listing kept) {
        int count = wanted.getOrDefault(kept.user(), SharedPresence.ABSENT);
        if (count != kept.connections()) {
            owner.put(this, kept.user(), count);
        }
    }

    // ---- changes

    /** A change, from the feed or from an answer: as likely as not the next. */
    void onChanged(SharedPresence.Change change) {
        long serial = change.after().serial();
        if (!isLoaded || serial > stand.serial() + 1) {
            hold(change);
        } else if (serial <= stand.serial()) {
            if (contradicts(serial, change.after().check())) {
                read();
            }
        } else if (change.previousCheck() != stand.check() || !take(change)) {
            read();
        } else {
            takeEarly();
        }
    }

    private void hold(SharedPresence.Change change) {
        if (early.size() < owner.earlyMax()) {
            early.put(change.after().serial(), change);
        }
        bePatient();
    }

    private void takeEarly() {
        SharedPresence.Change next = early.remove(stand.serial() + 1);
        while (next != null) {
            if (next.previousCheck() != stand.check() || !take(next)) {
                read();
                return;
            }
            next = early.remove(stand.serial() + 1);
        }
    }

    private void bePatient() {
        if (isPatient || !isLoaded) {
            return;
        }
        isPatient = true;
        owner.afterPatience(() -> {
            isPatient = false;
            if (!early.isEmpty()) {
                read();
            }
        });
    }

    /** Takes the next change; false where its version is not what it makes of this list. */
    private boolean take(SharedPresence.Change change) {
        SharedPresence.Listing listing = change.listing();
        if (listing == null) {
            return false;
        }
        Entry entry = users.get(listing.user());
        boolean isAbsent = listing.connections() == SharedPresence.ABSENT;
        boolean comes = entry == null;
        boolean goes = entry != null
                && isAbsent
                && entry.connections.size() == 1
                && entry.connections.containsKey(listing.lease());
        if (change.after().version() != (comes || goes ? version + 1 : version) || (comes && isAbsent)) {
            return false;
        }
        advance(change.after());
        if (entry == null) {
            entry = new Entry(listing.user(), version);
            users.put(entry.user, entry);
            order.put(entry.arrival, entry);
        }
        list(entry, listing);
        if (listing.lease() == owner.lease()) {
            mend(listing);
        }
        if (comes) {
            hearer.onCame(entry.user);
        } else if (goes) {
            users.remove(entry.user);
            order.remove(entry.arrival);
            hearer.onGone(entry.arrived());
        } else {
            hearer.onChanged();
        }
        return true;
    }

    private void advance(SharedPresence.Stand to) {
        stand = to;
        version = to.version();
        checks[(int) (to.serial() % CHECKS_KEPT)] = to.check();
    }

    private void list(Entry entry, SharedPresence.Listing listing) {
        boolean isAbsent = listing.connections() == SharedPresence.ABSENT;
        Integer before = isAbsent
                ? entry.connections.remove(listing.lease())
                : entry.connections.put(listing.lease(), listing.connections());
        connections += (isAbsent ? 0 : listing.connections()) - (before == null ? 0 : before);
        if (isAbsent && before != null) {
            leases.computeIfPresent(listing.lease(), (_, count) -> count == 1 ? null : count - 1);
        } else if (!isAbsent && before == null) {
            leases.merge(listing.lease(), 1, Integer::sum);
        }
    }

    /** Whether another check is known to have been taken for this serial. */
    private boolean contradicts(long serial, int check) {
        return serial == stand.serial() ? check != stand.check() : isChecked(serial) && !isCheck(serial, check);
    }

    private boolean isChecked(long serial) {
        return serial > checkedAfter && serial > stand.serial() - CHECKS_KEPT && serial <= stand.serial();
    }

    private boolean isCheck(long serial, int check) {
        return checks[(int) (serial % CHECKS_KEPT)] == check;
    }

    // ---- what is read

    /** Reads all of it; now, or once it has been. */
    void read() {
        if (isReading) {
            isToReadAgain = true;
            return;
        }
        if (isClosed || owner.isAway()) {
            return; // when the link is back all is read
        }
        isReading = true;
        isToReadAgain = false;
        early.clear(); // it is in what is read, unless it was lost
        SharedPresence.Stand asked = stand;
        long askedAt = owner.nanos();
        owner.read(this, versionMin, version + RAISE, members -> onRead(asked, askedAt, members));
    }

    private void onRead(SharedPresence.Stand asked, long askedAt, SharedPresence.Read.Members read) {
        isReading = false;
        if (isClosed) {
            return;
        }
        if (isTold && isBehind(read)) {
            // Readers know a higher version, or this one for another list.
            versionMin = version + 1;
            read();
            return;
        }
        versionMin = 0;
        if (!isLoaded || !proves(asked, read.stand())) {
            begin(read);
        }
        boolean isFirst = !isLoaded;
        isLoaded = true;
        mend();
        takeEarly();
        if (!early.isEmpty()) {
            bePatient();
        }
        if (isToReadAgain) {
            read();
        } else {
            provenAt = Math.max(provenAt, askedAt);
        }
        if (isFirst) {
            ready();
        }
    }

    private boolean isBehind(SharedPresence.Read.Members read) {
        SharedPresence.Stand at = read.stand();
        if (at.equals(stand) || isOvertaken(at)) {
            return false;
        }
        boolean isNothing = at.equals(SharedPresence.Stand.ORIGIN) && users.isEmpty();
        return !isNothing && (at.version() < version || (at.version() == version && !isSame(read.members())));
    }

    /** Whether changes that follow what was read have been taken already. */
    private boolean isOvertaken(SharedPresence.Stand at) {
        return at.serial() < stand.serial() && isChecked(at.serial()) && isCheck(at.serial(), at.check());
    }

    /** Whether what was read, when this was the stand, proves that nothing is missing. */
    private boolean proves(SharedPresence.Stand asked, SharedPresence.Stand at) {
        return at.equals(stand) || (at.serial() >= asked.serial() && isOvertaken(at));
    }

    /** Whether the same users are listed, who came with the same versions. */
    private boolean isSame(List<SharedPresence.Member> members) {
        Set<String> seen = new HashSet<>();
        for (SharedPresence.Member member : members) {
            Entry entry = users.get(member.listing().user());
            if (entry == null || entry.arrival != member.arrival()) {
                return false;
            }
            seen.add(entry.user);
        }
        return seen.size() == users.size();
    }

    /** Begins with what was read. */
    private void begin(SharedPresence.Read.Members read) {
        boolean isKnown = !read.stand().equals(SharedPresence.Stand.ORIGIN);
        long next = isKnown ? read.stand().version() : version;
        boolean isReplaced = next != version || !isSame(read.members());
        users = new HashMap<>();
        order = new TreeMap<>();
        leases = new HashMap<>();
        connections = 0;
        for (SharedPresence.Member member : read.members()) {
            Entry entry = users.computeIfAbsent(member.listing().user(), user -> new Entry(user, member.arrival()));
            order.put(entry.arrival, entry);
            list(entry, member.listing());
        }
        stand = read.stand();
        version = next;
        checkedAfter = stand.serial();
        early.keySet().removeIf(serial -> serial <= stand.serial());
        if (isReplaced) {
            if (isTold) {
                owner.counters().presenceReplaced.increment();
            }
            hearer.onReplaced(version);
        } else {
            hearer.onChanged();
        }
    }

    // ---- what is proven

    SharedPresence.Stand stand() {
        return stand;
    }

    /**
     * It was said where the channel stands.
     *
     * @param asked where it stood for this node when that was asked
     */
    void onStand(SharedPresence.Stand asked, SharedPresence.Stand at, long askedAt) {
        if (isLoaded && proves(asked, at)) {
            provenAt = Math.max(provenAt, askedAt);
        } else {
            owner.counters().silences.increment();
            read();
        }
    }

    /** Whether it is time to ask where it stands. */
    boolean isDue(long nanos, long proofAgeNanos) {
        return isLoaded && !isReading && nanos - provenAt >= proofAgeNanos;
    }

    // ---- a link that fails

    void onLost() {
        early.clear();
        isReading = false;
        isToReadAgain = false;
        ready();
    }

    /**
     * The link is back. What was told before it failed may have been lost with whatever kept it, while other nodes count on:
     * so versions go on far above all that was told.
     */
    void onBack() {
        boolean isKnown = !stand.equals(SharedPresence.Stand.ORIGIN) || !wanted.isEmpty();
        versionMin = isKnown ? version + RAISE / 2 : 0;
        read();
    }
}
