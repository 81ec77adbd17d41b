package dev.carillon.apps.tracking;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.server.Host;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may do what here, and the tokens that say so. Thread-safe. */
final class Passes {

    static final Duration LIFETIME = Duration.ofMinutes(5);

    /** Publishes for its couriers, as the box of a fleet's operator does. */
    static final String GATEWAY = "gateway";

    private static final String COURIER = "courier.";
    private static final Set<Permission> READING = Set.of(Permission.SUBSCRIBE);

    private final Host host;

    Passes(Host host) {
        this.host = host;
    }

    /** A token. */
    record Pass(String user, String token) {}

    Pass courier(String id) {
        return pass(COURIER + id, List.of(publishing()));
    }

    Pass gateway() {
        return pass(GATEWAY, List.of(publishing()));
    }

    /** Follows one order. */
    Pass customer(String order) {
        return pass(
                "customer." + order,
                List.of(
                        new Grant(TrackingNames.only(TrackingNames.order(order)), READING),
                        new Grant(TrackingNames.only(TrackingNames.place(order)), READING),
                        new Grant(TrackingNames.only(TrackingNames.trail(order)), READING)));
    }

    /** Sees all couriers. */
    Pass dispatcher() {
        return pass(
                "dispatcher",
                List.of(
                        new Grant(TrackingNames.only(TrackingNames.FLEET), READING),
                        new Grant(TrackingNames.only(TrackingNames.COUNTS), READING)));
    }

    private static Grant publishing() {
        return new Grant(TrackingNames.only(TrackingNames.FIXES), Set.of(Permission.PUBLISH));
    }

    private Pass pass(String user, List<Grant> grants) {
        return new Pass(user, host.issueToken(user, grants, LIFETIME));
    }

    /** Whose fixes somebody publishes; null where they may not. */
    static @Nullable String courierOf(String user, @Nullable String named) {
        if (user.equals(GATEWAY)) {
            return named != null && TrackingNames.isCourier(named) ? named : null;
        }
        String own = user.startsWith(COURIER) ? user.substring(COURIER.length()) : "";
        return TrackingNames.isCourier(own) && (named == null || named.equals(own)) ? own : null;
    }
}
