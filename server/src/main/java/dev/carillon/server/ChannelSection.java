package dev.carillon.server;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import dev.carillon.protocol.ChannelPattern;

/** Reads an entry of {@code channels}. */
final class ChannelSection {

    private ChannelSection() {}

    static ChannelRule read(Section section) {
        ChannelPattern pattern = ConfigurationFile.pattern(section, "pattern");
        ChannelSettings preset = preset(section);
        ChannelSettings.Builder settings = preset.toBuilder();
        ChannelKind kind = section.choice("kind", ChannelKind.class, preset.kind());
        settings.kind(kind);
        Durability normal = kind == ChannelKind.SIGNAL ? Durability.MEMORY : preset.durability();
        settings.durability(section.choice("durability", Durability.class, normal));
        section.section(
                "history",
                part -> settings.historyCountMax(part.number("count", preset.historyCountMax()))
                        .historyBytesMax(part.bytes("bytes", preset.historyBytesMax()))
                        .historyAgeMax(part.time("age", preset.historyAgeMax())));
        section.section(
                "idempotency",
                part -> settings.idempotencyCountMax(part.number("count", preset.idempotencyCountMax()))
                        .idempotencyAgeMax(part.time("age", preset.idempotencyAgeMax())));
        settings.forgetAfter(section.time("forgetAfter", preset.forgetAfter()));
        settings.tellsAt(section.flag("at", preset.tellsAt()));
        try {
            settings.map(section.section("map", part -> map(part, preset.map())));
            return new ChannelRule(pattern, settings.build());
        } catch (IllegalArgumentException e) {
            String why = String.valueOf(e.getMessage());
            section.problem(why.startsWith("map") ? "map" : "history", "of " + pattern + ": " + why);
            return new ChannelRule(pattern, preset);
        }
    }

    private static ChannelSettings preset(Section section) {
        return section.choice("preset", Preset.class, Preset.NONE).settings();
    }

    /** Reads all of it before it is checked. */
    private static MapSettings map(Section section, MapSettings normal) {
        return new MapSettings(
                section.number("keys", normal.keysMax()),
                section.intBytes("bytes", normal.bytesMax()),
                section.number("tracked", normal.trackedMax()),
                section.time("ttl", normal.timeToLive()),
                section.time("interval", normal.interval()));
    }
}
