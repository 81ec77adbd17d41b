package dev.carillon.apps.tracking;

import java.util.List;
import java.util.Random;

/** A courier at work all day: waits, rides to a shop, rides to a customer, and now and then through a tunnel. Not thread-safe. */
final class FleetRider {

    private static final double TUNNEL_CHANCE = 1 / 400.0;
    private static final List<Duty> AT_WORK = List.of(Duty.FREE, Duty.TO_SHOP, Duty.TO_HOME);
    private static final int TUNNEL_SECONDS = 15;
    private static final int WAIT_SECONDS_MAX = 40;

    private final String id;
    private final List<Place> destinations;
    private final Random random;
    private final Rider rider;
    private Duty duty;
    private int waits;
    private int tunnel;

    FleetRider(String id, Town town, List<Place> destinations, long seed) {
        this.id = id;
        this.destinations = destinations;
        random = new Random(seed);
        rider = new Rider(town, somewhere(), random.nextLong());
        // One in twenty has a break; the others begin somewhere in their day.
        duty = random.nextInt(20) == 0 ? Duty.ON_BREAK : AT_WORK.get(random.nextInt(AT_WORK.size()));
        if (duty == Duty.TO_SHOP || duty == Duty.TO_HOME) {
            rider.rideTo(somewhere());
        }
        waits = random.nextInt(WAIT_SECONDS_MAX);
    }

    private Place somewhere() {
        return destinations.get(random.nextInt(destinations.size()));
    }

    /** Lives for one second; what it publishes then, or empty for nothing. */
    String second(long nowMillis) {
        if (tunnel > 0) {
            tunnel--;
        } else if (random.nextDouble() < TUNNEL_CHANCE) {
            tunnel = TUNNEL_SECONDS;
        }
        rider.tunnel(tunnel > 0);
        if (duty != Duty.ON_BREAK && rider.hasArrived()) {
            arrived();
        }
        rider.ride(1);
        List<Fix> said = rider.say(nowMillis);
        return said.isEmpty() ? "" : json(said);
    }

    private void arrived() {
        if (waits > 0) {
            waits--;
            return;
        }
        duty = switch (duty) {
            case FREE -> Duty.TO_SHOP;
            case TO_SHOP -> Duty.TO_HOME;
            case TO_HOME, ON_BREAK -> Duty.FREE;
        };
        waits = random.nextInt(WAIT_SECONDS_MAX);
        if (duty != Duty.FREE) {
            rider.rideTo(somewhere());
        }
    }

    private String json(List<Fix> fixes) {
        StringBuilder json = new StringBuilder(160);
        json.append("{\"courier\":\"")
                .append(id)
                .append("\",\"duty\":\"")
                .append(duty.wire())
                .append("\",\"fixes\":[");
        for (int i = 0; i < fixes.size(); i++) {
            Fix fix = fixes.get(i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"t\":")
                    .append(fix.t())
                    .append(",\"n\":")
                    .append(fix.n());
            json.append(",\"lon\":").append(Place.rounded(fix.place().lon()));
            json.append(",\"lat\":").append(Place.rounded(fix.place().lat()));
            json.append(",\"acc\":5,\"heading\":")
                    .append(Math.round(fix.heading()))
                    .append('}');
        }
        return json.append("]}").toString();
    }
}
