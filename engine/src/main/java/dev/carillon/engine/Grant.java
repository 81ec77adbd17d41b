package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Allows something on the channels of a pattern. Grants add up; what none allows is refused. */
public record Grant(ChannelPattern channels, Set<Permission> may) {

    private static final ChannelPattern EVERY_CHANNEL = Objects.requireNonNull(ChannelPattern.parse("**"));

    /** Allows everything on every channel. */
    public static final List<Grant> EVERYTHING = List.of(new Grant(EVERY_CHANNEL, Set.of(Permission.values())));

    public Grant {
        may = Set.copyOf(may);
    }

    /** Whether one of the grants allows this. */
    public static boolean allow(List<Grant> grants, Permission asked, ChannelName channel) {
        for (int i = 0; i < grants.size(); i++) {
            if (grants.get(i).allows(asked, channel)) {
                return true;
            }
        }
        return false;
    }

    private boolean allows(Permission asked, ChannelName channel) {
        return may.contains(asked) && (channels.equals(EVERY_CHANNEL) || channels.matches(channel));
    }
}
