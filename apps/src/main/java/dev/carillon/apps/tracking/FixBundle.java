package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a courier publishes: {@code {"fixes": [{"t", "lon", "lat", "n"?, "acc"?, "speed"?, "heading"?}, …], "duty"?}}, of one
 * moment or of all the time that it had no network.
 *
 * @param courier whose they are, where a gateway says it for its couriers; null where the sender itself is meant
 * @param duty what the courier is about, which only counts while it has no order of ours; null where it does not say
 * @param fixes by the phone's clock, ascending
 */
record FixBundle(@Nullable String courier, @Nullable Duty duty, List<Fix> fixes) {

    /** The most fixes at once: five minutes without a network. */
    static final int FIXES_MAX = 300;

    private static final double EXACT_MAX = 1L << 53;

    /** What came of reading. */
    sealed interface Outcome {
        /** A bundle. */
        record Read(FixBundle bundle) implements Outcome {}

        /** None; the message is a sentence for its sender. */
        record Refused(Code code, String message) implements Outcome {}
    }

    /** Reads what somebody wants to publish. */
    static Outcome read(Data data) {
        Tree tree = Tree.read(data);
        List<?> given = tree == null ? null : tree.list("fixes");
        if (tree == null || given == null || given.isEmpty()) {
            return malformed("a courier publishes an object with a list of fixes");
        }
        if (given.size() > FIXES_MAX) {
            return new Outcome.Refused(
                    Code.TOO_LARGE,
                    "there are " + given.size() + " fixes; at most " + FIXES_MAX + " are taken at once");
        }
        if (tree.has("courier") && tree.text("courier") == null) {
            return malformed("courier is a text");
        }
        String duty = tree.text("duty");
        if (tree.has("duty") && (duty == null || Duty.of(duty) == null)) {
            return malformed("duty is one of free, to_shop, to_home and on_break");
        }
        List<Fix> fixes = new ArrayList<>();
        for (Object one : given) {
            Fix fix = one instanceof Tree object ? fix(object) : null;
            if (fix == null) {
                return malformed(
                        "a fix has t in milliseconds since 1970, lon and lat in degrees, and perhaps n, acc and"
                                + " speed, which are not negative, and heading, from 0 to 360");
            }
            fixes.add(fix);
        }
        fixes.sort(null);
        return new Outcome.Read(
                new FixBundle(tree.text("courier"), duty == null ? null : Duty.of(duty), List.copyOf(fixes)));
    }

    private static @Nullable Fix fix(Tree tree) {
        double t = tree.number("t");
        double n = tree.has("n") ? tree.number("n") : 0;
        double lon = tree.number("lon");
        double lat = tree.number("lat");
        double accuracy = tree.numberIfGiven("acc");
        double speed = tree.numberIfGiven("speed");
        double heading = tree.numberIfGiven("heading");
        // Each is written so that NaN, which is what an absent number is, fails where it must.
        boolean isFix = t >= 0 && t <= EXACT_MAX && n >= 0 && n <= EXACT_MAX;
        isFix &= Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
        isFix &= isAbsentOrUpTo(accuracy, Double.MAX_VALUE) && isAbsentOrUpTo(speed, Double.MAX_VALUE);
        isFix &= isAbsentOrUpTo(heading, 360);
        return isFix ? new Fix((long) t, (long) n, new Place(lon, lat), accuracy, speed, heading % 360) : null;
    }

    private static boolean isAbsentOrUpTo(double value, double max) {
        return Double.isNaN(value) || (value >= 0 && value <= max);
    }

    private static Outcome.Refused malformed(String message) {
        return new Outcome.Refused(Code.MALFORMED, message);
    }
}
