package dev.carillon.apps.tracking;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.server.ChannelRule;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** The names of channels, couriers and orders, and what the channels are set to where nobody else sets them. */
final class TrackingNames {

    /** Where couriers publish their fixes: a stream of what they said, believed or not. */
    static final ChannelName FIXES = new ChannelName("tracking:fixes");

    /** Where every courier is: a map by courier, tagged by tile. */
    static final ChannelName FLEET = new ChannelName("tracking:fleet");

    /** How many couriers there are: a map by tile. */
    static final ChannelName COUNTS = new ChannelName("tracking:counts");

    /** The orders under way: a map by order, which only this app reads. */
    static final ChannelName ORDERS = new ChannelName("tracking:orders");

    private static final String ORDER = "tracking:order:";
    private static final String PLACE = "tracking:place:";
    private static final String TRAIL = "tracking:trail:";

    static final ChannelPattern EVERYTHING = pattern("tracking:**");
    private static final String COURIER = "[A-Za-z0-9][A-Za-z0-9_-]{0,39}";

    /** A courier that says nothing for so long is gone from the map of the fleet. */
    static final Duration SILENCE = Duration.ofSeconds(30);

    /** A dispatcher is given what has changed so often. */
    private static final Duration INTERVAL = Duration.ofMillis(200);

    private TrackingNames() {}

    private static ChannelPattern pattern(String text) {
        return Objects.requireNonNull(ChannelPattern.parse(text), text);
    }

    /** A pattern that one channel matches. */
    static ChannelPattern only(ChannelName channel) {
        return pattern(channel.value());
    }

    /** The stages of an order: a stream, kept on disk. */
    static ChannelName order(String id) {
        return new ChannelName(ORDER + id);
    }

    /** Of an order: where its courier is, the way, and how long that takes: a map. */
    static ChannelName place(String id) {
        return new ChannelName(PLACE + id);
    }

    /** Of an order: all of its courier's fixes, each once: a stream. */
    static ChannelName trail(String id) {
        return new ChannelName(TRAIL + id);
    }

    static boolean isCourier(String name) {
        return name.matches(COURIER);
    }

    /** Positions are worth nothing tomorrow, so they are in memory; orders are on disk. */
    static List<ChannelRule> channels() {
        ChannelSettings stream = ChannelSettings.DEFAULT.toBuilder()
                .durability(Durability.MEMORY)
                .historyCountMax(2_000)
                .historyBytesMax(4 << 20)
                .historyAgeMax(Duration.ofHours(3))
                .build();
        ChannelSettings map = stream.toBuilder()
                .kind(ChannelKind.MAP)
                .map(MapSettings.DEFAULT)
                .build();
        MapSettings bounds = MapSettings.DEFAULT;
        ChannelSettings fleet = map.toBuilder()
                .historyCountMax(10_000)
                .map(new MapSettings(Couriers.MAX, bounds.bytesMax(), bounds.trackedMax(), SILENCE, INTERVAL))
                .build();
        return List.of(
                new ChannelRule(only(FIXES), stream),
                new ChannelRule(only(FLEET), fleet),
                new ChannelRule(only(COUNTS), map),
                new ChannelRule(only(ORDERS), map.with(Durability.DISK)),
                new ChannelRule(pattern(PLACE + "*"), map),
                new ChannelRule(pattern(TRAIL + "*"), stream));
    }
}
