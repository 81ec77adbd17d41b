package dev.carillon.apps.tracking;

import java.util.ArrayList;
import java.util.List;

/** A way through town: a line from place to place, measured along itself. Immutable. */
final class Route {

    /** Places so near to each other, in metres, are the same. */
    private static final double SAME = 0.01;

    private final List<Place> line;
    /** How far each place of the line is from its beginning. */
    private final double[] at;

    /** @param line of which places that follow one another and are the same count once; not empty */
    Route(List<Place> line) {
        List<Place> parted = new ArrayList<>();
        for (Place place : line) {
            if (parted.isEmpty() || parted.getLast().metresTo(place) > SAME) {
                parted.add(place);
            }
        }
        if (parted.size() == 1) {
            parted.add(parted.getFirst());
        }
        this.line = List.copyOf(parted);
        at = new double[parted.size()];
        for (int i = 1; i < at.length; i++) {
            at[i] = at[i - 1] + parted.get(i - 1).metresTo(parted.get(i));
        }
    }

    List<Place> line() {
        return line;
    }

    double metres() {
        return at[at.length - 1];
    }

    /** The place so far along; the ends for less and more. */
    Place placeAt(double metres) {
        int i = segmentAt(metres);
        double length = at[i + 1] - at[i];
        double share = length == 0 ? 0 : Math.clamp((metres - at[i]) / length, 0, 1);
        return line.get(i).towards(line.get(i + 1), share);
    }

    /** The direction of the way so far along. */
    double headingAt(double metres) {
        int i = segmentAt(metres);
        return line.get(i).headingTo(line.get(i + 1));
    }

    private int segmentAt(double metres) {
        int i = 0;
        while (i + 2 < at.length && (at[i + 1] <= metres || at[i + 1] == at[i])) {
            i++;
        }
        return i;
    }

    /**
     * Where on it a place is.
     *
     * @param along how far from the beginning the nearest place of the line is
     * @param off how far away that is
     */
    record Projection(double along, double off) {}

    Projection project(Place place) {
        Projection nearest = new Projection(0, Double.MAX_VALUE);
        for (int i = 0; i + 1 < line.size(); i++) {
            double share = shareOf(place, line.get(i), line.get(i + 1));
            double off = place.metresTo(line.get(i).towards(line.get(i + 1), share));
            if (off < nearest.off()) {
                nearest = new Projection(at[i] + share * (at[i + 1] - at[i]), off);
            }
        }
        return nearest;
    }

    /** How far a place is from the line between two others. */
    static double metresFrom(Place place, Place a, Place b) {
        return place.metresTo(a.towards(b, shareOf(place, a, b)));
    }

    private static double shareOf(Place place, Place a, Place b) {
        double east = b.east() - a.east();
        double north = b.north() - a.north();
        double square = east * east + north * north;
        double along = (place.east() - a.east()) * east + (place.north() - a.north()) * north;
        return square == 0 ? 0 : Math.clamp(along / square, 0, 1);
    }
}
