package dev.carillon.server;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Extension} has to say about publications to channels of a pattern. Asked after the grants have accepted
 * one; where several rules match a channel, all of them must accept. A retry of a publish that was kept is not asked about.
 */
public record PublishRule(ChannelPattern channels, Rule rule) {

    /** Decides; on a virtual thread, may wait. One session's publishes to a channel are decided in their order. */
    public interface Rule {

        /**
         * Whether the publication may be kept. What it throws is a refusal with {@code internal}. An answer that takes longer
         * than {@code limits.decisionTime} is a refusal with {@code decision_late}.
         *
         * @param user who publishes, as proven; null for nobody in particular
         */
        Ruling decide(@Nullable String user, ChannelName channel, Data data);
    }

    /** A decision. */
    public sealed interface Ruling {
        /** As it is. */
        record Accept() implements Ruling {}

        /** With other data. */
        record Rewrite(Data data) implements Ruling {}

        /** No. */
        record Refuse(Code code, String message) implements Ruling {}
    }
}
