package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An order under way: its courier's fixes move it from stage to stage, and its channels tell the customer. Thread-safe; waits.
 *
 * <p>A stage counts once its event is kept. Where it can't be kept now, the order stays where it is, and the next fix tries
 * again; an event is published under a key of its own, so that a try that was kept after all is not told twice.
 */
final class Delivery {

    /** The courier is at the shop's door: metres. */
    static final double AT_SHOP = 40;

    /** The courier is nearby: metres, inner and outer. */
    static final double NEAR = 250;

    static final double NEAR_OUTER = 320;

    /** The courier is at the customer's door: metres. */
    static final double AT_HOME = 30;

    /** How long the courier is at a door before it has done what it came for. */
    static final long DWELL_MILLIS = 2_000;

    /** Farther from the way, in metres, a courier is on another one. */
    private static final double OFF_ROUTE = 80;

    private static final long ARRIVAL_EVERY_MILLIS = 2_000;
    private static final double HANDOVER_SECONDS = 20;

    private final Outlet outlet;
    private final Town town;
    private final ReentrantLock lock = new ReentrantLock();
    private final Fence shop;
    private final Fence near;
    private final Fence home;
    private final Arrival arrival = new Arrival();
    private final double secondLeg;
    private Order order;
    private @Nullable Route route;
    private boolean isRouteToHome;
    private long arrivalToldAt;

    /** @param order as of a stage whose event is kept */
    Delivery(Outlet outlet, Town town, Order order) {
        this.outlet = outlet;
        this.town = town;
        this.order = order;
        shop = new Fence(order.shop(), AT_SHOP, AT_SHOP + 20, DWELL_MILLIS);
        near = new Fence(order.home(), NEAR, NEAR_OUTER, 0);
        home = new Fence(order.home(), AT_HOME, AT_HOME + 20, DWELL_MILLIS);
        secondLeg = town.route(order.shop(), order.home()).metres();
    }

    Order order() {
        lock.lock();
        try {
            return order;
        } finally {
            lock.unlock();
        }
    }

    Duty duty() {
        return order().stage().isOnTheWay() ? Duty.TO_HOME : Duty.TO_SHOP;
    }

    /** Moves it to its next stage, if that is one and can be kept; null once it is, else why not. */
    @Nullable
    Code become(Stage next, long nowMillis) {
        lock.lock();
        try {
            if (!order.stage().mayBecome(next)) {
                return Code.NOT_PERMITTED;
            }
            Order then = order.become(next);
            Code refused = outlet.publish(TrackingNames.order(order.id()), then.event(nowMillis), then.key());
            // An event that was kept before, at another time of the day, is the same event.
            if (refused != null && refused != Code.IDEMPOTENCY_CONFLICT) {
                return refused;
            }
            order = then;
            if (next.isFinal()) {
                outlet.remove(TrackingNames.ORDERS, order.id());
                outlet.remove(TrackingNames.place(order.id()), "eta");
            } else {
                outlet.set(TrackingNames.ORDERS, order.id(), null, order.toJson());
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what its courier's phone said and was believed.
     *
     * @param taken ascending; never empty
     * @param newest those of them that were newer than all before, ascending
     */
    void onFixes(List<Fix> taken, List<Fix> newest, long nowMillis) {
        lock.lock();
        try {
            if (order.stage().isFinal()) {
                return;
            }
            List<String> all = new ArrayList<>();
            taken.forEach(fix -> all.add(fix.toJson(nowMillis)));
            outlet.publish(
                    TrackingNames.trail(order.id()), Data.json("{\"fixes\":[" + String.join(",", all) + "]}"), null);
            if (!newest.isEmpty()) {
                Fix last = newest.getLast();
                outlet.set(TrackingNames.place(order.id()), "courier", null, Data.json(last.toJson(nowMillis)));
                newest.forEach(fix -> onNewest(fix, nowMillis));
                tellArrival(last, nowMillis);
            }
        } finally {
            lock.unlock();
        }
    }

    private void onNewest(Fix fix, long nowMillis) {
        arrival.learn(fix);
        boolean isAtShop = shop.isInside(fix);
        // A customer next door is not nearby before the courier has what it brings.
        boolean hasIt = order.stage().isOnTheWay();
        boolean isNear = hasIt && near.isInside(fix);
        boolean isAtHome = hasIt && home.isInside(fix);
        Stage next = switch (order.stage()) {
            case PLACED, DELIVERED, CANCELLED -> null;
            case ACCEPTED -> isAtShop ? Stage.PREPARING : null;
            case PREPARING -> isAtShop ? Stage.PICKED_UP : null;
            case PICKED_UP -> isNear ? Stage.NEARBY : null;
            case NEARBY -> isAtHome ? Stage.DELIVERED : null;
        };
        if (next != null) {
            become(next, nowMillis);
        }
    }

    private void tellArrival(Fix fix, long nowMillis) {
        if (order.stage().isFinal()) {
            return;
        }
        boolean toHome = order.stage().isOnTheWay();
        Route known = route;
        boolean isOnIt = known != null
                && toHome == isRouteToHome
                && known.project(fix.place()).off() <= OFF_ROUTE;
        if (isOnIt && nowMillis - arrivalToldAt < ARRIVAL_EVERY_MILLIS) {
            return;
        }
        Route way = known != null && isOnIt ? known : tellRoute(fix, toHome);
        arrivalToldAt = nowMillis;
        double left = way.metres() - way.project(fix.place()).along();
        Arrival.Range range = arrival.range(
                left + (toHome ? 0 : secondLeg), toHome ? HANDOVER_SECONDS : 2 * HANDOVER_SECONDS, nowMillis);
        String json = "{\"low\":" + range.low() + ",\"high\":" + range.high() + ",\"metres\":" + Math.round(left)
                + ",\"street\":\"" + town.streetAt(fix.place()) + "\",\"to\":\"" + endOf(toHome) + "\",\"t\":"
                + nowMillis
                + "}";
        outlet.set(TrackingNames.place(order.id()), "eta", null, Data.json(json));
    }

    private Route tellRoute(Fix fix, boolean toHome) {
        Route way = town.route(fix.place(), toHome ? order.home() : order.shop());
        route = way;
        isRouteToHome = toHome;
        String json = "{\"to\":\"" + endOf(toHome) + "\",\"line\":" + Town.jsonOf(way.line()) + "}";
        outlet.set(TrackingNames.place(order.id()), "route", null, Data.json(json));
        return way;
    }

    private static String endOf(boolean toHome) {
        return toHome ? "home" : "shop";
    }
}
