package dev.carillon.apps.tracking;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Somebody on a bicycle with a phone, played from a seed: rides through the town, and now and then the phone says where that is,
 * with errors as phones make them. Not thread-safe.
 */
final class Rider {

    /** The spread of the phone's errors, in metres; each is mostly the one before. */
    private static final double ERROR = 2.5;

    private static final double ERROR_STAYS = 0.9;

    private final Town town;
    private final Random random;
    private final double pace;
    private Place place;
    private @Nullable Route route;
    private double along;
    private double speed;
    private double heading;
    private double errorEast;
    private double errorNorth;
    private long count;
    private boolean isInTunnel;
    private final List<Fix> held = new ArrayList<>();

    Rider(Town town, Place start, long seed) {
        this.town = town;
        random = new Random(seed);
        place = start;
        pace = random.nextDouble(0.85, 1.15);
        heading = random.nextDouble(360);
    }

    Place place() {
        return place;
    }

    void rideTo(Place destination) {
        route = town.route(place, destination);
        along = 0;
    }

    boolean hasArrived() {
        return route == null || along >= route.metres();
    }

    /** Rides on. */
    void ride(double seconds) {
        Route way = route;
        if (way == null || hasArrived()) {
            speed = 0;
            return;
        }
        double wanted = 7.5 * pace;
        speed += Math.clamp(wanted - speed, -3 * seconds, 2 * seconds);
        along = Math.min(way.metres(), along + speed * seconds);
        place = way.placeAt(along);
        heading = way.headingAt(along);
    }

    /** From now on there is no network, or there is one again. */
    void tunnel(boolean isIn) {
        isInTunnel = isIn;
    }

    /** What the phone sends at this moment: nothing in a tunnel, and all that it held back behind it. */
    List<Fix> say(long nowMillis) {
        errorEast = ERROR_STAYS * errorEast + ERROR * Math.sqrt(1 - ERROR_STAYS * ERROR_STAYS) * random.nextGaussian();
        errorNorth =
                ERROR_STAYS * errorNorth + ERROR * Math.sqrt(1 - ERROR_STAYS * ERROR_STAYS) * random.nextGaussian();
        Place seen = Place.ofMetres(place.east() + errorEast, place.north() + errorNorth);
        held.add(new Fix(nowMillis, ++count, seen, 5, Math.max(0, speed), heading));
        if (isInTunnel) {
            if (held.size() > FixBundle.FIXES_MAX) {
                held.removeFirst();
            }
            return List.of();
        }
        List<Fix> said = List.copyOf(held);
        held.clear();
        return said;
    }
}
