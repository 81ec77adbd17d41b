package dev.carillon.documents;

import dev.carillon.documents.Content.Values;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a document in fewer bytes, as the garbage collection of Yjs would leave it, without having it.
 *
 * <p><b>What is deleted</b> keeps its place and loses its content; what was in a type that is deleted loses its place as well, because nothing can come to stand beside it any more. A
 * piece of which only a part is deleted is parted first.
 *
 * <p><b>What belongs together</b> is joined: two neighbours of one client of which the right one was made directly behind the left one, with the same right neighbour, are what a reader
 * would have if both had been made at once. Somebody else's item may stand between them by now. It refers to a tick, and whoever reads it parts the piece there again.
 *
 * <p>Of values, only those in a list are joined: of a map's, each is a value of its own.
 */
final class Compaction {

    private final Update update;
    private final Homes homes;

    Compaction(Update update) {
        this.update = update;
        this.homes = new Homes(update);
    }

    List<Made> made() {
        List<Made> compacted = new ArrayList<>(update.made.size());
        for (Made each : update.made) {
            compacted.add(new Made(each.client(), joined(each.client(), withoutDeleted(each))));
        }
        return compacted;
    }

    private List<Struct> withoutDeleted(Made made) {
        Ranges deleted = update.deleted.of(made.client());
        List<Struct> parts = new ArrayList<>(made.structs().size());
        for (Struct struct : made.structs()) {
            if (struct instanceof Struct.Item item) {
                part(made.client(), item, deleted, parts);
            } else {
                parts.add(struct);
            }
        }
        return parts;
    }

    /** Parts an item where deleted ranges begin and end. */
    private void part(long client, Struct.Item whole, Ranges deleted, List<Struct> parts) {
        boolean isHomeless = homes.isGone(client, whole);
        Struct rest = whole;
        for (int index = deleted.firstEndingBehind(whole.clock());
                index < deleted.count() && deleted.from(index) < rest.end();
                index++) {
            long from = deleted.from(index);
            if (from > rest.clock()) {
                parts.add(rest.upTo(from));
                rest = rest.from(client, from);
            }
            long to = Math.min(deleted.to(index), rest.end());
            parts.add(deleted((Struct.Item) rest, to - rest.clock(), isHomeless));
            if (to == rest.end()) {
                return;
            }
            rest = rest.from(client, to);
        }
        parts.add(rest);
    }

    private static Struct deleted(Struct.Item item, long length, boolean isHomeless) {
        return isHomeless
                ? new Struct.Gc(item.clock(), length)
                : new Struct.Item(item.clock(), item.anchor(), new Content.Deleted(length));
    }

    private List<Struct> joined(long client, List<Struct> structs) {
        List<Struct> joined = new ArrayList<>();
        for (int index = 0; index < structs.size(); ) {
            int end = index + 1;
            while (end < structs.size() && continues(client, structs.get(end - 1), structs.get(end))) {
                end++;
            }
            joined.add(end == index + 1 ? structs.get(index) : joined(structs.subList(index, end)));
            index = end;
        }
        return joined;
    }

    private boolean continues(long client, Struct left, Struct right) {
        return switch (left) {
            case Struct.Gc _ -> right instanceof Struct.Gc;
            case Struct.Skip _ -> right instanceof Struct.Skip;
            case Struct.Item item ->
                right instanceof Struct.Item next
                        && isBehind(client, item, next)
                        && areAlike(item.content(), next.content())
                        && (item.content() instanceof Content.Deleted || homes.isInList(client, item));
        };
    }

    private static boolean isBehind(long client, Struct.Item left, Struct.Item right) {
        Id of = right.anchor().left();
        Id leftRight = left.anchor().right();
        Id rightRight = right.anchor().right();
        return of != null
                && of.client() == client
                && of.clock() == right.clock() - 1
                && (leftRight == null ? rightRight == null : leftRight.equals(rightRight));
    }

    private static boolean areAlike(Content left, Content right) {
        return switch (left) {
            case Content.Deleted _ -> right instanceof Content.Deleted;
            case Content.Text _ -> right instanceof Content.Text;
            case Values values -> right instanceof Values next && values.form() == next.form();
            case Content.Whole _ -> false;
        };
    }

    /** @param structs at least two, each of which continues the one before */
    private static Struct joined(List<Struct> structs) {
        long clock = structs.getFirst().clock();
        long length = structs.getLast().end() - clock;
        return switch (structs.getFirst()) {
            case Struct.Gc _ -> new Struct.Gc(clock, length);
            case Struct.Skip _ -> new Struct.Skip(clock, length);
            case Struct.Item item ->
                new Struct.Item(
                        clock,
                        item.anchor(),
                        switch (item.content()) {
                            case Content.Deleted _ -> new Content.Deleted(length);
                            case Content.Text _ -> new Content.Text(length, encoded(structs));
                            case Values values -> new Values(values.form(), length, encoded(structs));
                            case Content.Whole _ -> throw new IllegalStateException("one tick continues nothing");
                        });
        };
    }

    private static Slice encoded(List<Struct> structs) {
        ByteWriter bytes = new ByteWriter(structs.size());
        for (Struct struct : structs) {
            switch (((Struct.Item) struct).content()) {
                case Content.Text text -> bytes.raw(text.utf8());
                case Values values -> bytes.raw(values.encoded());
                case Content.Deleted _, Content.Whole _ -> {}
            }
        }
        return Slice.of(bytes.toBytes());
    }
}
