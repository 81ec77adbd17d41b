package dev.carillon.simulation;

import dev.carillon.protocol.Code;

/** Until when a node may refuse with which codes, because of what was injected. */
final class Excuses {

    /** A refusal may come so long after its cause: behind what the disk and the mailboxes still had to do. */
    private static final long AFTERMATH = 20 * Agenda.SECOND;

    private final long[] until = new long[Code.values().length];

    void excuse(Code code, long causeEndsNanos) {
        until[code.ordinal()] = Math.max(until[code.ordinal()], causeEndsNanos + AFTERMATH);
    }

    boolean holds(Code code, long now) {
        return now < until[code.ordinal()];
    }
}
