package dev.carillon.simulation;

import dev.carillon.protocol.Code;
import java.util.EnumMap;
import java.util.Map;

/** Until when a node may refuse with which codes, because of what was injected. */
final class Excuses {

    /** A refusal may come so long after its cause: behind what the disk and the mailboxes still had to do. */
    private static final long AFTERMATH = 20 * Agenda.SECOND;

    /** So long after a node could have known of it, it knows what the shared log has lost. */
    static final long NOTICE = 15 * Agenda.SECOND;

    private long blindUntil;
    private final Map<Code, Long> until = new EnumMap<>(Code.class);

    void excuse(Code code, long causeEndsNanos) {
        until.merge(code, causeEndsNanos + AFTERMATH, Math::max);
    }

    /** The node can't know until then what becomes of the shared log. */
    void blind(long untilNanos) {
        blindUntil = Math.max(blindUntil, untilNanos);
    }

    /** Whether the node need not know yet of what was lost then. */
    boolean mayNotKnow(long lostAtNanos, long now) {
        return now < Math.max(lostAtNanos, blindUntil) + NOTICE;
    }

    boolean holds(Code code, long now) {
        return now < until.getOrDefault(code, 0L);
    }
}
