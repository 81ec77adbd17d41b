package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The executable specification of what is behind a {@link SharedPresence}: what each call does, in one step, with nothing
 * between it and its callers that could fail. Not safe for several threads.
 */
public final class PresenceMemory {

    private final LongSupplier millis;
    private final BiConsumer<ChannelName, SharedPresence.Change> pushes;
    /** When each lease ends, or has ended. */
    private final Map<Long, Long> leases = new HashMap<>();

    private final Map<ChannelName, Room> rooms = new HashMap<>();

    /**
     * @param millis its own clock, since 1970-01-01T00:00Z
     * @param pushes hears of each change
     */
    public PresenceMemory(LongSupplier millis, BiConsumer<ChannelName, SharedPresence.Change> pushes) {
        this.millis = millis;
        this.pushes = pushes;
    }

    /** The same as it is now, in another one. */
    public PresenceMemory copy() {
        PresenceMemory copy = new PresenceMemory(millis, pushes);
        copy.leases.putAll(leases);
        rooms.forEach((channel, room) -> copy.rooms.put(channel, room.copy()));
        return copy;
    }

    /** As {@link SharedPresence#renew}. */
    public SharedPresence.Renewed renew(long lease, boolean isNew, Duration lasts) {
        long now = millis.getAsLong();
        leases.values().removeIf(end -> end <= now);
        if (leases.containsKey(lease) == isNew) {
            return SharedPresence.Renewed.OVER;
        }
        leases.put(lease, now + lasts.toMillis());
        return SharedPresence.Renewed.HELD;
    }

    /** As {@link SharedPresence#ended}. */
    public Set<Long> ended(Set<Long> asked) {
        long now = millis.getAsLong();
        Set<Long> ended = new HashSet<>(asked);
        ended.removeIf(lease -> leases.getOrDefault(lease, now) > now);
        return ended;
    }

    /** As {@link SharedPresence#put}; null where nothing changes. */
    public SharedPresence.@Nullable Change put(
            ChannelName channel, SharedPresence.Listing listing, SharedPresence.Seed seed) {
        if (listing.connections() == SharedPresence.ABSENT && !rooms.containsKey(channel)) {
            return null; // as it is so already, the channel stays unknown
        }
        Room room = rooms.computeIfAbsent(channel, _ -> new Room(seed.version()));
        SharedPresence.Change change = room.put(listing, seed.check());
        if (change != null) {
            pushes.accept(channel, change);
        }
        return change;
    }

    /** As {@link SharedPresence#bury}; whether the lease lists others there. */
    public boolean bury(ChannelName channel, long lease, int countMax, SharedPresence.Seed seed) {
        Room room = rooms.get(channel);
        if (room == null) {
            return false;
        }
        List<String> listed = room.listedBy(lease);
        int count = Math.min(countMax, listed.size());
        for (int i = 0; i < count; i++) {
            put(
                    channel,
                    new SharedPresence.Listing(lease, listed.get(i), SharedPresence.ABSENT),
                    new SharedPresence.Seed(seed.check() + i, seed.version()));
        }
        return listed.size() > count;
    }

    /** As {@link SharedPresence#read}. */
    public SharedPresence.Read.Members read(ChannelName channel, long versionMin, long versionRaised, int check) {
        Room known = rooms.get(channel);
        if (known == null && versionMin == 0) {
            return new SharedPresence.Read.Members(SharedPresence.Stand.ORIGIN, List.of());
        }
        Room room = known == null ? new Room(0) : known;
        rooms.put(channel, room);
        if (room.stand.version() < versionMin) {
            pushes.accept(channel, room.raise(versionRaised, check));
        }
        return new SharedPresence.Read.Members(room.stand, room.members());
    }

    /** The stand of one channel, as {@link SharedPresence#stands}. */
    public SharedPresence.Stand stand(ChannelName channel) {
        Room room = rooms.get(channel);
        return room == null ? SharedPresence.Stand.ORIGIN : room.stand;
    }

    private static final class Room {

        private static final class Entry {
            private final long arrival;
            private final Map<Long, Integer> connections = new LinkedHashMap<>(2);

            private Entry(long arrival) {
                this.arrival = arrival;
            }
        }

        private SharedPresence.Stand stand;
        /** In the order in which they came. */
        private final Map<String, Entry> users = new LinkedHashMap<>();

        private Room(long version) {
            stand = new SharedPresence.Stand(0, 0, version);
        }

        private Room copy() {
            Room copy = new Room(0);
            copy.stand = stand;
            users.forEach((user, entry) -> {
                Entry copied = new Entry(entry.arrival);
                copied.connections.putAll(entry.connections);
                copy.users.put(user, copied);
            });
            return copy;
        }

        private SharedPresence.@Nullable Change put(SharedPresence.Listing listing, int check) {
            Entry entry = users.get(listing.user());
            int before = entry == null
                    ? SharedPresence.ABSENT
                    : entry.connections.getOrDefault(listing.lease(), SharedPresence.ABSENT);
            if (before == listing.connections()) {
                return null;
            }
            long version = stand.version();
            if (entry == null) {
                entry = new Entry(++version);
                users.put(listing.user(), entry);
            }
            if (listing.connections() == SharedPresence.ABSENT) {
                entry.connections.remove(listing.lease());
            } else {
                entry.connections.put(listing.lease(), listing.connections());
            }
            if (entry.connections.isEmpty()) {
                users.remove(listing.user());
                version++;
            }
            return follow(version, check, listing);
        }

        private SharedPresence.Change raise(long version, int check) {
            return follow(version, check, null);
        }

        private SharedPresence.Change follow(long version, int check, SharedPresence.@Nullable Listing listing) {
            int previous = stand.check();
            stand = new SharedPresence.Stand(stand.serial() + 1, check, version);
            return new SharedPresence.Change(stand, previous, listing);
        }

        private List<String> listedBy(long lease) {
            List<String> listed = new ArrayList<>();
            users.forEach((user, entry) -> {
                if (entry.connections.containsKey(lease)) {
                    listed.add(user);
                }
            });
            return listed;
        }

        private List<SharedPresence.Member> members() {
            List<SharedPresence.Member> members = new ArrayList<>();
            users.forEach((user, entry) -> entry.connections.forEach((lease, connections) -> members.add(
                    new SharedPresence.Member(entry.arrival, new SharedPresence.Listing(lease, user, connections)))));
            return members;
        }
    }
}
