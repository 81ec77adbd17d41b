package dev.carillon.websocket;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What deflating comes to, for metrics: written by the event loops, read from any thread. */
public final class DeflateCounters {

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger contexts = new AtomicInteger();
    final LongAdder contextsRefused = new LongAdder();
    final LongAdder contextBytes = new LongAdder();
    final LongAdder inPlain = new LongAdder();
    final LongAdder inDeflated = new LongAdder();
    final LongAdder outPlain = new LongAdder();
    final LongAdder outDeflated = new LongAdder();
    final LongAdder corrupt = new LongAdder();
    final LongAdder tooLarge = new LongAdder();

    /** Counts a deflated message that was sent, in payload bytes before and after. */
    public void sent(long plainBytes, long deflatedBytes) {
        outPlain.add(plainBytes);
        outDeflated.add(deflatedBytes);
    }

    /** Connections that negotiated it, now. */
    public int connections() {
        return connections.get();
    }

    /** Of these connections those that keep context, now. */
    public int contexts() {
        return contexts.get();
    }

    /** Connections that would have kept context, were there not as many as allowed. */
    public long contextsRefused() {
        return contextsRefused.sum();
    }

    /** Bytes kept as context, now. */
    public long contextBytes() {
        return contextBytes.sum();
    }

    /** Payload of deflated messages that came, inflated. */
    public long inPlain() {
        return inPlain.sum();
    }

    /** Payload of deflated messages that came, as it came. */
    public long inDeflated() {
        return inDeflated.sum();
    }

    /** Payload of deflated messages that were sent, before deflating. */
    public long outPlain() {
        return outPlain.sum();
    }

    /** Payload of deflated messages that were sent, as it was sent. */
    public long outDeflated() {
        return outDeflated.sum();
    }

    /** Messages refused because they were not DEFLATE data. */
    public long corrupt() {
        return corrupt.sum();
    }

    /** Messages refused because they grew over the limit while they were inflated. */
    public long tooLarge() {
        return tooLarge.sum();
    }
}
