package dev.carillon.documents;

import java.util.LinkedHashMap;
import java.util.Map;

/** How much a peer has of each client: all ticks before the one given. Immutable. */
public final class StateVector {

    /** Nothing of anybody. */
    public static final StateVector EMPTY = new StateVector(Map.of());

    private final Map<Long, Long> clocks;

    private StateVector(Map<Long, Long> clocks) {
        this.clocks = clocks;
    }

    /** @param clocks none of them 0, in the order in which they are written; not changed any more */
    static StateVector own(Map<Long, Long> clocks) {
        return new StateVector(clocks);
    }

    /** Reads a peer's. */
    public static Decoded<StateVector> decode(byte[] bytes) {
        try {
            ByteReader in = new ByteReader(bytes);
            Map<Long, Long> clocks = new LinkedHashMap<>();
            for (long left = in.number(); left > 0; left--) {
                long client = in.number();
                long clock = in.number();
                if (clock > 0) {
                    clocks.put(client, clock);
                }
            }
            in.expectEnd();
            return new Decoded.Read<>(new StateVector(clocks));
        } catch (MalformedException malformed) {
            return new Decoded.Malformed<>(String.valueOf(malformed.getMessage()));
        }
    }

    /** As Yjs writes it. */
    public byte[] encode() {
        ByteWriter out = new ByteWriter(12 * clocks.size() + 8);
        out.number(clocks.size());
        clocks.forEach((client, clock) -> out.number(client).number(clock));
        return out.toBytes();
    }

    /** The first tick that is lacking. */
    long of(long client) {
        return clocks.getOrDefault(client, 0L);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StateVector that && clocks.equals(that.clocks);
    }

    @Override
    public int hashCode() {
        return clocks.hashCode();
    }

    @Override
    public String toString() {
        return clocks.toString();
    }
}
