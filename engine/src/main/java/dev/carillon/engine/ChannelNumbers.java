package dev.carillon.engine;

import java.util.BitSet;

/**
 * The numbers of the channels that a shard has in memory (PROTOCOL.md §11). Always the smallest that is free, so that they
 * are short on the wire; each shard gives those that leave its own remainder, so that a node has no number twice. Owned by
 * the shard.
 *
 * <p><b>Given again.</b> A channel leaves the memory only once nobody is subscribed to it on any loop, so no connection
 * still takes its number for it when another channel is given that.
 */
final class ChannelNumbers {

    private final int shard;
    private final int shards;
    private final BitSet used = new BitSet();
    /** None below it is free. */
    private int lowest;

    /**
     * @param shard the index of the shard
     * @param shards how many there are
     */
    ChannelNumbers(int shard, int shards) {
        this.shard = shard;
        this.shards = shards;
    }

    /** A number from 1 on. */
    long take() {
        int index = used.nextClearBit(lowest);
        used.set(index);
        lowest = index + 1;
        return 1 + shard + (long) index * shards;
    }

    void giveBack(long number) {
        int index = (int) ((number - 1 - shard) / shards);
        assert used.get(index) : number + " was not taken";
        used.clear(index);
        lowest = Math.min(lowest, index);
    }
}
