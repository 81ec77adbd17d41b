package dev.carillon.documents;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What is deleted: ticks of clients' clocks. What it names need not be known. Immutable. */
final class DeleteSet {

    static final DeleteSet EMPTY = new DeleteSet(new TreeMap<>());

    /** Clients, ascending, none without ranges. */
    private final NavigableMap<Long, Ranges> clients;

    private DeleteSet(NavigableMap<Long, Ranges> clients) {
        this.clients = clients;
    }

    static DeleteSet read(ByteReader in) {
        Map<Long, Ranges.Collector> read = new HashMap<>();
        for (long clients = in.number(); clients > 0; clients--) {
            long client = in.number();
            for (long ranges = in.number(); ranges > 0; ranges--) {
                long from = in.number();
                long to = from + in.length(from);
                read.computeIfAbsent(client, _ -> new Ranges.Collector(1)).add(from, to);
            }
        }
        return new DeleteSet(collected(read));
    }

    private static NavigableMap<Long, Ranges> collected(Map<Long, Ranges.Collector> collectors) {
        NavigableMap<Long, Ranges> clients = new TreeMap<>();
        collectors.forEach((client, collector) -> clients.put(client, collector.ranges()));
        return clients;
    }

    /** The greatest client first, as Yjs does. */
    void write(ByteWriter out) {
        out.number(clients.size());
        clients.descendingMap().forEach((client, ranges) -> {
            out.number(client).number(ranges.count());
            for (int index = 0; index < ranges.count(); index++) {
                out.number(ranges.from(index)).number(ranges.to(index) - ranges.from(index));
            }
        });
    }

    static DeleteSet union(List<DeleteSet> sets) {
        if (sets.size() == 1) {
            return sets.getFirst();
        }
        Map<Long, Ranges.Collector> all = new HashMap<>();
        for (DeleteSet set : sets) {
            set.clients.forEach(
                    (client, ranges) -> all.computeIfAbsent(client, _ -> new Ranges.Collector(ranges.count()))
                            .addAll(ranges));
        }
        return new DeleteSet(collected(all));
    }

    Ranges of(long client) {
        return clients.getOrDefault(client, Ranges.NONE);
    }

    boolean containsAll(DeleteSet other) {
        return other.clients.entrySet().stream()
                .allMatch(entry -> of(entry.getKey()).containAll(entry.getValue()));
    }

    boolean isEmpty() {
        return clients.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeleteSet that && clients.equals(that.clients);
    }

    @Override
    public int hashCode() {
        return clients.hashCode();
    }

    @Override
    public String toString() {
        return clients.toString();
    }
}
