package dev.carillon.server;

import dev.carillon.protocol.ChannelPattern;
import java.util.Set;

/** Allows something on the channels of a pattern. Grants add up; what none allows is refused. */
public record Grant(ChannelPattern channels, Set<Permission> may) {

    /** What can be allowed. */
    public enum Permission {
        /** To subscribe, and to read the history. */
        SUBSCRIBE,
        /** To publish. */
        PUBLISH
    }

    public Grant {
        may = Set.copyOf(may);
    }
}
