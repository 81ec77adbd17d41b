package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.List;

/** A reader that owns nothing but its position, and asks for what follows it, again and again, each time anew. */
final class Poller {

    private static final long WAIT = 2 * Agenda.SECOND;
    private static final long PATIENCE = 5 * Agenda.SECOND;

    private final World world;
    private final Fleet fleet;
    private final int number;
    private final Dice dice;
    private final Following following;
    /** The number of the request whose answer counts. */
    private long request;

    Poller(World world, Fleet fleet, int number, Dice dice) {
        this.world = world;
        this.fleet = fleet;
        this.number = number;
        this.dice = dice;
        List<Lineage> lineages = world.ledger().lineages();
        this.following = new Following(lineages.get(dice.below(lineages.size())));
    }

    void begin() {
        world.agenda().after(dice.between(0, Agenda.SECOND), this::poll);
    }

    boolean isSatisfied() {
        return following.isAtHead();
    }

    void checkWhole() {
        following.checkWhole();
    }

    private void poll() {
        long asked = ++request;
        Position after = following.position();
        world.tally().polls++;
        world.network()
                .carryRequest(() -> RequestEnd.poll(
                        world,
                        fleet.some(dice),
                        following.lineage,
                        after,
                        WAIT,
                        answer -> world.network().carryAnswer(() -> onAnswer(asked, answer))));
        world.agenda().after(PATIENCE, () -> {
            if (request == asked) {
                poll();
            }
        });
    }

    private void onAnswer(long asked, Object answer) {
        if (asked != request) {
            return; // of an earlier request, or a second one of this
        }
        request++;
        if (answer instanceof RequestEnd.Page page) {
            if (page.gap() != null || following.position() == null) {
                following.restart(page.start());
            }
            for (Publication publication : page.publications()) {
                following.take(publication, world.ledger().attemptOf(publication.data()));
            }
        }
        world.agenda().after(dice.spread(20 * Agenda.MILLI), this::poll);
    }

    @Override
    public String toString() {
        return "poller " + number;
    }
}
