package dev.carillon.engine;

/** What an acknowledged publication of a channel survives. */
public enum Durability {
    /** Nothing: it is kept in the node's memory. */
    MEMORY,
    /** The end of the process, however it comes: the operating system has it. */
    DISK,
    /** The loss of power: the device has it. */
    FSYNC
}
