package dev.carillon.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a session is owed in large parts: pages for its parked subscriptions, pages of history, lists of who is present. They
 * are asked for in turn, one at a time, and only while the wire has room: so no channel of a connection starves another, and
 * a connection never holds more than its wire's bound and one part, however much its client asks for. Owned by the loop.
 */
@SuppressWarnings("ReferenceEquality") // what is owed is known by identity
final class Backlog {

    /** One part, or one after another, by identity. */
    interface Owed {
        /** Has it brought; once it is there, {@link #onAnswered} is to be told. */
        void ask();

        /** The session is over before it was asked for. */
        default void forget() {}
    }

    private final Wire wire;
    /** Bounded by the session's subscriptions and the commands that it may have outstanding. */
    private final ArrayDeque<Owed> waiting = new ArrayDeque<>(2);
    /** The one that is on its way; null without. */
    private @Nullable Owed asked;

    Backlog(Wire wire) {
        this.wire = wire;
    }

    boolean isEmpty() {
        return asked == null && waiting.isEmpty();
    }

    void add(Owed owed) {
        waiting.add(owed);
    }

    /** What was asked for has come. */
    void onAnswered(Owed owed) {
        if (asked == owed) {
            asked = null;
        }
    }

    /** It is not wanted any more; an answer that is on its way will be ignored. */
    void remove(Owed owed) {
        waiting.remove(owed);
        onAnswered(owed);
    }

    /** Asks for the next part, if there is one and room for it. */
    void askNext() {
        if (asked == null && !waiting.isEmpty() && wire.hasRoom()) {
            asked = waiting.removeFirst();
            asked.ask();
        }
    }

    void forgetAll() {
        waiting.forEach(Owed::forget);
        waiting.clear();
    }
}
