package dev.carillon.apps.tracking;

/**
 * A square of the map in the usual scheme of web maps: at zoom z the world is 2^z by 2^z of them.
 *
 * @param x from the west
 * @param y from the north
 */
record Tile(int zoom, int x, int y) {

    /** Couriers are tagged with tiles of this zoom: about 340 m wide in town, so that a screenful is a few dozen. */
    static final int COURIERS = 16;

    /** Couriers are counted in tiles of this zoom: about 670 m wide in town. */
    static final int COUNTS = 15;

    static Tile of(Place place, int zoom) {
        double world = 1 << zoom;
        double sine = Math.sin(Math.toRadians(place.lat()));
        double y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
        return new Tile(zoom, (int) Math.floor((place.lon() + 180) / 360 * world), (int) Math.floor(y * world));
    }

    /** {@code z/x/y}: the tag of a courier, and the key of a count. */
    @Override
    public String toString() {
        return zoom + "/" + x + "/" + y;
    }
}
