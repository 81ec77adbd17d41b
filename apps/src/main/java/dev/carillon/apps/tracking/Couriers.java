package dev.carillon.apps.tracking;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule.Ruling;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** All couriers, and the rule of the channel that they publish to. Thread-safe; {@link #decide} waits. */
final class Couriers {

    /** So many are known at once: as many as the map of the fleet has keys. */
    static final int MAX = 10_000;

    /** Who says nothing for so long, and carries nothing, is forgotten. */
    static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    private static final Ruling ACCEPT = new Ruling.Accept();

    private final Outlet outlet;
    private final InstantSource clock;
    private final Map<String, Courier> byId = new ConcurrentHashMap<>();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final AtomicLong doubted = new AtomicLong();

    Couriers(Outlet outlet, InstantSource clock) {
        this.outlet = outlet;
        this.clock = clock;
    }

    Collection<Courier> all() {
        return byId.values();
    }

    /** The courier of this name, new if there was none; null where there are as many as there may be. */
    @Nullable
    Courier named(String id) {
        Courier known = byId.get(id);
        if (known != null) {
            return known;
        }
        if (byId.size() >= MAX) {
            return null;
        }
        return byId.computeIfAbsent(id, name -> new Courier(name, outlet));
    }

    /**
     * Judges what is published to {@link TrackingNames#FIXES}. What is believed is on the maps before the publisher is answered;
     * what is in doubt is left out, and refused only where nothing else is in the bundle.
     */
    Ruling decide(@Nullable String user, ChannelName channel, Data data) {
        if (user == null) {
            return refuse(Code.UNAUTHENTICATED, "couriers have names: POST /dispatch/passes gives a token");
        }
        return switch (FixBundle.read(data)) {
            case FixBundle.Outcome.Refused(Code code, String message) -> refuse(code, message);
            case FixBundle.Outcome.Read(FixBundle bundle) -> {
                String id = Passes.courierOf(user, bundle.courier());
                yield id == null
                        ? refuse(
                                Code.NOT_PERMITTED,
                                "a courier publishes its own fixes; a gateway names one of its couriers")
                        : ruling(take(id, bundle));
            }
        };
    }

    /** The same for a courier of this process. */
    Courier.@Nullable Report take(String id, FixBundle bundle) {
        Courier courier = named(id);
        if (courier == null) {
            return null;
        }
        Courier.Report report = courier.take(bundle, clock.millis());
        taken.addAndGet(report.taken());
        repeated.addAndGet(report.repeated());
        doubted.addAndGet(report.doubted());
        return report;
    }

    private static Ruling ruling(Courier.@Nullable Report report) {
        if (report == null) {
            return refuse(Code.OVERLOADED, "there are as many couriers as there may be: " + MAX);
        }
        Code refused = report.refused();
        if (refused != null) {
            return refuse(refused, "the map of the fleet says " + refused.text());
        }
        Track.Doubt doubt = report.firstDoubt();
        if (doubt == null || report.taken() > 0 || report.repeated() > 0) {
            return ACCEPT;
        }
        Code code = doubt == Track.Doubt.TOO_OFTEN ? Code.RATE_LIMITED : Code.MALFORMED;
        return refuse(code, "the fix is not believed: " + doubt.sentence());
    }

    private static Ruling refuse(Code code, String message) {
        return new Ruling.Refuse(code, message);
    }

    /** Forgets who has not said anything for long. */
    void forgetTheSilent() {
        long before = clock.millis() - FORGOTTEN_AFTER.toMillis();
        byId.values().removeIf(courier -> {
            Courier.Seen seen = courier.seen();
            return courier.delivery() == null && seen != null && seen.at() < before;
        });
    }

    long taken() {
        return taken.get();
    }

    long repeated() {
        return repeated.get();
    }

    long doubted() {
        return doubted.get();
    }
}
