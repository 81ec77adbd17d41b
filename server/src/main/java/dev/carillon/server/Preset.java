package dev.carillon.server;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Settings of a channel under one word, of which any can be said otherwise. */
enum Preset {
    /** The defaults. */
    NONE,
    /** Rooms that people talk in: kept on disk for a month. */
    CHAT,
    /** News of which the latest count: kept in memory for a day. */
    FEED,
    /** The newest value of each key, kept on disk. */
    STATE,
    /** Pointers, typing: signals only. */
    CURSOR,
    /** A document that several edit. There is none yet. */
    DOCUMENT;

    /** What it stands for; null where this version doesn't have it. */
    @Nullable
    ChannelSettings settings() {
        ChannelSettings.Builder settings = ChannelSettings.DEFAULT.toBuilder();
        return switch (this) {
            case NONE -> settings.build();
            case CHAT -> settings.historyAgeMax(Duration.ofDays(30)).build();
            case FEED ->
                settings.durability(Durability.MEMORY)
                        .historyCountMax(1000)
                        .historyBytesMax(8 << 20)
                        .historyAgeMax(Duration.ofDays(1))
                        .build();
            case STATE ->
                settings.kind(ChannelKind.MAP)
                        .historyBytesMax(8 << 20)
                        .historyAgeMax(Duration.ofDays(1))
                        .map(MapSettings.DEFAULT)
                        .build();
            case CURSOR ->
                settings.kind(ChannelKind.SIGNAL).durability(Durability.MEMORY).build();
            case DOCUMENT -> null;
        };
    }
}
