package dev.carillon.server;

import dev.carillon.websocket.DeflateSettings;

/**
 * Whether WebSocket messages are compressed by permessage-deflate.
 *
 * @param mode whether it is agreed to, and with context takeover or without
 */
public record Deflate(DeflateSettings.Mode mode, DeflateLimits limits) {

    /** Off, and how it is done where it is switched on. */
    public static final Deflate DEFAULT = of(DeflateSettings.OFF);

    private static Deflate of(DeflateSettings settings) {
        return new Deflate(
                settings.mode(),
                new DeflateLimits(
                        settings.level(), settings.thresholdBytes(), settings.contextBytes(), settings.contextsMax()));
    }

    DeflateSettings settings() {
        return new DeflateSettings(
                mode, limits.level(), limits.thresholdBytes(), limits.contextBytes(), limits.contexts());
    }
}
