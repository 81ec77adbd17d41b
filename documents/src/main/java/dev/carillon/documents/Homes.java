package dev.carillon.documents;

import dev.carillon.documents.Anchor.Parent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each item of a document is in. An item with a neighbour doesn't say it itself: it is where its left neighbour is, or its right one, and so on, over clients and back, perhaps as many steps as
 * the document has items. Found once for each; not for several threads.
 */
final class Homes {

    /** What an item is in. */
    private sealed interface Home {

        /** A type. */
        record In(Parent parent, boolean isMap) implements Home {}

        /** It was collected, or the update lacks what would say it. */
        record Unknown() implements Home {}

        /** It is being looked for. */
        record Sought() implements Home {}
    }

    private static final Home UNKNOWN = new Home.Unknown();
    private static final Home SOUGHT = new Home.Sought();

    private final Map<Long, List<Struct>> made = new HashMap<>();
    private final DeleteSet deleted;
    private final Map<Id, Home> found = new HashMap<>();

    Homes(Update update) {
        this.deleted = update.deleted;
        update.made.forEach(each -> made.put(each.client(), each.structs()));
    }

    /** Whether it is in a type that is an item and deleted. */
    boolean isGone(long client, Struct.Item item) {
        return of(client, item) instanceof Home.In in
                && in.parent() instanceof Parent.Nested(Id type)
                && deleted.of(type.client()).contain(type.clock(), type.clock() + 1);
    }

    /** Whether it is known to be in a list or a text. */
    boolean isInList(long client, Struct.Item item) {
        return of(client, item) instanceof Home.In in && !in.isMap();
    }

    private Home of(long client, Struct.Item item) {
        Home known = said(client, item);
        return known != null ? known : sought(client, item);
    }

    /** What it says itself, or what was found; null if neither. */
    private @Nullable Home said(long client, Struct.Item item) {
        Parent parent = item.anchor().parent();
        return parent != null
                ? new Home.In(parent, item.anchor().key() != null)
                : found.get(new Id(client, item.clock()));
    }

    /** An item on the way to where it is said. */
    private record Step(long client, Struct.Item item) {}

    /** Goes from neighbour to neighbour until one knows; then all on the way do. */
    private Home sought(long client, Struct.Item item) {
        Deque<Step> way = new ArrayDeque<>();
        way.push(new Step(client, item));
        while (true) {
            Step step = way.element();
            found.put(new Id(step.client, step.item.clock()), SOUGHT);
            Home home = next(step, way);
            if (home != null) {
                Home settled = home.equals(SOUGHT) ? UNKNOWN : home; // who goes round in a circle never comes anywhere
                way.forEach(each -> found.put(new Id(each.client, each.item.clock()), settled));
                return settled;
            }
        }
    }

    /** The home that the neighbour has; null once the neighbour is the next step. */
    private @Nullable Home next(Step step, Deque<Step> way) {
        Id left = step.item.anchor().left();
        Id right = step.item.anchor().right();
        Id neighbour = left != null ? left : right;
        if (neighbour == null || !(at(neighbour) instanceof Struct.Item item)) {
            return UNKNOWN;
        }
        // One whose other neighbour was collected is collected by whoever reads it.
        if (left != null && right != null && at(right) instanceof Struct.Gc) {
            return UNKNOWN;
        }
        Home said = said(neighbour.client(), item);
        if (said == null) {
            way.push(new Step(neighbour.client(), item));
        }
        return said;
    }

    /** What has this tick; null if nothing does. */
    private @Nullable Struct at(Id id) {
        List<Struct> structs = made.getOrDefault(id.client(), List.of());
        int low = 0;
        int high = structs.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Struct struct = structs.get(middle);
            if (struct.end() <= id.clock()) {
                low = middle + 1;
            } else if (struct.clock() > id.clock()) {
                high = middle - 1;
            } else {
                return struct;
            }
        }
        return null;
    }
}
