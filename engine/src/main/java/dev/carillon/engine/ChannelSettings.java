package dev.carillon.engine;

import static dev.carillon.engine.MapSettings.requireRange;

import java.time.Duration;

/**
 * What is set for a channel. {@link #toBuilder} makes others of it.
 *
 * @param kind what it keeps
 * @param durability what an acknowledged publication survives
 * @param historyCountMax keeps at most so many publications; at least 1
 * @param historyBytesMax keeps at most so many bytes, by {@link LogRecord#bytes}; the newest publication is kept anyway
 * @param historyAgeMax keeps a publication at most so long
 * @param idempotencyCountMax remembers at most so many idempotency keys
 * @param idempotencyAgeMax remembers a key at most so long
 * @param forgetAfter after the last publication has gone: how long the epoch and the head are remembered
 * @param tellsAt whether readers are told when a publication was accepted
 * @param map what is set for a map; means nothing elsewhere
 */
public record ChannelSettings(
        ChannelKind kind,
        Durability durability,
        int historyCountMax,
        long historyBytesMax,
        Duration historyAgeMax,
        int idempotencyCountMax,
        Duration idempotencyAgeMax,
        Duration forgetAfter,
        boolean tellsAt,
        MapSettings map) {

    /** The most publications that a channel can be set to keep. */
    public static final int HISTORY_COUNT_LIMIT = 1_000_000;

    /** What a channel has when nothing else is set. */
    public static final ChannelSettings DEFAULT = new ChannelSettings(
            Durability.DISK,
            10_000,
            64L << 20,
            Duration.ofDays(7),
            10_000,
            Duration.ofMinutes(15),
            Duration.ofDays(30));

    /** @throws IllegalArgumentException if a bound is out of range; the message names it */
    public ChannelSettings {
        requireRange("history count", historyCountMax, 1, HISTORY_COUNT_LIMIT);
        requireRange("history bytes", historyBytesMax, 1, Long.MAX_VALUE);
        requireRange("history age", historyAgeMax.toMillis(), 1, Long.MAX_VALUE);
        requireRange("idempotency count", idempotencyCountMax, 1, HISTORY_COUNT_LIMIT);
        requireRange("idempotency age", idempotencyAgeMax.toMillis(), 1, Long.MAX_VALUE);
        requireRange("forget after", forgetAfter.toMillis(), 0, Long.MAX_VALUE);
    }

    /** Settings of a stream whose readers are told when a publication was accepted. */
    public ChannelSettings(
            Durability durability,
            int historyCountMax,
            long historyBytesMax,
            Duration historyAgeMax,
            int idempotencyCountMax,
            Duration idempotencyAgeMax,
            Duration forgetAfter) {
        this(
                ChannelKind.STREAM,
                durability,
                historyCountMax,
                historyBytesMax,
                historyAgeMax,
                idempotencyCountMax,
                idempotencyAgeMax,
                forgetAfter,
                true,
                MapSettings.DEFAULT);
    }

    /** The same, whose readers are not told when a publication was accepted. */
    public ChannelSettings withoutAt() {
        return toBuilder().tellsAt(false).build();
    }

    /** The same with another durability. */
    public ChannelSettings with(Durability other) {
        return toBuilder().durability(other).build();
    }

    /** The same of another kind. */
    public ChannelSettings with(ChannelKind other) {
        return toBuilder().kind(other).build();
    }

    /** Makes settings that begin as these. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Makes settings; what is not said stays as it was. Each method sets the component of its name. */
    public static final class Builder {
        private ChannelKind kind;
        private Durability durability;
        private int historyCountMax;
        private long historyBytesMax;
        private Duration historyAgeMax;
        private int idempotencyCountMax;
        private Duration idempotencyAgeMax;
        private Duration forgetAfter;
        private boolean tellsAt;
        private MapSettings map;

        private Builder(ChannelSettings from) {
            kind = from.kind;
            durability = from.durability;
            historyCountMax = from.historyCountMax;
            historyBytesMax = from.historyBytesMax;
            historyAgeMax = from.historyAgeMax;
            idempotencyCountMax = from.idempotencyCountMax;
            idempotencyAgeMax = from.idempotencyAgeMax;
            forgetAfter = from.forgetAfter;
            tellsAt = from.tellsAt;
            map = from.map;
        }

        public Builder kind(ChannelKind value) {
            kind = value;
            return this;
        }

        public Builder durability(Durability value) {
            durability = value;
            return this;
        }

        public Builder historyCountMax(int value) {
            historyCountMax = value;
            return this;
        }

        public Builder historyBytesMax(long value) {
            historyBytesMax = value;
            return this;
        }

        public Builder historyAgeMax(Duration value) {
            historyAgeMax = value;
            return this;
        }

        public Builder idempotencyCountMax(int value) {
            idempotencyCountMax = value;
            return this;
        }

        public Builder idempotencyAgeMax(Duration value) {
            idempotencyAgeMax = value;
            return this;
        }

        public Builder forgetAfter(Duration value) {
            forgetAfter = value;
            return this;
        }

        public Builder tellsAt(boolean value) {
            tellsAt = value;
            return this;
        }

        public Builder map(MapSettings value) {
            map = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if a bound is out of range; the message names it
         */
        public ChannelSettings build() {
            return new ChannelSettings(
                    kind,
                    durability,
                    historyCountMax,
                    historyBytesMax,
                    historyAgeMax,
                    idempotencyCountMax,
                    idempotencyAgeMax,
                    forgetAfter,
                    tellsAt,
                    map);
        }
    }
}
