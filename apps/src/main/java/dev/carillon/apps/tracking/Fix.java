package dev.carillon.apps.tracking;

/**
 * Where a courier's phone says that it was.
 *
 * @param t when, by the phone's clock
 * @param n the phone's own count of its fixes, which orders those of one moment; 0 where it does not count
 * @param accuracy the radius in metres that the phone vouches for; NaN where it does not say
 * @param speed NaN where it does not say
 * @param heading in degrees from north over east; NaN where it does not say
 */
record Fix(long t, long n, Place place, double accuracy, double speed, double heading) implements Comparable<Fix> {

    /** By the phone's clock and count: never by when a fix arrived. */
    @Override
    public int compareTo(Fix other) {
        int byTime = Long.compare(t, other.t);
        return byTime != 0 ? byTime : Long.compare(n, other.n);
    }

    /** The same as an object of JSON, with when the server had it. */
    String toJson(long receivedAt) {
        StringBuilder json = new StringBuilder(128)
                .append("{\"t\":")
                .append(t)
                .append(",\"n\":")
                .append(n)
                .append(",\"lon\":")
                .append(Place.rounded(place.lon()))
                .append(",\"lat\":")
                .append(Place.rounded(place.lat()));
        append(json, "acc", accuracy);
        append(json, "speed", speed);
        append(json, "heading", heading);
        return json.append(",\"r\":").append(receivedAt).append('}').toString();
    }

    private static void append(StringBuilder json, String name, double value) {
        if (!Double.isNaN(value)) {
            json.append(",\"").append(name).append("\":").append(Math.round(value * 10) / 10.0);
        }
    }
}
