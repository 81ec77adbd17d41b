package dev.carillon.documents;

/** What an item holds, as the bytes that its update has. Immutable. */
sealed interface Content {

    /** Ticks of the clock; at least 1. */
    long length();

    /** What is left of it without its first ticks, of which there are fewer than it has. */
    Content from(long ticks);

    /** Its first ticks, of which there are fewer than it has. */
    Content upTo(long ticks);

    /** Gone; its place is kept. */
    record Deleted(long length) implements Content {

        @Override
        public Deleted from(long ticks) {
            return new Deleted(length - ticks);
        }

        @Override
        public Deleted upTo(long ticks) {
            return new Deleted(ticks);
        }
    }

    /**
     * Characters, a tick for each UTF-16 unit.
     *
     * @param utf8 at least one, without halves of pairs
     */
    record Text(long length, Slice utf8) implements Content {

        @Override
        public Text from(long ticks) {
            return new Text(length - ticks, Utf8.from(utf8, ticks));
        }

        @Override
        public Text upTo(long ticks) {
            return new Text(ticks, Utf8.upTo(utf8, ticks));
        }
    }

    /** Values, a tick each. */
    record Values(Form form, long length, Slice encoded) implements Content {

        /** How a value is written. */
        enum Form {
            /** A text that is JSON, or the word {@code undefined}. */
            JSON,
            /** As lib0 has it. */
            ANY
        }

        /** The byte at which so many values are over. */
        private int behind(long values) {
            ByteReader in = new ByteReader(encoded.bytes(), encoded.from(), encoded.to());
            for (long left = values; left > 0; left--) {
                if (form == Form.JSON) {
                    in.block();
                } else {
                    AnyValue.skip(in);
                }
            }
            return in.at();
        }

        @Override
        public Values from(long ticks) {
            return new Values(form, length - ticks, new Slice(encoded.bytes(), behind(ticks), encoded.to()));
        }

        @Override
        public Values upTo(long ticks) {
            return new Values(form, ticks, new Slice(encoded.bytes(), encoded.from(), behind(ticks)));
        }
    }

    /** What has one tick and can't be parted: a type, a mark of a format, bytes, an embedded value, a document within the document. */
    record Whole(Kind kind, Slice encoded) implements Content {

        /** What it is. */
        enum Kind {
            BINARY,
            EMBED,
            FORMAT,
            TYPE,
            DOCUMENT
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public Content from(long ticks) {
            throw new IllegalStateException("one tick can't be parted");
        }

        @Override
        public Content upTo(long ticks) {
            throw new IllegalStateException("one tick can't be parted");
        }
    }
}
