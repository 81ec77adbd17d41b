package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One courier: what its phone said, where that puts it, and what it carries. Thread-safe; waits. What comes of its fixes is
 * published under its lock, so that the map is given them in the order in which they were judged.
 */
final class Courier {

    /** A fix that is as far from the one before, in metres, has a direction of its own. */
    private static final double MOVED = 3;

    /** What became of a bundle. */
    record Report(
            int taken,
            int repeated,
            int doubted,
            Track.@Nullable Doubt firstDoubt,
            @Nullable Code refused) {}

    /** Where it is, for those who look for one. */
    record Seen(Place place, long at, Duty duty) {}

    private final String id;
    private final Outlet outlet;
    private final ReentrantLock lock = new ReentrantLock();
    private final Track track = new Track();
    private Duty said = Duty.FREE;
    private double heading;
    private volatile @Nullable Delivery delivery;
    private volatile @Nullable Seen seen;

    Courier(String id, Outlet outlet) {
        this.id = id;
        this.outlet = outlet;
    }

    String id() {
        return id;
    }

    /** Null before its first fix. */
    @Nullable
    Seen seen() {
        return seen;
    }

    /** What it carries; null while that is nothing of ours. */
    @Nullable
    Delivery delivery() {
        Delivery now = delivery;
        return now == null || now.order().stage().isFinal() ? null : now;
    }

    /** Gives it an order, unless it has one; whether it took it. */
    boolean carry(Delivery next) {
        lock.lock();
        try {
            if (delivery() != null) {
                return false;
            }
            delivery = next;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes an order away again that never came to be. */
    void drop(Delivery dropped) {
        lock.lock();
        try {
            if (dropped.equals(delivery)) {
                delivery = null;
            }
        } finally {
            lock.unlock();
        }
    }

    Report take(FixBundle bundle, long nowMillis) {
        lock.lock();
        try {
            Duty duty = bundle.duty();
            said = duty == null ? said : duty;
            return judge(bundle.fixes(), nowMillis);
        } finally {
            lock.unlock();
        }
    }

    private Report judge(List<Fix> fixes, long nowMillis) {
        List<Fix> taken = new ArrayList<>(fixes.size());
        List<Fix> newest = new ArrayList<>(fixes.size());
        int repeated = 0;
        int doubted = 0;
        Track.Doubt firstDoubt = null;
        for (Fix fix : fixes) {
            Fix before = track.newest();
            switch (track.take(fix, nowMillis)) {
                case Track.Verdict.Taken(boolean isNewest) -> {
                    taken.add(fix);
                    if (isNewest) {
                        newest.add(fix);
                        turn(before, fix);
                    }
                }
                case Track.Verdict.Repeated _ -> repeated++;
                case Track.Verdict.Doubted(Track.Doubt why) -> {
                    doubted++;
                    firstDoubt = firstDoubt == null ? why : firstDoubt;
                }
            }
        }
        Code refused = taken.isEmpty() ? null : tell(taken, newest, nowMillis);
        return new Report(taken.size(), repeated, doubted, firstDoubt, refused);
    }

    private void turn(@Nullable Fix before, Fix fix) {
        if (!Double.isNaN(fix.heading())) {
            heading = fix.heading();
        } else if (before != null && before.place().metresTo(fix.place()) >= MOVED) {
            heading = before.place().headingTo(fix.place());
        }
    }

    private @Nullable Code tell(List<Fix> taken, List<Fix> newest, long nowMillis) {
        Delivery carried = delivery();
        if (carried != null) {
            carried.onFixes(taken, newest, nowMillis);
        }
        if (newest.isEmpty()) {
            return null;
        }
        Fix last = newest.getLast();
        Delivery still = delivery();
        Duty duty = still == null ? said : still.duty();
        seen = new Seen(last.place(), nowMillis, duty);
        return outlet.set(
                TrackingNames.FLEET,
                id,
                Tile.of(last.place(), Tile.COURIERS).toString(),
                Data.json(json(last, duty, nowMillis)));
    }

    /** Short names and a metre's precision: of these there are thousands a second. */
    private String json(Fix fix, Duty duty, long nowMillis) {
        return "{\"t\":" + fix.t() + ",\"r\":" + nowMillis + ",\"lon\":"
                + short5(fix.place().lon()) + ",\"lat\":" + short5(fix.place().lat()) + ",\"h\":" + Math.round(heading)
                + ",\"d\":\"" + duty.wire() + "\"}";
    }

    private static double short5(double degrees) {
        return Math.round(degrees * 1e5) / 1e5;
    }
}
