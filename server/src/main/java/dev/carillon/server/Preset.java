package dev.carillon.server;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import java.time.Duration;

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
    /** A document that several edit, kept on disk. */
    DOCUMENT;

    /** A document's snapshot and the updates since. Of what they may take together a quarter is the document's. */
    private static final MapSettings OF_DOCUMENT =
            new MapSettings(1024, MapSettings.BYTES_LIMIT, 1, Duration.ZERO, Duration.ZERO);

    private static final int DOCUMENT_HISTORY = 16;

    /** What it stands for. */
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
            case DOCUMENT ->
                settings.kind(ChannelKind.DOCUMENT)
                        .historyCountMax(DOCUMENT_HISTORY)
                        .historyAgeMax(Duration.ofDays(1))
                        .map(OF_DOCUMENT)
                        .build();
        };
    }
}
