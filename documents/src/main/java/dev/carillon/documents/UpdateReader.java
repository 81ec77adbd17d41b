package dev.carillon.documents;

import dev.carillon.documents.Anchor.Parent;
import dev.carillon.documents.Content.Values;
import dev.carillon.documents.Content.Whole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an update of format 1. What it takes, Yjs takes: whatever would make a peer stop in the middle of it is refused, be it broken JSON, a type that
 * nobody knows, or an item that stands behind one that its own client was yet to make.
 */
final class UpdateReader {

    /** Flags of an item's first byte, whose lower bits say what it holds. */
    static final int HAS_LEFT = 0x80;

    static final int HAS_RIGHT = 0x40;
    static final int HAS_KEY = 0x20;
    private static final int KIND_BITS = 0x1F;

    static final int GC = 0;
    static final int DELETED = 1;
    static final int JSON = 2;
    static final int BINARY = 3;
    static final int TEXT = 4;
    static final int EMBED = 5;
    static final int FORMAT = 6;
    static final int TYPE = 7;
    static final int ANY = 8;
    static final int DOCUMENT = 9;
    static final int SKIP = 10;

    /** The types, of which these two have a name. */
    private static final int TYPE_MAX = 6;

    private static final int XML_ELEMENT = 3;
    private static final int XML_HOOK = 5;

    private final ByteReader in;

    UpdateReader(byte[] bytes) {
        this.in = new ByteReader(bytes);
    }

    Update update() {
        List<Made> made = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (long clients = in.number(); clients > 0; clients--) {
            Made next = made();
            if (next != null) {
                if (!seen.add(next.client())) {
                    throw in.malformed("client " + next.client() + " a second time");
                }
                made.add(next);
            }
        }
        DeleteSet deleted = DeleteSet.read(in);
        in.expectEnd();
        return new Update(made, deleted);
    }

    private @Nullable Made made() {
        long structs = in.number();
        long client = in.number();
        long clock = in.number();
        List<Struct> read = new ArrayList<>();
        for (; structs > 0; structs--) {
            Struct struct = struct(client, clock);
            read.add(struct);
            clock = struct.end();
        }
        return read.isEmpty() ? null : new Made(client, read);
    }

    private Struct struct(long client, long clock) {
        int info = in.octet();
        if (info == GC) {
            return new Struct.Gc(clock, in.length(clock));
        }
        if (info == SKIP) {
            return new Struct.Skip(clock, in.length(clock));
        }
        Anchor anchor = anchor(info, client, clock);
        Struct.Item item = new Struct.Item(clock, anchor, content(info & KIND_BITS, clock));
        if (item.length() > ByteReader.NUMBER_MAX - clock) {
            throw in.malformed("a clock beyond 2^53-1");
        }
        return item;
    }

    private Anchor anchor(int info, long client, long clock) {
        Id left = (info & HAS_LEFT) != 0 ? before(client, clock) : null;
        Id right = (info & HAS_RIGHT) != 0 ? before(client, clock) : null;
        if (left != null || right != null) {
            return new Anchor(left, right, null, null);
        }
        long isRoot = in.number();
        if (isRoot > 1) {
            throw in.malformed("a parent of the unknown kind " + isRoot);
        }
        Parent parent = isRoot == 1 ? new Parent.Root(in.text()) : new Parent.Nested(before(client, clock));
        return new Anchor(null, null, parent, (info & HAS_KEY) != 0 ? in.text() : null);
    }

    /** What an item refers to; if its own client made it, then before. */
    private Id before(long client, long clock) {
        Id id = in.id();
        if (id.client() == client && id.clock() >= clock) {
            throw in.malformed("client " + client + " refers at " + clock + " to its own " + id.clock());
        }
        return id;
    }

    private Content content(int kind, long clock) {
        return switch (kind) {
            case DELETED -> new Content.Deleted(in.length(clock));
            case TEXT -> text();
            case JSON, ANY -> values(kind, clock);
            case BINARY -> new Whole(Whole.Kind.BINARY, since(in.at(), in.block()));
            case EMBED -> new Whole(Whole.Kind.EMBED, since(in.at(), json()));
            case FORMAT -> {
                int from = in.at();
                in.text();
                yield new Whole(Whole.Kind.FORMAT, since(from, json()));
            }
            case TYPE -> new Whole(Whole.Kind.TYPE, type());
            case DOCUMENT -> new Whole(Whole.Kind.DOCUMENT, document());
            default -> throw in.malformed("content of the unknown kind " + kind);
        };
    }

    /** All from there to the end of what was read last. */
    private Slice since(int from, Slice last) {
        return new Slice(in.bytes, from, last.to());
    }

    private Content.Text text() {
        Slice utf8 = in.block();
        int length = Utf8.utf16Length(utf8);
        if (length == 0) {
            throw in.malformed("a text without characters");
        }
        return new Content.Text(length, utf8);
    }

    private Slice json() {
        Slice json = in.text();
        JsonText.check(json);
        return json;
    }

    private Values values(int kind, long clock) {
        long length = in.length(clock);
        int from = in.at();
        for (long left = length; left > 0; left--) {
            if (kind == ANY) {
                AnyValue.skip(in);
            } else {
                Slice json = in.text();
                if (!JsonText.isUndefined(json)) {
                    JsonText.check(json);
                }
            }
        }
        return new Values(kind == ANY ? Values.Form.ANY : Values.Form.JSON, length, new Slice(in.bytes, from, in.at()));
    }

    private Slice type() {
        int from = in.at();
        long type = in.number();
        if (type > TYPE_MAX) {
            throw in.malformed("the unknown type " + type);
        }
        if (type == XML_ELEMENT || type == XML_HOOK) {
            in.text();
        }
        return new Slice(in.bytes, from, in.at());
    }

    private Slice document() {
        int from = in.at();
        in.text();
        int options = in.at();
        AnyValue.skip(in);
        if ((in.bytes[options] & 0xFF) != AnyValue.OBJECT) {
            throw in.malformed("a document without options");
        }
        return new Slice(in.bytes, from, in.at());
    }
}
