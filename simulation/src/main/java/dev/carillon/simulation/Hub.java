package dev.carillon.simulation;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.PresenceMemory;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedMemory;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The log that several nodes share, as one process somewhere: it does what it is asked in the order in which that arrives, and
 * pushes what was appended to all who follow. It can end, come back with all it had, or be taken over by a copy that has not
 * got its newest records, though they were acknowledged.
 */
final class Hub {

    private static final long BEGIN_MILLIS = 1_764_000_000_000L;
    /** A copy lags by at most so many records. */
    private static final int LAG_MAX = 40;

    private final World world;
    private final Dice dice;
    private final SharedMemory memory;
    private PresenceMemory presence = new PresenceMemory(this::millis, this::onPresence);
    /** That of a copy, which lags. */
    private PresenceMemory lagging = presence.copy();
    /** How many changes of presence the copy has not got. */
    private int presenceLag;

    private final List<HubLink> links = new ArrayList<>();
    /** The channels of the newest records, in their order. */
    private final ArrayDeque<ChannelName> newest = new ArrayDeque<>();

    private boolean isUp = true;
    long stalledUntil;
    long losingPushesUntil;
    long delayingPushesUntil;
    long doublingPushesUntil;

    Hub(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
        this.memory = new SharedMemory(this::millis);
    }

    private long millis() {
        long millis = BEGIN_MILLIS + world.agenda().now() / Agenda.MILLI;
        world.ledger().onDate(millis);
        return millis;
    }

    HubLink link(Machine machine) {
        HubLink link = new HubLink(world, this, machine, dice.fork(links.size() + 1L));
        links.add(link);
        return link;
    }

    SharedMemory memory() {
        return memory;
    }

    PresenceMemory presence() {
        return presence;
    }

    private void onPresence(ChannelName channel, SharedPresence.Change change) {
        world.trace().add("presence", channel, change);
        if (presenceLag++ == LAG_MAX) {
            presenceLag = 0;
            lagging = presence.copy();
        }
        links.forEach(link -> link.push(channel, change));
    }

    boolean isUp() {
        return isUp;
    }

    SharedLog.Appended append(ChannelName channel, ChannelSettings settings, SharedLog.Entry entry) {
        SharedLog.Appended appended = memory.append(channel, settings, entry);
        if (appended instanceof SharedLog.Appended.Stored(long epoch, LogRecord record)) {
            world.trace().add("writes", channel, record);
            world.ledger().of(channel).onWritten(epoch, record);
            world.ledger().of(channel).onStored(record.offset());
            newest.add(channel);
            if (newest.size() > LAG_MAX) {
                newest.removeFirst();
            }
            links.forEach(link -> link.push(channel, epoch, record));
        }
        return appended;
    }

    /** Everything of a channel goes, and with it what a copy could lack. */
    void purge(ChannelName channel) {
        memory.purge(channel);
        newest.removeIf(channel::equals);
        Lineage lineage = world.ledger().of(channel);
        world.trace().add("purges", channel, null);
        lineage.onPurged();
        lineage.onPurgeStored();
        // Whose publish went with it may be told that nobody knows.
        links.forEach(HubLink::excuseDoubt);
    }

    SharedLog.Redacted redact(ChannelName channel, ChannelSettings settings, Position position) {
        SharedLog.Redacted redacted = memory.redact(channel, settings, position);
        if (redacted instanceof SharedLog.Redacted.Done done) {
            world.trace().add("redacts", channel, done);
            links.forEach(link -> link.push(channel, done));
        }
        return redacted;
    }

    void signal(ChannelName channel, SharedLog.Signal signal) {
        world.trace().add("signals", channel, signal);
        links.forEach(link -> link.push(channel, signal));
    }

    // ---- what becomes of a push

    boolean losesPush() {
        return meets(losingPushesUntil, Trouble.PUSH_LOST);
    }

    boolean doublesPush() {
        return meets(doublingPushesUntil, Trouble.PUSH_TWICE);
    }

    boolean delaysPush() {
        return meets(delayingPushesUntil, Trouble.PUSH_LATE);
    }

    private boolean meets(long until, Trouble trouble) {
        boolean does = world.agenda().now() < until && dice.oneIn(3);
        if (does) {
            world.tally().reached(trouble);
        }
        return does;
    }

    // ---- ends

    /** It ends, and every connection with it; what it had is kept. */
    void kill() {
        if (isUp) {
            world.trace().add("ends", "the shared log", null);
            isUp = false;
            List.copyOf(links).forEach(HubLink::onHubEnds);
        }
    }

    void start() {
        isUp = true;
    }

    /** A copy takes over that has not got the newest so many records. */
    void loseNewest(int count) {
        for (int i = 0; i < count && !newest.isEmpty(); i++) {
            ChannelName channel = newest.removeLast();
            boolean isGone = memory.loseNewest(channel);
            world.trace().add("loses", channel, null);
            world.ledger().of(channel).onLostByHub(isGone);
        }
        presence = lagging;
        lagging = presence.copy();
        presenceLag = 0;
    }

    /** A copy takes over that is empty. */
    void loseAll() {
        newest.clear();
        presence = new PresenceMemory(this::millis, this::onPresence);
        lagging = presence.copy();
        presenceLag = 0;
        for (Lineage lineage : world.ledger().lineages()) {
            memory.purge(lineage.name);
            lineage.onLostByHub(true);
        }
    }

    int newestCount() {
        return newest.size();
    }

    void onLinkOver(HubLink link) {
        links.remove(link);
    }

    void heal() {
        isUp = true;
        stalledUntil = 0;
        losingPushesUntil = 0;
        delayingPushesUntil = 0;
        doublingPushesUntil = 0;
    }
}
