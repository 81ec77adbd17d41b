package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.List;
import java.util.function.Consumer;

/** A reader that owns nothing but its position, and asks for what follows it, again and again, each time anew. */
final class Poller {

    private static final long WAIT = 2 * Agenda.SECOND;
    private static final long PATIENCE = 5 * Agenda.SECOND;

    private final World world;
    private final Fleet fleet;
    private final int number;
    private final Dice dice;
    private final Held held;
    /** The number of the request whose answer counts. */
    private long request;

    Poller(World world, Fleet fleet, int number, Dice dice) {
        this.world = world;
        this.fleet = fleet;
        this.number = number;
        this.dice = dice;
        List<Lineage> lineages = world.ledger().kept();
        this.held = Held.of(lineages.get(dice.below(lineages.size())), dice);
    }

    void begin() {
        world.agenda().after(dice.between(0, Agenda.SECOND), this::poll);
    }

    boolean isSatisfied() {
        return held.isAtHead();
    }

    /** What it holds, for who reads about a violation. */
    Held lacks() {
        return held;
    }

    void checkWhole() {
        held.checkWhole();
    }

    private void poll() {
        long asked = ++request;
        Position after = held.position();
        world.tally().polls++;
        // A page cannot be asked for what is tracked.
        boolean isPage = held instanceof MapHeld && held.wanted() == null && dice.oneIn(2);
        world.network().carryRequest(() -> {
            Consumer<Object> answer = told -> world.network().carryAnswer(() -> onAnswer(asked, told));
            if (isPage) {
                RequestEnd.page(world, fleet.some(dice), held.lineage, after, answer);
            } else {
                RequestEnd.poll(world, fleet.some(dice), held.lineage, after, held.wanted(), WAIT, answer);
            }
        });
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
            if (held instanceof Following following && (page.gap() != null || following.position() == null)) {
                following.restart(page.start());
            }
            for (Publication publication : page.publications()) {
                held.take(publication);
            }
        } else if (answer instanceof RequestEnd.MapPage page) {
            page.messages().forEach(this::hear);
        }
        world.agenda().after(dice.spread(20 * Agenda.MILLI), this::poll);
    }

    private void hear(ServerMessage told) {
        if (told instanceof ServerMessage.Delivery(Publication publication)) {
            held.take(publication);
        } else if (told instanceof ServerMessage.Subscribed subscribed) {
            held.onSubscribed(subscribed);
        } else {
            held.onMapMessage(told);
        }
    }

    @Override
    public String toString() {
        return "poller " + number;
    }
}
