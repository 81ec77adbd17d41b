package dev.carillon.simulation;

import dev.carillon.engine.ChannelCatalog;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Durability;
import dev.carillon.engine.EmbeddedBroker;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.SharedBroker;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A machine with a disk and a clock, and the node that runs on it, one life after another. */
final class Machine implements Clock, ChannelCatalog, SimulatedLog.Watcher {

    private static final long BEGIN_MILLIS = 1_764_000_000_000L;

    final DiskState disk = new DiskState();
    final Excuses excuses = new Excuses();
    final Judge judge;
    private final World world;
    private final int number;
    /** The log that it shares with others; null where it keeps its own. */
    private final @Nullable Hub hub;

    private final Dice dice;
    private final SimulatedLog log;
    private final List<HubLink> hubLinks = new ArrayList<>();
    private final List<Owner> owners = new ArrayList<>();
    private final List<Loop> loops = new ArrayList<>();
    private final Set<Link> links = new LinkedHashSet<>();
    private @Nullable Node node;
    private long clockOffsetMillis;
    long cutOffUntil;

    Machine(World world, int number, @Nullable Hub hub) {
        this.world = world;
        this.number = number;
        this.hub = hub;
        this.dice = world.dice().fork(100 + number);
        this.judge = new Judge(world.agenda(), dice.fork(1), world.tally());
        this.log = new SimulatedLog(world.agenda(), dice.fork(2), disk, world.tally(), this);
    }

    // ---- lives

    void start() {
        if (node != null) {
            return;
        }
        world.trace().add("starts", this, null);
        if (hub == null) {
            world.ledger().lineages().forEach(Lineage::onOpened);
        }
        List<Node.ShardPorts> shards = new ArrayList<>();
        for (int i = 0; i < world.scenario().owners(); i++) {
            Owner owner = new Owner(world.agenda());
            owners.add(owner);
            loops.add(new Loop(owner, owner));
            shards.add(new Node.ShardPorts(owner, owner));
        }
        Scenario scenario = world.scenario();
        EngineCounters counters = new EngineCounters();
        Node.Ports ports = new Node.Ports(
                this,
                dice,
                judge,
                this,
                scenario.limits(),
                counters,
                new ServerMessage.Limits(65_536, 4096, scenario.limits().subscriptionsMax(), 900_000, 10_000, 2000));
        WatchedMemory memory = new WatchedMemory(this);
        node = new Node(
                ports,
                shards,
                owner -> hub == null
                        ? new EmbeddedBroker(owner.mailbox(), this, dice, memory, log, scenario.limits())
                        : new SharedBroker(owner, this, dice, linkTo(hub), scenario.shared(), counters));
    }

    private HubLink linkTo(Hub shared) {
        HubLink link = shared.link(this);
        hubLinks.add(link);
        return link;
    }

    List<HubLink> hubLinks() {
        return hubLinks;
    }

    /** Whether nothing passes between it and the shared log. */
    boolean isCutOff() {
        return world.agenda().now() < cutOffUntil;
    }

    boolean isUp() {
        return node != null;
    }

    /** The process ends in the middle of what it does. */
    void kill() {
        if (node == null) {
            return;
        }
        world.tally().reached(Trouble.NODE_KILLED);
        end(false);
        links.forEach(Link::cut);
        links.clear();
    }

    /** The machine ends, and nobody is told. */
    void losePower() {
        if (node == null) {
            return;
        }
        world.tally().reached(Trouble.POWER_LOST);
        end(true);
        links.forEach(Link::vanish);
        links.clear();
    }

    private void end(boolean isPowerLost) {
        world.trace().add(isPowerLost ? "loses power" : "is killed", this, null);
        owners.forEach(Owner::end);
        owners.clear();
        loops.clear();
        node = null;
        hubLinks.forEach(HubLink::end);
        hubLinks.clear();
        if (hub != null) {
            return;
        }
        log.crash(isPowerLost);
        for (Lineage lineage : world.ledger().lineages()) {
            if (lineage.settings.durability() == Durability.MEMORY) {
                lineage.onAllLost(Durability.DISK);
            }
        }
    }

    /** What it suffers ends. */
    void heal() {
        disk.heal();
        judge.slowUntil = 0;
        cutOffUntil = 0;
        hubLinks.forEach(link -> link.silentUntil = 0);
        links().forEach(link -> {
            link.up.heal();
            link.down.heal();
        });
    }

    // ---- connections

    /** Somebody connects; false where there is nobody to take it. */
    boolean accept(Link link, Client client) {
        Node current = node;
        if (current == null) {
            return false;
        }
        links.removeIf(Link::isOver);
        links.add(link);
        ServerEnd end = new ServerEnd(world, this, someLoop(), link);
        link.join(client.endOf(link, end), end);
        end.begin(current, client.principal, client.session);
        return true;
    }

    /** The node as it runs now; null while it doesn't. */
    @Nullable
    Node node() {
        return node;
    }

    Loop someLoop() {
        return loops.get(dice.below(loops.size()));
    }

    boolean isCurrent(Loop loop) {
        return loops.contains(loop);
    }

    Owner someOwner(Dice chooser) {
        return owners.get(chooser.below(owners.size()));
    }

    List<Link> links() {
        links.removeIf(Link::isOver);
        return List.copyOf(links);
    }

    // ---- ports

    @Override
    public long millis() {
        long millis = BEGIN_MILLIS + clockOffsetMillis + world.agenda().now() / Agenda.MILLI;
        world.ledger().onDate(millis);
        return millis;
    }

    @Override
    public long nanos() {
        return world.agenda().now();
    }

    void setClock(long byMillis) {
        clockOffsetMillis += byMillis;
        world.trace().add("sets clock", this, byMillis);
    }

    @Override
    public @Nullable ChannelSettings settingsOf(ChannelName channel) {
        return world.ledger().settingsOf(channel);
    }

    // ---- what the log keeps

    @Override
    public void onWritten(ChannelName channel, long epoch, LogRecord record) {
        world.trace().add("writes", channel, record);
        world.ledger().of(channel).onWritten(epoch, record);
    }

    @Override
    public void onStored(ChannelName channel, long offset) {
        world.ledger().of(channel).onStored(offset);
    }

    @Override
    public void onLost(ChannelName channel) {
        world.trace().add("loses", channel, null);
        world.ledger().of(channel).onUnwritten(Durability.FSYNC);
    }

    @Override
    public void onPurged(ChannelName channel) {
        world.trace().add("purges", channel, null);
        world.ledger().of(channel).onPurged();
    }

    @Override
    public void onPurgeStored(ChannelName channel) {
        world.ledger().of(channel).onPurgeStored();
    }

    @Override
    public void onPurgeLost(ChannelName channel) {
        world.trace().add("loses the purge", channel, null);
        world.ledger().of(channel).onPurgeLost();
    }

    @Override
    public void onRedacted(ChannelName channel, long offset) {
        world.trace().add("redacts", channel, offset);
        world.ledger().of(channel).onRedacted(offset);
    }

    @Override
    public void onRedactionLost(ChannelName channel, long epoch, long offset, int check) {
        world.trace().add("loses the redaction", channel, offset);
        world.ledger().of(channel).onRedactionLost(epoch, offset, check);
    }

    @Override
    public String toString() {
        return "node " + number;
    }

    /** Whom a user proves to be. */
    static Principal principalOf(@Nullable String user) {
        return user == null ? Principal.ANONYMOUS : new Principal(user, user);
    }
}
