package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machines of one simulation, and the log that their nodes share. Clients come to any of them. */
final class Fleet {

    private final List<Machine> machines;
    private final @Nullable Hub hub;

    private Fleet(List<Machine> machines, @Nullable Hub hub) {
        this.machines = machines;
        this.hub = hub;
    }

    static Fleet of(World world) {
        Hub hub = world.scenario().isShared() ? new Hub(world, world.dice().fork(99)) : null;
        List<Machine> machines = new ArrayList<>();
        for (int i = 0; i < world.scenario().nodes(); i++) {
            machines.add(new Machine(world, i, hub));
        }
        return new Fleet(List.copyOf(machines), hub);
    }

    List<Machine> machines() {
        return machines;
    }

    /** The log that they share; null where there is one node that keeps its own. */
    @Nullable
    Hub hub() {
        return hub;
    }

    Machine some(Dice dice) {
        return machines.size() == 1 ? machines.getFirst() : machines.get(dice.below(machines.size()));
    }

    void start() {
        machines.forEach(Machine::start);
    }
}
