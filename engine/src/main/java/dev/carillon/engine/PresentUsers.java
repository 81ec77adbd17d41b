package dev.carillon.engine;

import java.util.List;

/** The users who are listed as present in a channel, in the order in which they came. Owned by the channel's shard. */
interface PresentUsers {

    /** How many. */
    int size();

    /** Over how many sessions. */
    int connections();

    /** The first so many of those who are listed and came after the one and no later than with the other, in that order. */
    List<Roster.Arrived> arrived(long after, long upTo, int count);
}
