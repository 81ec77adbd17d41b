package dev.carillon.documents;

import dev.carillon.documents.Anchor.Parent;
import dev.carillon.documents.Content.Values;
import java.util.List;

/** Writes an update of format 1, as Yjs writes one. */
final class UpdateWriter {

    private static final int EXPECTED_BYTES_A_STRUCT = 16;

    private final ByteWriter out;

    private UpdateWriter(int expected) {
        this.out = new ByteWriter(expected);
    }

    static byte[] bytes(List<Made> made, DeleteSet deleted) {
        int structs = made.stream().mapToInt(each -> each.structs().size()).sum();
        UpdateWriter writer = new UpdateWriter(EXPECTED_BYTES_A_STRUCT * structs);
        writer.out.number(made.size());
        for (Made each : made) {
            writer.out.number(each.structs().size()).number(each.client()).number(each.clock());
            each.structs().forEach(writer::struct);
        }
        deleted.write(writer.out);
        return writer.out.toBytes();
    }

    private void struct(Struct struct) {
        switch (struct) {
            case Struct.Gc gc -> out.octet(UpdateReader.GC).number(gc.length());
            case Struct.Skip skip -> out.octet(UpdateReader.SKIP).number(skip.length());
            case Struct.Item item -> {
                anchor(item.anchor(), kind(item.content()));
                content(item.content());
            }
        }
    }

    private void anchor(Anchor anchor, int kind) {
        out.octet(kind
                | (anchor.left() == null ? 0 : UpdateReader.HAS_LEFT)
                | (anchor.right() == null ? 0 : UpdateReader.HAS_RIGHT)
                | (anchor.key() == null ? 0 : UpdateReader.HAS_KEY));
        if (anchor.left() != null) {
            out.id(anchor.left());
        }
        if (anchor.right() != null) {
            out.id(anchor.right());
        }
        switch (anchor.parent()) {
            case Parent.Root(Slice name) -> out.number(1).block(name);
            case Parent.Nested(Id id) -> out.number(0).id(id);
            case null -> {}
        }
        if (anchor.key() != null) {
            out.block(anchor.key());
        }
    }

    private static int kind(Content content) {
        return switch (content) {
            case Content.Deleted _ -> UpdateReader.DELETED;
            case Content.Text _ -> UpdateReader.TEXT;
            case Values values -> values.form() == Values.Form.ANY ? UpdateReader.ANY : UpdateReader.JSON;
            case Content.Whole whole ->
                switch (whole.kind()) {
                    case BINARY -> UpdateReader.BINARY;
                    case EMBED -> UpdateReader.EMBED;
                    case FORMAT -> UpdateReader.FORMAT;
                    case TYPE -> UpdateReader.TYPE;
                    case DOCUMENT -> UpdateReader.DOCUMENT;
                };
        };
    }

    private void content(Content content) {
        switch (content) {
            case Content.Deleted(long length) -> out.number(length);
            case Content.Text text -> out.block(text.utf8());
            case Values values -> out.number(values.length()).raw(values.encoded());
            case Content.Whole whole -> out.raw(whole.encoded());
        }
    }
}
