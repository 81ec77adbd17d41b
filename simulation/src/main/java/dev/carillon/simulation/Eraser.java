package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.Erasure;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Position;
import java.util.List;

/** Somebody who may erase: purges a channel now and then, or has the data of a publication redacted. */
final class Eraser {

    private static final long PURGE_EVERY = 8 * Agenda.SECOND;

    private final World world;
    private final Fleet fleet;
    private final Dice dice;
    private final Principal principal = Machine.principalOf("eraser");
    private boolean isCalm;

    Eraser(World world, Fleet fleet, Dice dice) {
        this.world = world;
        this.fleet = fleet;
        this.dice = dice;
    }

    void begin() {
        later();
    }

    /** It asks for nothing more. */
    void calmDown() {
        isCalm = true;
    }

    private void later() {
        boolean isShared = world.scenario().isShared();
        world.agenda().after(dice.spread(isShared ? PURGE_EVERY : PURGE_EVERY / 4), () -> {
            if (!isCalm) {
                List<Lineage> lineages = world.ledger().kept();
                Lineage lineage = lineages.get(dice.below(lineages.size()));
                erase(lineage, isShared || dice.oneIn(4));
                later();
            }
        });
    }

    /** What is refused is let be: it may have been done nevertheless. */
    private void erase(Lineage lineage, boolean isPurge) {
        Position position = isPurge ? null : lineage.somePosition(dice);
        boolean isStream = lineage.settings.kind() == ChannelKind.STREAM;
        if (!isPurge && (position == null || !isStream)) {
            return;
        }
        Erasure erasure = position == null ? new Erasure.Purge() : new Erasure.Redaction(position);
        world.trace().add("erases", lineage, erasure);
        world.network()
                .carryRequest(() -> RequestEnd.erase(
                        world,
                        fleet.some(dice),
                        principal,
                        lineage,
                        erasure,
                        answer -> world.trace().add("erased", lineage, answer)));
    }
}
