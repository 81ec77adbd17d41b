package dev.carillon.documents;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Lays what several updates have of a client over each other. Where two have the same ticks they say the same, though perhaps in pieces of other lengths: the
 * one that began first is kept, and of the other what is behind it. Where none has them there is a {@link Struct.Skip}.
 *
 * <p>The pieces are those that {@code mergeUpdates} of Yjs writes, wherever the updates don't overlap.
 */
final class Merge {

    private final long client;
    private final PriorityQueue<Cursor> cursors = new PriorityQueue<>(
            Comparator.comparingLong((Cursor cursor) -> cursor.struct().clock())
                    .thenComparingInt(cursor -> cursor.order));
    private final List<Struct> merged = new ArrayList<>();

    private Merge(long client, List<Made> parts) {
        this.client = client;
        for (int order = 0; order < parts.size(); order++) {
            put(new Cursor(parts.get(order).structs(), order));
        }
    }

    /** The greatest client first, as Yjs does. */
    static List<Made> made(List<Update> updates) {
        Map<Long, List<Made>> clients = new TreeMap<>(Collections.reverseOrder());
        for (Update update : updates) {
            for (Made each : update.made) {
                clients.computeIfAbsent(each.client(), _ -> new ArrayList<>()).add(each);
            }
        }
        List<Made> made = new ArrayList<>();
        clients.forEach((client, parts) -> {
            List<Struct> structs = new Merge(client, parts).structs();
            if (!structs.isEmpty()) {
                made.add(new Made(client, structs));
            }
        });
        return made;
    }

    private void put(Cursor cursor) {
        if (cursor.hasStruct()) {
            cursors.add(cursor);
        }
    }

    private List<Struct> structs() {
        Struct last = null;
        while (!cursors.isEmpty()) {
            Cursor cursor = cursors.remove();
            last = last == null ? cursor.take() : behind(last, cursor);
            while (cursor.hasStruct() && cursor.struct().clock() == last.end()) {
                merged.add(last);
                last = cursor.take();
            }
            put(cursor);
        }
        if (last != null) {
            merged.add(last);
        }
        return merged;
    }

    /** What is last once the cursor's part behind {@code last} was looked at. */
    private Struct behind(Struct last, Cursor cursor) {
        boolean hasMoved = false;
        while (cursor.hasStruct() && cursor.struct().end() <= last.end()) {
            cursor.take();
            hasMoved = true;
        }
        if (!cursor.hasStruct()) {
            return last;
        }
        Struct next = cursor.struct();
        if (next.clock() > last.end()) {
            if (hasMoved) {
                return last; // another cursor may have what is between
            }
            merged.add(last);
            return new Struct.Skip(last.end(), next.clock() - last.end());
        }
        cursor.take();
        Struct rest = next.clock() < last.end() ? next.from(client, last.end()) : next;
        if (last instanceof Struct.Gc && rest instanceof Struct.Gc) {
            return new Struct.Gc(last.clock(), rest.end() - last.clock());
        }
        merged.add(last);
        return rest;
    }

    /** Where one update's part is read; it passes over what the update doesn't have. Not for several threads. */
    private static final class Cursor {

        private final List<Struct> structs;
        private final int order;
        private int index;

        Cursor(List<Struct> structs, int order) {
            this.structs = structs;
            this.order = order;
            pass();
        }

        private void pass() {
            while (index < structs.size() && structs.get(index) instanceof Struct.Skip) {
                index++;
            }
        }

        boolean hasStruct() {
            return index < structs.size();
        }

        Struct struct() {
            return structs.get(index);
        }

        Struct take() {
            Struct taken = structs.get(index++);
            pass();
            return taken;
        }
    }
}
