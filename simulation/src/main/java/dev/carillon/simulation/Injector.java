package dev.carillon.simulation;

import dev.carillon.protocol.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings trouble, one after another. Each has dice of its own, so that leaving one out changes nothing of what the others are:
 * that is how a failing seed is shrunk.
 */
final class Injector {

    private final World world;
    private final Machine machine;
    private final Dice dice;
    private final Set<Integer> without;
    private final List<Trouble> kinds = new ArrayList<>();
    private int count;
    private boolean isOver;

    Injector(World world, Machine machine, Dice dice, Set<Integer> without) {
        this.world = world;
        this.machine = machine;
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
        machine.disk.heal();
        machine.judge.slowUntil = 0;
        world.network().heal();
        machine.links().forEach(link -> {
            link.up.heal();
            link.down.heal();
        });
        machine.start();
    }

    private void strike(Trouble trouble, Dice own) {
        switch (trouble.group) {
            case NODE -> strikeNode(trouble, own);
            case CLOCK -> strikeClock(trouble, own);
            case DISK -> strikeDisk(trouble, own);
            case NETWORK -> strikeNetwork(trouble, own);
            case REQUEST -> strikeRequests(trouble, until(own, 5 * Agenda.SECOND));
            case DECISION -> {
                machine.judge.slowUntil = until(own, 4 * Agenda.SECOND);
                machine.excuses.excuse(Code.DECISION_LATE, machine.judge.slowUntil);
            }
            case CONSEQUENCE -> throw new AssertionError(trouble + " cannot be injected");
        }
    }

    private long until(Dice own, long nanosMax) {
        return world.agenda().now() + own.between(Agenda.MILLI, nanosMax);
    }

    private void strikeNode(Trouble trouble, Dice own) {
        if (!machine.isUp()) {
            return;
        }
        if (trouble == Trouble.OWNER_PAUSED) {
            world.tally().reached(trouble);
            Owner owner = machine.someOwner(own);
            owner.pause();
            world.agenda().at(until(own, 2 * Agenda.SECOND), owner::resume);
            return;
        }
        if (trouble == Trouble.POWER_LOST) {
            machine.losePower();
        } else {
            machine.kill();
        }
        world.agenda().at(until(own, 3 * Agenda.SECOND), machine::start);
    }

    private void strikeClock(Trouble trouble, Dice own) {
        world.tally().reached(trouble);
        long millis = own.oneIn(3) ? own.between(1L, 30 * 60_000L) : own.between(1L, 5_000L);
        machine.setClock(trouble == Trouble.CLOCK_FORWARDS ? millis : -millis);
    }

    private void strikeDisk(Trouble trouble, Dice own) {
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
        List<Link> links = machine.links();
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
