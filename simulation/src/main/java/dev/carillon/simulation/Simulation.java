package dev.carillon.simulation;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Plays one order: nodes with their clients, under trouble for a number of steps; then without, until everything is made good.
 * One thread, no clock but its own.
 */
final class Simulation {

    private static final long SETTLE_MAX = 60 * Agenda.SECOND;
    /** So long trouble goes on where several nodes share a log, though nobody begins to publish any more. */
    private static final long QUIET = 3 * Agenda.SECOND;

    private static final long GLANCE = Agenda.SECOND / 2;

    private final Order order;
    private final World world;
    private final Fleet fleet;
    private final Injector injector;
    private final List<Client> clients = new ArrayList<>();
    private final List<Poller> pollers = new ArrayList<>();
    private final List<Poster> posters = new ArrayList<>();
    private final List<Eraser> erasers = new ArrayList<>();

    private Simulation(Order order) {
        this.order = order;
        Dice dice = new Dice(order.seed());
        Scenario scenario = Scenario.of(dice.fork(10));
        this.world = World.of(scenario, dice.fork(11));
        for (int i = 0; i < scenario.channels().size(); i++) {
            world.ledger()
                    .add(new ChannelName("channel:" + i), scenario.channels().get(i));
        }
        this.fleet = Fleet.of(world);
        this.injector = new Injector(world, fleet, dice.fork(12), order.without());
        int count = Math.min(scenario.clients(), order.clients());
        for (int i = 0; i < count; i++) {
            clients.add(new Client(world, fleet, i, dice.fork(1000 + i)));
        }
        for (int i = 0; i < scenario.pollers(); i++) {
            pollers.add(new Poller(world, fleet, i, dice.fork(2000 + i)));
        }
        for (int i = 0; i < scenario.posters(); i++) {
            posters.add(new Poster(world, fleet, 10_000 + i, dice.fork(3000 + i)));
        }
        if (scenario.erases()) {
            erasers.add(new Eraser(world, fleet, dice.fork(4000)));
        }
    }

    static Result run(Order order) {
        Simulation simulation = new Simulation(order);
        Violation violation = null;
        try {
            simulation.play();
        } catch (Violation e) {
            violation = e;
        } catch (RuntimeException | AssertionError e) {
            violation = new Violation(Invariant.ENGINE, "the engine threw " + e, e);
        }
        return simulation.result(violation);
    }

    private Result result(@Nullable Violation violation) {
        Tally tally = world.tally();
        tally.seeds = 1;
        tally.steps = world.agenda().steps();
        tally.virtualNanos = world.agenda().now();
        List<String> last = violation == null ? List.of() : world.trace().last();
        return new Result(order, tally, world.trace().hash(), injector.count(), violation, last);
    }

    private void play() {
        fleet.start();
        clients.forEach(Client::begin);
        pollers.forEach(Poller::begin);
        posters.forEach(Poster::begin);
        erasers.forEach(Eraser::begin);
        injector.begin();
        while (world.agenda().steps() < order.steps() && world.agenda().step()) {
            // Each step checks what it touches.
        }
        settle();
    }

    private void settle() {
        world.trace().add("calms down", "everything", null);
        if (fleet.hub() == null) {
            injector.end();
        }
        clients.forEach(Client::calmDown);
        posters.forEach(Poster::calmDown);
        erasers.forEach(Eraser::calmDown);
        if (fleet.hub() != null) {
            // What is published last must be subject to trouble too: nothing that comes behind it makes it good.
            long quiet = world.agenda().now() + QUIET;
            while (world.agenda().now() < quiet && world.agenda().step()) {
                // Each step checks what it touches.
            }
            injector.end();
        }
        long end = world.agenda().now() + SETTLE_MAX;
        long glance = world.agenda().now() + GLANCE;
        while (world.agenda().step()) {
            if (world.agenda().now() >= glance) {
                glance = world.agenda().now() + GLANCE;
                String complaint = complaint();
                if (complaint == null) {
                    break;
                }
                if (world.agenda().now() > end) {
                    throw new Violation(Invariant.CONVERGES, complaint);
                }
            }
        }
        clients.removeIf(Client::isGone);
        for (Client client : clients) {
            client.interests().forEach(interest -> interest.held.checkWhole());
        }
        pollers.forEach(Poller::checkWhole);
    }

    /** What is not made good yet; null where all is. */
    private @Nullable String complaint() {
        for (Client client : clients) {
            String complaint = client.complaint();
            if (complaint != null) {
                return complaint;
            }
        }
        for (Poller poller : pollers) {
            if (!poller.isSatisfied()) {
                return poller + " has not all there is: " + poller.lacks();
            }
        }
        for (Poster poster : posters) {
            if (!poster.isDone()) {
                return poster + " waits for an answer";
            }
        }
        return complaintAboutPresence();
    }

    private @Nullable String complaintAboutPresence() {
        for (Lineage lineage : world.ledger().lineages()) {
            Set<String> here = new TreeSet<>();
            for (Client client : clients) {
                String user = client.principal.name();
                for (Interest interest : client.interests()) {
                    if (interest.held.lineage == lineage && interest.attends && user != null && !client.isGone()) {
                        here.add(user);
                    }
                }
            }
            for (Client client : clients) {
                for (Interest interest : client.interests()) {
                    boolean isTold = interest.held.lineage == lineage && interest.attends && !client.isGone();
                    if (isTold && !interest.presence.users().equals(here)) {
                        return client + " sees " + interest.presence.users() + " in " + lineage + " where " + here
                                + " are";
                    }
                }
            }
        }
        return null;
    }
}
