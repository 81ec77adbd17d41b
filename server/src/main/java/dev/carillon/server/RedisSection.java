package dev.carillon.server;

import dev.carillon.engine.Durability;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code redis}. */
final class RedisSection {

    private RedisSection() {}

    /** Null where no Redis is named. */
    static @Nullable RedisSource read(Section section) {
        RedisPlace place = place(section);
        String user = textOrNone(section, "user");
        String password = textOrNone(section, "password");
        String trusted = textOrNone(section, "trusted");
        String prefix = section.text("prefix", RedisSource.PREFIX);
        Set<Durability> accept = accept(section);
        RedisBounds bounds = bounds(section);
        return place.isNone()
                ? null
                : new RedisSource(
                        place, user, password, trusted == null ? null : Path.of(trusted), prefix, accept, bounds);
    }

    private static RedisPlace place(Section section) {
        RedisPlace place = new RedisPlace(
                textOrNone(section, "url"),
                section.texts("sentinels", List.of()),
                textOrNone(section, "master"),
                textOrNone(section, "sentinelUser"),
                textOrNone(section, "sentinelPassword"),
                section.texts("cluster", List.of()),
                section.flag("tls", false));
        if (place.isNone() && place.master() != null) {
            section.problem("master", "is " + place.master() + " without redis.sentinels: they belong together");
        }
        return place;
    }

    private static @Nullable String textOrNone(Section section, String key) {
        String text = section.text(key, Section.NONE);
        return text.equals(Section.NONE) ? null : text;
    }

    private static Set<Durability> accept(Section section) {
        Set<Durability> accepted = EnumSet.noneOf(Durability.class);
        for (String word : section.texts("accept", List.of())) {
            switch (word.toLowerCase(Locale.ROOT)) {
                case "disk" -> accepted.add(Durability.DISK);
                case "fsync" -> accepted.add(Durability.FSYNC);
                default -> section.problem("accept", "holds " + word + "; there are disk and fsync");
            }
        }
        return accepted;
    }

    private static RedisBounds bounds(Section section) {
        RedisBounds normal = RedisBounds.DEFAULT;
        return new RedisBounds(
                section.number("calls", normal.calls()),
                section.bytes("callBytes", normal.callBytes()),
                section.number("window", normal.window()),
                section.bytes("windowBytes", normal.windowBytes()),
                section.time("callTime", normal.callTime()),
                section.time("connectTime", normal.connectTime()),
                section.time("reconnectDelay", normal.reconnectDelay()),
                section.number("early", normal.early()),
                section.time("holeTime", normal.holeTime()),
                section.number("fill", normal.fill()),
                section.intBytes("fillBytes", normal.fillBytes()),
                section.time("tick", normal.tick()),
                section.time("proofAge", normal.proofAge()),
                section.number("probe", normal.probe()),
                section.time("leaseTime", normal.leaseTime()),
                section.time("leaseRenewal", normal.leaseRenewal()),
                section.number("bury", normal.bury()),
                section.number("signalRate", normal.signalRate()),
                section.number("signalsWaiting", normal.signalsWaiting()));
    }
}
