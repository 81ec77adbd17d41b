package dev.carillon.simulation;

import dev.carillon.protocol.Code;
import java.util.EnumMap;
import java.util.Map;

/** Until when a node may refuse with which codes, because of what was injected. */
final class Excuses {

    /** A refusal may come so long after its cause: behind what the disk and the mailboxes still had to do. */
    private static final long AFTERMATH = 20 * Agenda.SECOND;

    private final Map<Code, Long> until = new EnumMap<>(Code.class);

    void excuse(Code code, long causeEndsNanos) {
        until.merge(code, causeEndsNanos + AFTERMATH, Math::max);
    }

    boolean holds(Code code, long now) {
        return now < until.getOrDefault(code, 0L);
    }
}
