package dev.carillon.apps.tracking;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A simulated courier that brings one order: rides to the shop, then to the customer, and says each second where it is. */
final class Ride implements Runnable {

    private static final Duration TICK = Duration.ofSeconds(1);
    /** Longer than any way through town takes. */
    private static final Duration TIME_MAX = Duration.ofMinutes(40);

    private final Couriers couriers;
    private final Delivery delivery;
    private final InstantSource clock;
    private final Rider rider;
    private volatile long tunnelUntil;

    Ride(Couriers couriers, Delivery delivery, Town town, InstantSource clock, Place start, long seed) {
        this.couriers = couriers;
        this.delivery = delivery;
        this.clock = clock;
        rider = new Rider(town, start, seed);
    }

    /** It has no network for so long. */
    void tunnel(Duration time) {
        tunnelUntil = clock.millis() + time.toMillis();
    }

    @Override
    public void run() {
        try {
            ride();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // The server has ended, and all rides with it.
        }
    }

    private void ride() throws InterruptedException {
        long end = clock.millis() + TIME_MAX.toMillis();
        boolean goesHome = false;
        rider.rideTo(delivery.order().shop());
        while (clock.millis() < end) {
            Order order = delivery.order();
            if (order.stage().isFinal()) {
                return;
            }
            if (!goesHome && order.stage().isOnTheWay()) {
                goesHome = true;
                rider.rideTo(order.home());
            }
            rider.ride(TICK.toMillis() / 1000.0);
            long now = clock.millis();
            rider.tunnel(now < tunnelUntil);
            List<Fix> said = rider.say(now);
            if (!said.isEmpty()) {
                couriers.take(order.courier(), new FixBundle(null, null, said));
            }
            Thread.sleep(TICK);
        }
    }
}
