package dev.carillon.apps.tracking;

import dev.carillon.protocol.Data;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/**
 * Counts couriers by tile once a second, for who looks at more of the town than can be shown courier by courier: what that costs
 * a reader depends on the town's size and not on the fleet's.
 */
final class Census implements Runnable {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Couriers couriers;
    private final Orders orders;
    private final Outlet outlet;
    private final InstantSource clock;
    /** What was told last, by tile. */
    private final Map<String, String> told = new HashMap<>();

    Census(Couriers couriers, Orders orders, Outlet outlet, InstantSource clock) {
        this.couriers = couriers;
        this.orders = orders;
        this.outlet = outlet;
        this.clock = clock;
    }

    /** Until the server ends, which interrupts nobody but refuses what it is given then. */
    @Override
    public void run() {
        try {
            while (true) {
                count();
                orders.tidy();
                couriers.forgetTheSilent();
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            told.clear();
        }
    }

    void count() {
        Map<String, String> now = counted();
        for (String tile : new HashSet<>(told.keySet())) {
            if (!now.containsKey(tile) && outlet.remove(TrackingNames.COUNTS, tile) == null) {
                told.remove(tile);
            }
        }
        now.forEach((tile, json) -> {
            if (!json.equals(told.get(tile)) && outlet.set(TrackingNames.COUNTS, tile, null, Data.json(json)) == null) {
                told.put(tile, json);
            }
        });
    }

    private Map<String, String> counted() {
        long since = clock.millis() - TrackingNames.SILENCE.toMillis();
        Map<String, Map<Duty, Integer>> byTile = new HashMap<>();
        for (Courier courier : couriers.all()) {
            Courier.Seen seen = courier.seen();
            if (seen != null && seen.at() >= since) {
                byTile.computeIfAbsent(Tile.of(seen.place(), Tile.COUNTS).toString(), _ -> new EnumMap<>(Duty.class))
                        .merge(seen.duty(), 1, Integer::sum);
            }
        }
        Map<String, String> json = new HashMap<>();
        byTile.forEach((tile, counts) -> json.put(tile, json(counts)));
        return json;
    }

    private static String json(Map<Duty, Integer> counts) {
        StringBuilder json = new StringBuilder("{");
        counts.forEach((duty, count) -> json.append(json.length() == 1 ? "" : ",")
                .append('"')
                .append(duty.wire())
                .append("\":")
                .append(count));
        return json.append('}').toString();
    }
}
