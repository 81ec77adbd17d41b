package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The list of who is present in pages, each as of a version that may lie back as far as differences are remembered. Owned by
 * the channel's shard.
 *
 * <p><b>No copy of the list is kept.</b> Users stand in the order in which they came, and whoever came has the version of
 * its coming. So the list as of version <i>v</i> is: of those who are here the ones who came by <i>v</i>, and of those who
 * have left after <i>v</i> the ones who had come by then, which the remembered differences know. A reader of pages may take
 * as much time, and stop, as it likes.
 *
 * <p><b>Shared pages.</b> Where thousands come at once, each is to be given a list that nobody was given before. Instead of
 * writing it out for each of them, they are given the pages of a version that lies a little back, which are made once, and
 * then the differences since, which are made once too. A little is at most an eighth of the list, so that those differences
 * cost less than they save, and half of what is remembered, so that there is time for the pages; in a small channel
 * everybody is given the list as it is.
 */
final class PresencePages {

    private static final int SHARE = 8;

    /** One page, and where the next one begins; null for the last. */
    record Page(EncodedEvent event, @Nullable PresenceCursor next) {}

    private final ChannelName channel;
    private final PresentUsers present;
    private final ArrayDeque<Presence.Difference> recent;
    private final EngineCounters counters;
    private final int usersMax;

    /** Those of the shared version that were made, by the arrival that they follow. */
    private final Map<Long, Page> shared = new HashMap<>();

    private long sharedVersion;
    /** How often anything has changed since, also what counts up no version. */
    private int changes;

    /**
     * @param recent the newest differences, which their owner adds to and takes from
     * @param usersMax the most users in a page
     */
    PresencePages(
            ChannelName channel,
            PresentUsers present,
            ArrayDeque<Presence.Difference> recent,
            EngineCounters counters,
            int usersMax) {
        this.channel = channel;
        this.present = present;
        this.recent = recent;
        this.counters = counters;
        this.usersMax = usersMax;
    }

    /** Something has changed that a list shows. */
    void onChange() {
        changes++;
        if (present.size() == 0) {
            onReplaced();
        }
    }

    /** No version up to now is remembered any more. */
    void onReplaced() {
        shared.clear();
        sharedVersion = 0;
    }

    /**
     * Where a reader begins that is going to follow.
     *
     * @param version the present one
     */
    PresenceCursor beginning(long version) {
        boolean isNear =
                sharedVersion > 0 && changes <= present.size() / SHARE && version - sharedVersion <= recent.size() / 2;
        if (!isNear) {
            shared.clear();
            sharedVersion = version;
            changes = 0;
        }
        return PresenceCursor.beginning(sharedVersion);
    }

    /** A page for readers; its version must be remembered. */
    Page page(PresenceCursor at) {
        if (at.version() != sharedVersion) {
            return made(at);
        }
        Page page = shared.get(at.arrival());
        if (page == null) {
            page = made(at);
            shared.put(at.arrival(), page);
        }
        return page;
    }

    private Page made(PresenceCursor at) {
        ServerMessage.PresenceList list = list(at, usersMax);
        String next = list.next();
        return new Page(EncodedEvent.of(list), next == null ? null : PresenceCursor.parse(next));
    }

    /**
     * A page as of the cursor's version, which must be remembered.
     *
     * @param wanted at most so many users, as far as the limit allows; 0 for as many as that
     */
    ServerMessage.PresenceList list(PresenceCursor at, int wanted) {
        int max = wanted == 0 ? usersMax : Math.min(wanted, usersMax);
        List<Roster.Arrived> users = asOf(at, max + 1);
        boolean isLast = users.size() <= max;
        List<Roster.Arrived> told = isLast ? users : users.subList(0, max);
        counters.presenceListed.add(told.size());
        return new ServerMessage.PresenceList(
                null,
                channel,
                at.version(),
                at.isBeginning() ? null : at.toString(),
                told.stream()
                        .map(user -> new ServerMessage.Present(user.user(), user.connections()))
                        .toList(),
                isLast ? null : new PresenceCursor(at.version(), told.getLast().arrival()).toString());
    }

    /** Those who follow the cursor, the first so many of them. */
    private List<Roster.Arrived> asOf(PresenceCursor at, int count) {
        List<Roster.Arrived> users = present.arrived(at.arrival(), at.version(), count);
        List<Roster.Arrived> gone = new ArrayList<>();
        for (Presence.Difference difference : recent) {
            Roster.Arrived left = difference.left();
            if (left != null && difference.version() > at.version() && at.isBefore(left.arrival())) {
                gone.add(left);
            }
        }
        if (gone.isEmpty()) {
            return users;
        }
        gone.addAll(users);
        gone.sort(Comparator.comparingLong(Roster.Arrived::arrival));
        return gone.subList(0, Math.min(count, gone.size()));
    }
}
