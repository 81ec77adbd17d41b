package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Action;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A publisher that sends each publish as a request of its own, with the same idempotency key until it is answered. */
final class Poster {

    private static final long PATIENCE = 3 * Agenda.SECOND;

    private final World world;
    private final Fleet fleet;
    private final int number;
    private final Dice dice;
    private final Lineage lineage;
    private final Principal principal;
    private @Nullable Attempt pending;
    private long request;
    private boolean isCalm;

    Poster(World world, Fleet fleet, int number, Dice dice) {
        this.world = world;
        this.fleet = fleet;
        this.number = number;
        this.dice = dice;
        List<Lineage> lineages = world.ledger().kept();
        this.lineage = lineages.get(dice.below(lineages.size()));
        this.principal = Machine.principalOf("poster" + number);
    }

    void begin() {
        world.agenda().after(dice.spread(world.scenario().thinkNanos()), this::next);
    }

    /** From now on it only wants an answer. */
    void calmDown() {
        isCalm = true;
    }

    boolean isDone() {
        return pending == null;
    }

    private void next() {
        if (!isCalm) {
            pending = lineage.settings.kind() == ChannelKind.MAP
                    ? world.ledger()
                            .attempt(lineage, number, principal.name(), true, dice.below(40), MapModel.someChange(dice))
                    : world.ledger().attempt(lineage, number, principal.name(), true, dice.below(40), dice.oneIn(4));
            send();
        }
    }

    private void send() {
        Attempt sent = pending;
        if (sent == null) {
            return;
        }
        long asked = ++request;
        ClientMessage.Publish publish = new ClientMessage.Publish(
                new RequestId(Integer.toString(sent.id)), lineage.name, sent.data, sent.key, sent.change);
        world.network()
                .carryRequest(() -> RequestEnd.post(
                        world,
                        fleet.some(dice),
                        principal,
                        publish,
                        answer -> world.network().carryAnswer(() -> onAnswer(asked, answer))));
        world.agenda().after(PATIENCE, () -> {
            if (request == asked) {
                send();
            }
        });
    }

    private void onAnswer(long asked, Object answer) {
        if (asked != request) {
            return;
        }
        request++;
        if (answer instanceof ServerMessage.Refusal refusal && refusal.code().action() == Action.RETRY) {
            world.agenda().after(refusal.retryMillis() * Agenda.MILLI, this::send);
        } else {
            pending = null;
            world.agenda().after(dice.spread(world.scenario().thinkNanos()), this::next);
        }
    }

    @Override
    public String toString() {
        return "poster " + number;
    }
}
