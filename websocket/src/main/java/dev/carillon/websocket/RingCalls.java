package dev.carillon.websocket;

import java.lang.foreign.MemorySegment;

/**
 * What a {@link SendRing} asks of the kernel. Where it refuses, the answer is the error's number (errno) below zero. One
 * instance a ring; confined to its thread, but for what frees it.
 */
interface RingCalls {

    /**
     * {@code io_uring_setup(2)}.
     *
     * @param parameters a {@code struct io_uring_params}, to which the kernel writes what came of it
     * @return the ring's file descriptor
     */
    long setup(int entries, MemorySegment parameters);

    /**
     * {@code io_uring_enter(2)}.
     *
     * @param toComplete returns only when so many completions lie there, provided that all was submitted
     * @return how many entries were submitted
     */
    long enter(int ring, int toSubmit, int toComplete, int flags);

    /** {@code mmap(2)} of a part of the ring, to be read and written; its address. */
    long map(int ring, long bytes, long offset);

    /** {@code munmap(2)}; from any thread. */
    long unmap(long address, long bytes);

    /** {@code close(2)}; from any thread. */
    long close(int ring);
}
