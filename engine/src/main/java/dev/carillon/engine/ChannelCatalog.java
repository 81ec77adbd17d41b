package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import org.jspecify.annotations.Nullable;

/** Port: what is set for a channel, by its name. Pure; called from any thread. */
public interface ChannelCatalog {

    /** The settings; null where no pattern allows a channel of this name. */
    @Nullable
    ChannelSettings settingsOf(ChannelName channel);
}
