package dev.carillon.redis;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which master of a Redis Cluster has which slot, as one of them says. Immutable. */
final class SlotTable {

    static final int SLOTS = SlotHash.SLOT_COUNT;

    /** The most masters that a link opens connections to. */
    static final int MASTERS_MAX = 128;

    private final Address[] owners;

    private SlotTable(Address[] owners) {
        this.owners = owners;
    }

    /**
     * Reads the answer to {@code CLUSTER SLOTS}.
     *
     * @param asked who has said it: an address without a host has its
     * @return null where it is none, names too many masters, or not one for each slot
     */
    static @Nullable SlotTable of(List<?> answer, Address asked) {
        Address[] owners = new Address[SLOTS];
        for (Object range : answer) {
            if (!(range instanceof List<?> parts)
                    || parts.size() < 3
                    || !(parts.get(0) instanceof Long first)
                    || !(parts.get(1) instanceof Long last)
                    || !(parts.get(2) instanceof List<?> master)
                    || first < 0
                    || last >= SLOTS) {
                return null;
            }
            Address owner = owner(master, asked);
            if (owner == null) {
                return null;
            }
            for (long slot = first; slot <= last; slot++) {
                owners[(int) slot] = owner;
            }
        }
        SlotTable table = new SlotTable(owners);
        return table.isWhole() ? table : null;
    }

    private static @Nullable Address owner(List<?> master, Address asked) {
        if (master.size() < 2 || !(master.get(1) instanceof Long port)) {
            return null;
        }
        String host = master.getFirst() instanceof byte[] name ? new String(name, StandardCharsets.UTF_8) : "";
        try {
            return new Address(
                    host.isEmpty() || host.equals("?") ? asked.host() : host, (int) Math.min(port, Integer.MAX_VALUE));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private boolean isWhole() {
        for (Address owner : owners) {
            if (owner == null) {
                return false;
            }
        }
        return masters().size() <= MASTERS_MAX;
    }

    Address owner(int slot) {
        return owners[slot];
    }

    Set<Address> masters() {
        return new LinkedHashSet<>(List.of(owners));
    }

    /** The same, but for one slot. */
    SlotTable with(int slot, Address owner) {
        Address[] others = owners.clone();
        others[slot] = owner;
        return new SlotTable(others);
    }

    /** The slots that have another owner there. */
    List<Integer> differences(SlotTable other) {
        List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            if (!owners[slot].equals(other.owners[slot])) {
                slots.add(slot);
            }
        }
        return slots;
    }
}
