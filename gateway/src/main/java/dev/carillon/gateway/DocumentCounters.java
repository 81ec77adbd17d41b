package dev.carillon.gateway;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What documents come to, for metrics; written by the event loops, read from any thread. */
public final class DocumentCounters {

    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger peers = new AtomicInteger();
    final LongAdder changes = new LongAdder();
    final LongAdder known = new LongAdder();
    final LongAdder batches = new LongAdder();
    final LongAdder snapshots = new LongAdder();
    final LongAdder denied = new LongAdder();
    final LongAdder malformed = new LongAdder();
    final LongAdder behind = new LongAdder();
    final LongAdder strangers = new LongAdder();
    final LongAdder versions = new LongAdder();
    final LongAdder versionsDropped = new LongAdder();
    final LongAdder seeds = new LongAdder();

    /** Documents in memory. */
    public int open() {
        return open.get();
    }

    /** Connections to documents. */
    public int peers() {
        return peers.get();
    }

    /** Changes of peers that were kept. */
    public long changes() {
        return changes.sum();
    }

    /** Changes of peers that said nothing new. */
    public long known() {
        return known.sum();
    }

    /** Updates that were stored: as many changes as waited are one. */
    public long batches() {
        return batches.sum();
    }

    /** Snapshots that took the place of what was stored before. */
    public long snapshots() {
        return snapshots.sum();
    }

    /** Changes that were refused: of who may only read, or for want of room. */
    public long denied() {
        return denied.sum();
    }

    /** Connections closed for a message that no peer of Yjs would take. */
    public long malformed() {
        return malformed.sum();
    }

    /** Times that a peer which doesn't read was left behind, to be brought up by a difference. */
    public long behind() {
        return behind.sum();
    }

    /** Entries of awareness that were not the peer's own, and not passed on. */
    public long strangers() {
        return strangers.sum();
    }

    /** Versions that were kept. */
    public long versions() {
        return versions.sum();
    }

    /** Versions that went for want of room, or of another document that had the name. */
    public long versionsDropped() {
        return versionsDropped.sum();
    }

    /** First contents that were taken. */
    public long seeds() {
        return seeds.sum();
    }
}
