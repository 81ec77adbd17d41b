package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.server.LocalChannels;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The orders under way. They are kept in {@link TrackingNames#ORDERS}, from which they are read when the server starts, so that
 * its end doesn't lose one. Thread-safe; waits.
 */
final class Orders {

    /** So many are under way at once. */
    static final int MAX = 500;

    /** After so long nobody waits any more. */
    static final Duration AGE_MAX = Duration.ofHours(2);

    private static final int PAGE = 1000;
    private static final List<String> NAMES = List.of(
            "Asha", "Bram", "Chidi", "Dunya", "Emeka", "Freja", "Goran", "Hana", "Ines", "Jonas", "Kaia", "Luca");

    /** What became of a wish for an order. */
    sealed interface Outcome {
        /** It is placed. */
        record Placed(Order order) implements Outcome {}

        /** It is not; the message is a sentence for who asked. */
        record Refused(Code code, String message) implements Outcome {}
    }

    private final Outlet outlet;
    private final LocalChannels channels;
    private final Couriers couriers;
    private final Town town;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Delivery> underWay = new ConcurrentHashMap<>();
    private final Map<String, Ride> rides = new ConcurrentHashMap<>();

    Orders(Outlet outlet, LocalChannels channels, Couriers couriers, Town town, InstantSource clock) {
        this.outlet = outlet;
        this.channels = channels;
        this.couriers = couriers;
        this.town = town;
        this.clock = clock;
    }

    /** Goes on with what was under way when the server ended; null once that is read, else why it can't be. */
    @Nullable
    String start() {
        Position after = Position.ORIGIN;
        while (true) {
            switch (channels.history(TrackingNames.ORDERS, after, PAGE)) {
                case LocalChannels.HistoryOutcome.Refused(Code code, String message) -> {
                    return code.wire() + ", " + message;
                }
                case LocalChannels.HistoryOutcome.Page page -> {
                    page.publications().forEach(this::goOn);
                    after = page.position();
                    if (!page.more()) {
                        return null;
                    }
                }
            }
        }
    }

    private void goOn(Publication publication) {
        Order order = Order.read(publication.data());
        if (order == null || order.stage().isFinal()) {
            return;
        }
        Delivery delivery = new Delivery(outlet, town, order);
        Courier courier = couriers.named(order.courier());
        if (courier != null && courier.carry(delivery)) {
            underWay.put(order.id(), delivery);
            if (order.stage() == Stage.PLACED) {
                // The server ended in between. What can't be kept now is cancelled when nobody waits any more.
                begin(delivery, order, order.placedAt());
            }
            boolean hasIt = order.stage().isOnTheWay();
            beginRide(delivery, hasIt ? order.shop() : startNear(order.shop()));
        }
    }

    /**
     * Places an order.
     *
     * @param shop an index into the town's shops; −1 for any
     * @param home where to; null for somewhere
     * @param courierName who brings it, by fixes of their own; null for a simulated courier
     */
    Outcome place(int shop, @Nullable Place home, @Nullable String courierName) {
        if (underWay.size() >= MAX) {
            return new Outcome.Refused(Code.OVERLOADED, "there are as many orders as there may be: " + MAX);
        }
        String id = freshId();
        Town.Shop from = town.shops().get(shop < 0 ? random.nextInt(town.shops().size()) : shop);
        Place shopAt = town.crossings().get(from.crossing());
        Place to = home == null ? homeNear(shopAt) : home;
        String name =
                courierName == null ? NAMES.get(random.nextInt(NAMES.size())) + "-" + id.substring(0, 4) : courierName;
        Courier courier = couriers.named(name);
        if (courier == null) {
            return new Outcome.Refused(Code.OVERLOADED, "there are as many couriers as there may be: " + Couriers.MAX);
        }
        long now = clock.millis();
        Order order = new Order(id, from.name(), shopAt, to, name, courierName == null, now, Stage.PLACED, 1);
        Delivery delivery = new Delivery(outlet, town, order);
        if (!courier.carry(delivery)) {
            return new Outcome.Refused(Code.NOT_PERMITTED, name + " has an order already");
        }
        Code refused = outlet.set(TrackingNames.ORDERS, id, null, order.toJson());
        if (refused == null) {
            refused = begin(delivery, order, now);
        }
        if (refused != null) {
            courier.drop(delivery);
            outlet.remove(TrackingNames.ORDERS, id);
            return new Outcome.Refused(refused, "the order cannot be kept: " + refused.text());
        }
        underWay.put(id, delivery);
        beginRide(delivery, startNear(shopAt));
        return new Outcome.Placed(delivery.order());
    }

    /** Tells that it is placed, and that its courier has it; null once that is kept, else why not. */
    private @Nullable Code begin(Delivery delivery, Order order, long now) {
        Code refused = outlet.publish(TrackingNames.order(order.id()), order.event(now), order.key());
        boolean isTold = refused == null || refused == Code.IDEMPOTENCY_CONFLICT;
        return isTold ? delivery.become(Stage.ACCEPTED, now) : refused;
    }

    private void beginRide(Delivery delivery, Place start) {
        Order order = delivery.order();
        if (order.isSimulated()) {
            Ride ride =
                    new Ride(couriers, delivery, town, clock, start, order.id().hashCode());
            rides.put(order.id(), ride);
            Thread.ofVirtual().name("ride-" + order.id()).start(ride);
        }
    }

    /** 128 bits that nobody guesses, in letters, digits, hyphens and underscores. */
    private String freshId() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private Place homeNear(Place shop) {
        return crossingBetween(shop, 700, 1300);
    }

    private Place startNear(Place shop) {
        return crossingBetween(shop, 200, 450);
    }

    private Place crossingBetween(Place middle, double near, double far) {
        List<Place> there = town.crossings().stream()
                .filter(place -> place.metresTo(middle) >= near && place.metresTo(middle) <= far)
                .toList();
        return there.get(random.nextInt(there.size()));
    }

    /** Null where there is no such order under way. */
    @Nullable
    Delivery delivery(String id) {
        return underWay.get(id);
    }

    /** Takes the network away from the courier of an order for a while; false where that is nobody of ours. */
    boolean tunnel(String id, Duration time) {
        Ride ride = rides.get(id);
        if (ride == null) {
            return false;
        }
        ride.tunnel(time);
        return true;
    }

    /** Lets go of what is over, and cancels what nobody waits for any more. */
    void tidy() {
        long now = clock.millis();
        underWay.values().removeIf(delivery -> {
            Order order = delivery.order();
            if (!order.stage().isFinal() && now - order.placedAt() > AGE_MAX.toMillis()) {
                delivery.become(Stage.CANCELLED, now);
            }
            boolean isOver = delivery.order().stage().isFinal();
            if (isOver) {
                rides.remove(order.id());
            }
            return isOver;
        });
    }

    int count() {
        return underWay.size();
    }
}
