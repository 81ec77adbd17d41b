package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.MapSettings;
import dev.carillon.engine.SharedLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a seed plays: how large, with which bounds, and which troubles. Each seed leaves some troubles out, because one that
 * is always there hides what needs its absence.
 *
 * @param nodes how many; one alone keeps its own log unless {@code isShared}
 * @param isShared whether a log beside the nodes keeps everything
 * @param shared the bounds of what nodes know of that log
 * @param owners each node's threads
 * @param erases whether somebody purges channels and redacts publications
 * @param thinkNanos how long a client waits on average before it does something
 * @param troubleNanos how long it takes on average until the next trouble
 * @param outboxBytes a connection has no room beyond so many bytes
 */
record Scenario(
        int nodes,
        boolean isShared,
        SharedLimits shared,
        int owners,
        int clients,
        int posters,
        int pollers,
        List<ChannelSettings> channels,
        boolean erases,
        Set<Trouble> troubles,
        long thinkNanos,
        long troubleNanos,
        int outboxBytes,
        EngineLimits limits,
        Form form) {

    /** In which form messages cross the network. */
    enum Form {
        /** As objects: nothing is encoded. */
        NONE,
        JSON,
        BINARY
    }

    static Scenario of(Dice dice) {
        List<ChannelSettings> channels = new ArrayList<>();
        int count = dice.between(1, 4);
        for (int i = 0; i < count; i++) {
            channels.add(settings(dice));
        }
        EnumSet<Trouble> troubles = EnumSet.noneOf(Trouble.class);
        for (Trouble trouble : Trouble.values()) {
            boolean isOfOneNode = trouble.group != Trouble.Group.CONSEQUENCE && trouble.group != Trouble.Group.HUB;
            if (isOfOneNode && dice.oneIn(2)) {
                troubles.add(trouble);
            }
        }
        Dice ofNodes = dice.fork(300);
        boolean isShared = ofNodes.oneIn(2);
        if (isShared) {
            troubles.removeIf(trouble -> trouble.group == Trouble.Group.DISK);
            for (Trouble trouble : Trouble.values()) {
                if (trouble.group == Trouble.Group.HUB && ofNodes.oneIn(2)) {
                    troubles.add(trouble);
                }
            }
        }
        Dice ofKinds = dice.fork(301);
        int maps = !isShared && ofKinds.oneIn(2) ? ofKinds.between(1, 2) : 0;
        for (int i = 0; i < maps; i++) {
            channels.add(map(ofKinds));
        }
        if (ofKinds.oneIn(4)) {
            channels.add(settings(ofKinds).with(ChannelKind.SIGNAL));
        }
        Form form = dice.oneIn(10) ? Form.JSON : dice.oneIn(10) ? Form.BINARY : Form.NONE;
        return new Scenario(
                isShared ? ofNodes.between(1, 4) : 1,
                isShared,
                sharedLimits(ofNodes),
                dice.between(1, 3),
                dice.between(2, 10),
                dice.below(3),
                dice.below(3),
                List.copyOf(channels),
                ofKinds.oneIn(2),
                Set.copyOf(troubles),
                dice.between(50 * Agenda.MILLI, 500 * Agenda.MILLI),
                dice.between(200 * Agenda.MILLI, 4 * Agenda.SECOND),
                dice.between(300, 8000),
                limits(dice),
                form);
    }

    private static SharedLimits sharedLimits(Dice dice) {
        if (dice.oneIn(2)) {
            return SharedLimits.DEFAULT;
        }
        return new SharedLimits(
                dice.between(1, 8),
                Duration.ofMillis(dice.between(1, 50)),
                dice.between(1, 5),
                dice.between(100, 2000),
                Duration.ofMillis(dice.between(100, 1000)),
                Duration.ofMillis(dice.between(100, 3000)),
                dice.between(1, 3),
                Duration.ofSeconds(dice.between(2, 20)),
                Duration.ofMillis(dice.between(200, 1500)),
                dice.between(1, 3));
    }

    private static ChannelSettings settings(Dice dice) {
        Durability durability = dice.oneIn(5) ? Durability.MEMORY : dice.oneIn(2) ? Durability.DISK : Durability.FSYNC;
        ChannelSettings settings = new ChannelSettings(
                durability,
                dice.oneIn(3) ? dice.between(5, 60) : 10_000,
                dice.oneIn(4) ? dice.between(1000, 10_000) : 1 << 20,
                Duration.ofMinutes(dice.oneIn(4) ? 2 : 60),
                dice.oneIn(6) ? dice.between(10, 100) : 10_000,
                Duration.ofMinutes(15),
                Duration.ofDays(1));
        return dice.oneIn(4) ? settings.withoutAt() : settings;
    }

    private static ChannelSettings map(Dice dice) {
        ChannelSettings like = settings(dice);
        MapSettings map = new MapSettings(
                MapSettings.DEFAULT.keysMax(),
                MapSettings.DEFAULT.bytesMax(),
                MapSettings.DEFAULT.trackedMax(),
                dice.oneIn(2) ? Duration.ZERO : Duration.ofMillis(dice.between(500, 20_000)),
                dice.oneIn(3) ? Duration.ofMillis(dice.between(20, 2000)) : Duration.ZERO);
        return like.toBuilder().kind(ChannelKind.MAP).map(map).build();
    }

    private static EngineLimits limits(Dice dice) {
        EngineLimits normal = EngineLimits.DEFAULT;
        int tailBytes = dice.oneIn(2) ? dice.between(0, 4000) : normal.tailBytesMax();
        return new EngineLimits(
                normal.subscriptionsMax(),
                normal.channelsMax(),
                normal.attachedMax(),
                dice.between(200, 4000),
                dice.between(3, 100),
                dice.between(1000, 16_000),
                tailBytes,
                normal.tailsBytesMax(),
                dice.between(10, 1000),
                normal.outstandingBytesMax(),
                normal.waitingMax(),
                normal.decisionTimeMax(),
                normal.signalBytesMax(),
                normal.presenceMax(),
                2,
                8,
                normal.presenceCountInterval(),
                Duration.ofSeconds(2),
                normal.authenticateTimeMax(),
                normal.refreshTime(),
                Duration.ofSeconds(dice.between(1, 20)),
                normal.rates());
    }
}
