package dev.carillon.documents;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a document, or a part of one, is made of: what clients made, and what is deleted. Immutable; for any thread.
 *
 * <p>Merging is what makes a document of updates: in any order, and each as often as it likes, the same ones give the same document.
 */
public final class Update {

    /** Makes nothing and deletes nothing. */
    public static final Update EMPTY = new Update(List.of(), DeleteSet.EMPTY);

    final List<Made> made;
    final DeleteSet deleted;

    /** @param made each client once */
    Update(List<Made> made, DeleteSet deleted) {
        this.made = made;
        this.deleted = deleted;
    }

    /**
     * Reads an update of format 1.
     *
     * @param bytes not to be changed any more: what is read refers to them
     */
    public static Decoded<Update> decode(byte[] bytes) {
        try {
            return new Decoded.Read<>(new UpdateReader(bytes).update());
        } catch (MalformedException malformed) {
            return new Decoded.Malformed<>(String.valueOf(malformed.getMessage()));
        }
    }

    /** Format 1. */
    public byte[] encode() {
        return UpdateWriter.bytes(made, deleted);
    }

    /** All that these say. */
    public static Update merge(List<Update> updates) {
        return switch (updates.size()) {
            case 0 -> EMPTY;
            case 1 -> updates.getFirst();
            default ->
                new Update(
                        Merge.made(updates),
                        DeleteSet.union(
                                updates.stream().map(update -> update.deleted).toList()));
        };
    }

    /** What a peer lacks that has this much. What is deleted is all in it, because a state vector doesn't say what a peer knows of that. */
    public Update missingFrom(StateVector has) {
        return new Update(Difference.made(made, has), deleted);
    }

    /** How much of each client it has without a gap. */
    public StateVector stateVector() {
        Map<Long, Long> clocks = new LinkedHashMap<>();
        for (Made each : made) {
            long clock = 0;
            for (Struct struct : each.structs()) {
                if (struct.clock() != clock || struct instanceof Struct.Skip) {
                    break;
                }
                clock = struct.end();
            }
            if (clock > 0) {
                clocks.put(each.client(), clock);
            }
        }
        return StateVector.own(clocks);
    }

    /** The same document in fewer bytes: what is deleted has no content any more, and what was made in one go is one piece. */
    public Update compacted() {
        return new Update(new Compaction(this).made(), deleted);
    }

    /** Whether it says nothing. */
    public boolean isEmpty() {
        return made.isEmpty() && deleted.isEmpty();
    }

    @Override
    public String toString() {
        return made.size() + " clients, deleted " + deleted;
    }
}
