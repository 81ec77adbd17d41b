package dev.carillon.engine;

/**
 * Port: the only door into an owner's thread (a shard's or an event loop's).
 *
 * <p>Tasks run one at a time, in the order in which they were posted. Posting from the owner's own thread queues like any
 * other post: a task never runs inside another.
 */
public interface Mailbox {

    /** Queues a task for the owner; from any thread. A task posted after the owner has ended is dropped. */
    void post(Runnable task);

    /** Whether the caller is on the owner's thread. */
    boolean isOwner();
}
