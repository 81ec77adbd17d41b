package dev.carillon.simulation;

import dev.carillon.protocol.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings trouble, one after another. Each has dice of its own, so that leaving one out changes nothing of what the others are:
 * that is how a failing seed is shrunk.
 */
final class Injector {

    private final World world;
    private final Fleet fleet;
    private final Dice dice;
    private final Set<Integer> without;
    private final List<Trouble> kinds = new ArrayList<>();
    private int count;
    private boolean isOver;

    Injector(World world, Fleet fleet, Dice dice, Set<Integer> without) {
        this.world = world;
        this.fleet = fleet;
        this.dice = dice;
        this.without = without;
        for (Trouble trouble : Trouble.values()) {
            if (world.scenario().troubles().contains(trouble)) {
                kinds.add(trouble);
            }
        }
    }

    /** How many there were. */
    int count() {
        return count;
    }

    void begin() {
        if (!kinds.isEmpty()) {
            later();
        }
    }

    private void later() {
        Dice own = dice.fork(count);
        world.agenda().after(own.spread(world.scenario().troubleNanos()), () -> {
            if (isOver) {
                return;
            }
            if (!without.contains(count)) {
                Trouble trouble = kinds.get(own.below(kinds.size()));
                world.trace().add("trouble " + count, trouble, null);
                strike(trouble, own);
            }
            count++;
            later();
        });
    }

    /** No trouble from now on, and what there is ends. */
    void end() {
        isOver = true;
        world.network().heal();
        Hub hub = fleet.hub();
        if (hub != null) {
            hub.heal();
        }
        fleet.machines().forEach(Machine::heal);
        fleet.start();
    }

    private void strike(Trouble trouble, Dice own) {
        switch (trouble.group) {
            case NODE -> strikeNode(trouble, own);
            case CLOCK -> strikeClock(trouble, own);
            case DISK -> strikeDisk(trouble, own);
            case NETWORK -> strikeNetwork(trouble, own);
            case REQUEST -> strikeRequests(trouble, until(own, 5 * Agenda.SECOND));
            case HUB -> strikeHub(trouble, own);
            case DECISION -> {
                Machine machine = fleet.some(own);
                machine.judge.slowUntil = until(own, 4 * Agenda.SECOND);
                machine.excuses.excuse(Code.DECISION_LATE, machine.judge.slowUntil);
                world.ledger().ofAnyNode.excuse(Code.DECISION_LATE, machine.judge.slowUntil);
            }
            case CONSEQUENCE -> throw new AssertionError(trouble + " cannot be injected");
        }
    }

    private long until(Dice own, long nanosMax) {
        return world.agenda().now() + own.between(Agenda.MILLI, nanosMax);
    }

    private void strikeNode(Trouble trouble, Dice own) {
        Machine machine = fleet.some(own);
        if (!machine.isUp()) {
            return;
        }
        if (trouble == Trouble.OWNER_PAUSED) {
            world.tally().reached(trouble);
            Owner owner = machine.someOwner(own);
            owner.pause();
            long until = until(own, 2 * Agenda.SECOND);
            machine.excuses.blind(until);
            world.agenda().at(until, owner::resume);
            return;
        }
        if (trouble == Trouble.POWER_LOST) {
            machine.losePower();
        } else {
            machine.kill();
        }
        world.agenda().at(until(own, 3 * Agenda.SECOND), machine::start);
    }

    private void strikeHub(Trouble trouble, Dice own) {
        Hub hub = Objects.requireNonNull(fleet.hub(), "no node shares anything");
        switch (trouble) {
            case PUSH_LOST -> hub.losingPushesUntil = until(own, 5 * Agenda.SECOND);
            case PUSH_TWICE -> hub.doublingPushesUntil = until(own, 5 * Agenda.SECOND);
            case PUSH_LATE -> hub.delayingPushesUntil = until(own, 5 * Agenda.SECOND);
            case FEED_SILENT -> {
                long until = until(own, 8 * Agenda.SECOND);
                fleet.some(own).hubLinks().forEach(link -> link.silentUntil = until);
            }
            case HUB_LINK_CUT -> {
                Machine machine = fleet.some(own);
                machine.excuses.excuse(Code.BROKER_AWAY, world.agenda().now());
                List.copyOf(machine.hubLinks()).forEach(HubLink::cut);
            }
            case CUT_OFF -> {
                Machine machine = fleet.some(own);
                machine.cutOffUntil = until(own, 8 * Agenda.SECOND);
                excuse(machine, machine.cutOffUntil);
            }
            case HUB_STALLED -> {
                hub.stalledUntil = until(own, 6 * Agenda.SECOND);
                fleet.machines().forEach(machine -> excuse(machine, hub.stalledUntil));
            }
            case HUB_KILLED, HUB_FAILED_OVER, HUB_EMPTIED -> endHub(hub, trouble, own);
            default -> throw new AssertionError(trouble + " is nothing of a shared log's");
        }
    }

    private void endHub(Hub hub, Trouble trouble, Dice own) {
        world.tally().reached(trouble);
        hub.kill();
        if (trouble == Trouble.HUB_FAILED_OVER) {
            hub.loseNewest(own.oneIn(2) ? own.between(1, 3) : own.between(0, hub.newestCount()));
        } else if (trouble == Trouble.HUB_EMPTIED) {
            hub.loseAll();
        }
        long until = until(own, 3 * Agenda.SECOND);
        fleet.machines().forEach(machine -> excuse(machine, until));
        world.agenda().at(until, hub::start);
        if (own.oneIn(2)) {
            // One that finds back later meets what others have written meanwhile.
            Machine late = fleet.some(own);
            late.cutOffUntil = until + own.between(0, 4 * Agenda.SECOND);
            excuse(late, late.cutOffUntil);
        }
    }

    private static void excuse(Machine machine, long until) {
        machine.excuses.excuse(Code.BROKER_AWAY, until);
        machine.excuses.blind(until);
    }

    private void strikeClock(Trouble trouble, Dice own) {
        world.tally().reached(trouble);
        long millis = own.oneIn(3) ? own.between(1L, 30 * 60_000L) : own.between(1L, 5_000L);
        fleet.some(own).setClock(trouble == Trouble.CLOCK_FORWARDS ? millis : -millis);
    }

    private void strikeDisk(Trouble trouble, Dice own) {
        Machine machine = fleet.some(own);
        DiskState disk = machine.disk;
        switch (trouble) {
            case DISK_SLOW -> disk.slowUntil = until(own, 3 * Agenda.SECOND);
            case DISK_FULL -> {
                disk.fullUntil = until(own, 3 * Agenda.SECOND);
                machine.excuses.excuse(Code.STORAGE_FULL, disk.fullUntil);
            }
            case WRITE_BROKEN -> {
                disk.writesBrokenUntil = until(own, Agenda.SECOND);
                machine.excuses.excuse(Code.STORAGE_FAULT, disk.writesBrokenUntil);
            }
            case READ_BROKEN -> {
                disk.readsBrokenUntil = until(own, Agenda.SECOND);
                machine.excuses.excuse(Code.STORAGE_FAULT, disk.readsBrokenUntil);
            }
            case DISK_BUSY -> {
                disk.busyUntil = until(own, 2 * Agenda.SECOND);
                machine.excuses.excuse(Code.OVERLOADED, disk.busyUntil);
            }
            default -> throw new AssertionError(trouble + " is nothing of a disk's");
        }
    }

    private void strikeNetwork(Trouble trouble, Dice own) {
        if (trouble == Trouble.UNREACHABLE) {
            world.network().unreachableUntil = until(own, 3 * Agenda.SECOND);
            return;
        }
        switch (trouble) {
            case LINK_CUT ->
                onSomeLink(own, link -> {
                    world.tally().reached(trouble);
                    link.cut();
                });
            case LINK_STALLED -> {
                long until = until(own, 5 * Agenda.SECOND);
                onSomeLink(own, link -> (own.oneIn(2) ? link.up : link.down).stall(until));
            }
            case SILENT_UP -> onSomeLink(own, link -> link.up.silence());
            case SILENT_DOWN -> onSomeLink(own, link -> link.down.silence());
            case READER_SLOW -> {
                long until = until(own, 10 * Agenda.SECOND);
                long pace = own.between(5 * Agenda.MILLI, 300 * Agenda.MILLI);
                onSomeLink(own, link -> link.down.pace(pace, until));
            }
            default -> throw new AssertionError(trouble + " is nothing of a network's");
        }
    }

    private void onSomeLink(Dice own, Consumer<Link> what) {
        List<Link> links = fleet.some(own).links();
        if (!links.isEmpty()) {
            what.accept(links.get(own.below(links.size())));
        }
    }

    private void strikeRequests(Trouble trouble, long until) {
        Network network = world.network();
        switch (trouble) {
            case REQUEST_LOST -> network.losingRequestsUntil = until;
            case REQUEST_TWICE -> network.doublingRequestsUntil = until;
            case REQUEST_LATE -> network.delayingRequestsUntil = until;
            case ANSWER_LOST -> network.losingAnswersUntil = until;
            default -> throw new AssertionError(trouble + " is nothing of a request's");
        }
    }
}
