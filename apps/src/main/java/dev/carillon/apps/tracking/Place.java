package dev.carillon.apps.tracking;

/** A place on the map, in degrees. Distances are those of a flat map around the town: right to a thousandth within it. */
record Place(double lon, double lat) {

    private static final double METRES_A_DEGREE = 111_320;
    private static final double COSINE = Math.cos(Math.toRadians(Town.LAT));

    /** The place so many metres east and north of the town's middle. */
    static Place ofMetres(double east, double north) {
        return new Place(Town.LON + east / METRES_A_DEGREE / COSINE, Town.LAT + north / METRES_A_DEGREE);
    }

    /** Metres east of the town's middle. */
    double east() {
        return (lon - Town.LON) * METRES_A_DEGREE * COSINE;
    }

    /** Metres north of the town's middle. */
    double north() {
        return (lat - Town.LAT) * METRES_A_DEGREE;
    }

    double metresTo(Place other) {
        return Math.hypot(other.east() - east(), other.north() - north());
    }

    /** The direction to another place, in degrees from north over east, from 0 to less than 360. */
    double headingTo(Place other) {
        double degrees = Math.toDegrees(Math.atan2(other.east() - east(), other.north() - north()));
        return degrees < 0 ? degrees + 360 : degrees;
    }

    /** The place on the way to another one, where {@code share} of it is behind. */
    Place towards(Place other, double share) {
        return new Place(lon + (other.lon - lon) * share, lat + (other.lat - lat) * share);
    }

    /** {@code [lon,lat]}, to the decimetre. */
    String toJson() {
        return "[" + rounded(lon) + "," + rounded(lat) + "]";
    }

    /** Degrees to the decimetre, as JSON. */
    static double rounded(double degrees) {
        return Math.round(degrees * 1e6) / 1e6;
    }
}
