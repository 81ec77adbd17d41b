package dev.carillon.engine;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a user listed in a channel's presence: one session of it, as long as it is subscribed and a grace beyond. An
 * identity: each subscription that asks to be listed brings its own, so that the late end of one connection of the session
 * cannot end what another one holds. Owned by the channel's shard.
 */
final class Lease {

    /** Where it stands. */
    enum Stage {
        /** Not listed yet, or refused. */
        ASKED,
        /** Its session is subscribed. */
        HELD,
        /** Its connection ended without a goodbye, and the grace runs. */
        LAPSING,
        /** It keeps nobody listed any more. */
        OVER
    }

    /** From which stage which others can follow. */
    static final Map<Stage, Set<Stage>> TRANSITIONS = new EnumMap<>(Map.of(
            Stage.ASKED, EnumSet.of(Stage.HELD, Stage.OVER),
            Stage.HELD, EnumSet.of(Stage.LAPSING, Stage.OVER),
            Stage.LAPSING, EnumSet.of(Stage.OVER),
            Stage.OVER, EnumSet.noneOf(Stage.class)));

    final String user;
    /** Who it has proven to be. */
    final Principal principal;
    /** The session's id; the same id of another user is another session. */
    final String session;

    /** Its neighbours among the leases that its session holds; null without. */
    @Nullable
    Lease earlier;

    @Nullable
    Lease later;

    private Stage stage = Stage.ASKED;
    private long endsAtNanos;

    Lease(String user, Principal principal, String session) {
        this.user = user;
        this.principal = principal;
        this.session = session;
    }

    Stage stage() {
        return stage;
    }

    /** When the grace is over; only while it is LAPSING. */
    long endsAtNanos() {
        return endsAtNanos;
    }

    void hold() {
        become(Stage.HELD);
    }

    void lapse(long atNanos) {
        become(Stage.LAPSING);
        endsAtNanos = atNanos;
    }

    void end() {
        become(Stage.OVER);
    }

    private void become(Stage next) {
        assert TRANSITIONS.getOrDefault(stage, Set.of()).contains(next) : stage + " to " + next;
        stage = next;
    }
}
