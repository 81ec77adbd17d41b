package dev.carillon.documents;

/** What a client made from one tick of its clock on. Immutable. */
sealed interface Struct {

    /** The first tick. */
    long clock();

    /** How many ticks; at least 1. */
    long length();

    default long end() {
        return clock() + length();
    }

    /** What is left of it from a tick on that lies within it. */
    Struct from(long client, long tick);

    /** What is before a tick that lies within it. */
    Struct upTo(long tick);

    /** Deleted together with what it was in: neither its place nor its content is known any more. */
    record Gc(long clock, long length) implements Struct {

        @Override
        public Gc from(long client, long tick) {
            return new Gc(tick, end() - tick);
        }

        @Override
        public Gc upTo(long tick) {
            return new Gc(clock, tick - clock);
        }
    }

    /** Not in this update. */
    record Skip(long clock, long length) implements Struct {

        @Override
        public Skip from(long client, long tick) {
            return new Skip(tick, end() - tick);
        }

        @Override
        public Skip upTo(long tick) {
            return new Skip(clock, tick - clock);
        }
    }

    /**
     * Content with its place.
     *
     * @param anchor what it stood between when it was made
     */
    record Item(long clock, Anchor anchor, Content content) implements Struct {

        @Override
        public long length() {
            return content.length();
        }

        @Override
        public Item from(long client, long tick) {
            Anchor behind = new Anchor(new Id(client, tick - 1), anchor.right(), null, null);
            return new Item(tick, behind, content.from(tick - clock));
        }

        @Override
        public Item upTo(long tick) {
            return new Item(clock, anchor, content.upTo(tick - clock));
        }
    }
}
