package dev.carillon.redis;

import java.util.concurrent.atomic.LongAdder;

/** What the links to Redis count, for metrics; read from any thread. */
public final class RedisCounters {

    final LongAdder connects = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder overflows = new LongAdder();
    final LongAdder calls = new LongAdder();
    final LongAdder pushes = new LongAdder();
    final LongAdder garbage = new LongAdder();
    final LongAdder redirects = new LongAdder();

    /** How often a link was made. */
    public long connects() {
        return connects.sum();
    }

    /** How often a link failed, or could not be made. */
    public long failures() {
        return failures.sum();
    }

    /** How often a link failed because more calls waited for their answers than it may hold. */
    public long overflows() {
        return overflows.sum();
    }

    /** Calls that were sent. */
    public long calls() {
        return calls.sum();
    }

    /** Records that were pushed to this node. */
    public long pushes() {
        return pushes.sum();
    }

    /** What was pushed to this node and was no record; it is ignored. */
    public long garbage() {
        return garbage.sum();
    }

    /** How often a master of a Redis Cluster turned a call or a follow away, because its slot moves or has moved. */
    public long redirects() {
        return redirects.sum();
    }
}
