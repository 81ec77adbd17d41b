package dev.carillon.engine;

/** How many seeds a property is tried with. */
final class Seeds {

    private Seeds() {}

    /** So many, or the share of them that {@code carillon.seeds.share} leaves: of 300 seeds, 30 with a share of 10. */
    static int of(int all) {
        return Math.max(1, all / Integer.getInteger("carillon.seeds.share", 1));
    }
}
