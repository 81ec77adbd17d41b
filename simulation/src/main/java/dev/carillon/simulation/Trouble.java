package dev.carillon.simulation;

/** What can go wrong, and is counted when it does: not when it was ordered, but when it met something. */
enum Trouble {
    /** The process ends at once; the operating system goes on. */
    NODE_KILLED(Group.NODE),
    /** The machine ends at once, with what its device had not written. */
    POWER_LOST(Group.NODE),
    /** One of a node's threads stands still. */
    OWNER_PAUSED(Group.NODE),
    /** Somebody sets the node's clock forwards. */
    CLOCK_FORWARDS(Group.CLOCK),
    /** Somebody sets the node's clock back. */
    CLOCK_BACK(Group.CLOCK),
    /** Writing and reading take a long time. */
    DISK_SLOW(Group.DISK),
    /** No space is left. */
    DISK_FULL(Group.DISK),
    /** A write fails. */
    WRITE_BROKEN(Group.DISK),
    /** A read fails. */
    READ_BROKEN(Group.DISK),
    /** More waits to be written than the queue may hold. */
    DISK_BUSY(Group.DISK),
    /** A node ended in the middle of a write, and a part of it was kept. */
    WRITE_TORN(Group.CONSEQUENCE),
    /** What was written but not synced went with the power. */
    TAIL_LOST(Group.CONSEQUENCE),
    /** A write that had failed was there nevertheless. */
    REFUSED_WAS_KEPT(Group.CONSEQUENCE),
    /** A connection is reset, with what was on its way. */
    LINK_CUT(Group.NETWORK),
    /** Nothing moves on a connection for a while. */
    LINK_STALLED(Group.NETWORK),
    /** A connection loses what the client says, and neither end knows. */
    SILENT_UP(Group.NETWORK),
    /** A connection loses what the node says, and neither end knows. */
    SILENT_DOWN(Group.NETWORK),
    /** Nobody can connect. */
    UNREACHABLE(Group.NETWORK),
    /** A reader takes what it is sent very slowly. */
    READER_SLOW(Group.NETWORK),
    /** A request of its own connection never arrives. */
    REQUEST_LOST(Group.REQUEST),
    /** It arrives twice. */
    REQUEST_TWICE(Group.REQUEST),
    /** It arrives behind later ones. */
    REQUEST_LATE(Group.REQUEST),
    /** Its answer is lost. */
    ANSWER_LOST(Group.REQUEST),
    /** Who decides takes too long. */
    DECISIONS_SLOW(Group.DECISION),
    /** A push of the shared log never comes. */
    PUSH_LOST(Group.HUB),
    /** It comes twice. */
    PUSH_TWICE(Group.HUB),
    /** It comes behind later ones. */
    PUSH_LATE(Group.HUB),
    /** Nothing is pushed to a node for a while, and it is told nothing of that. */
    FEED_SILENT(Group.HUB),
    /** A node's connections to the shared log are reset. */
    HUB_LINK_CUT(Group.HUB),
    /** Nothing passes between a node and the shared log. */
    CUT_OFF(Group.HUB),
    /** The shared log answers late. */
    HUB_STALLED(Group.HUB),
    /** The shared log ends, and comes back with all that it had. */
    HUB_KILLED(Group.HUB),
    /** A copy takes over that has not got its newest records. */
    HUB_FAILED_OVER(Group.HUB),
    /** A copy takes over that is empty. */
    HUB_EMPTIED(Group.HUB),
    /** With that went a publication that had been acknowledged. */
    ACKNOWLEDGED_LOST(Group.CONSEQUENCE);

    /** What it strikes. */
    enum Group {
        NODE,
        CLOCK,
        DISK,
        NETWORK,
        REQUEST,
        DECISION,
        /** The log that nodes share, and the ways to it. */
        HUB,
        /** Nothing that can be injected: it comes of others. */
        CONSEQUENCE
    }

    final Group group;

    Trouble(Group group) {
        this.group = group;
    }
}
