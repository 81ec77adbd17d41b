package dev.carillon.gateway;

import dev.carillon.engine.TokenBucket;

/** What is known of one remote address. Thread-safe: its connections may be on any loop. */
final class Visitor {

    /** What becomes of a connection that comes from here. */
    enum Entry {
        LET_IN,
        /** There are as many as may be. */
        TOO_MANY,
        /** They come too often. */
        TOO_OFTEN,
        /** This was forgotten meanwhile; the address has another one, or none. */
        FORGOTTEN
    }

    /** Connections that are one too many and wait to be told so. */
    private static final int TOLD_MAX = 16;

    private final TokenBucket connects;
    private final TokenBucket requests;
    private int connections;
    private int told;
    private boolean forgotten;

    Visitor(long nowNanos) {
        connects = new TokenBucket(nowNanos);
        requests = new TokenBucket(nowNanos);
    }

    /** A connection comes; {@link #leave} is owed for one that is let in. */
    synchronized Entry enter(AddressLimits limits, long nowNanos) {
        if (forgotten) {
            return Entry.FORGOTTEN;
        }
        if (connections >= limits.connections()) {
            return Entry.TOO_MANY;
        }
        if (connects.take(limits.connects(), nowNanos) > 0) {
            return Entry.TOO_OFTEN;
        }
        connections++;
        return Entry.LET_IN;
    }

    /** A further stream comes on a connection that was let in; {@link #leave} is owed if so. */
    synchronized boolean enterStream(AddressLimits limits) {
        if (connections >= limits.connections()) {
            return false;
        }
        connections++;
        return true;
    }

    synchronized void leave() {
        connections--;
    }

    /** One that was not let in wants to be told so; false where too many wait for that. {@link #wasTold} is owed. */
    synchronized boolean mayBeTold() {
        boolean isPlace = told < TOLD_MAX;
        told += isPlace ? 1 : 0;
        return isPlace;
    }

    synchronized void wasTold() {
        told--;
    }

    /** Counts a request; false where it is one too many. */
    synchronized boolean mayAsk(AddressLimits limits, long nowNanos) {
        return requests.take(limits.requests(), nowNanos) == 0;
    }

    /** Forgets it if a new one would answer alike; whether that is so. */
    synchronized boolean forget(long nowNanos) {
        forgotten = connections == 0 && told == 0 && connects.isFull(nowNanos) && requests.isFull(nowNanos);
        return forgotten;
    }
}
