package dev.carillon.apps;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.ChannelRule;
import dev.carillon.server.PublishRule;
import dev.carillon.server.PublishRule.Ruling;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The board on the home page: a map of who rang which bell last, and the pointers of all visitors as its signals. Whoever comes
 * plays, without a name.
 */
final class Playground {

    static final String BOARD = "playground:board";

    private static final int TONES = 8;
    private static final int NAME_MAX = 40;
    private static final int BELLS_MAX = 100;
    private static final int BYTES_MAX = 64 << 10;

    /** A bell that nobody has rung for so long is nobody's. */
    private static final Duration HELD = Duration.ofSeconds(60);

    /** Readers are told 20 times a second. */
    private static final Duration INTERVAL = Duration.ofMillis(50);

    private Playground() {}

    static List<ChannelRule> channels() {
        ChannelSettings settings = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .durability(Durability.MEMORY)
                .historyCountMax(1000)
                .historyBytesMax(1 << 20)
                .historyAgeMax(Duration.ofMinutes(10))
                .map(new MapSettings(BELLS_MAX, BYTES_MAX, BELLS_MAX, HELD, INTERVAL))
                .build();
        return List.of(new ChannelRule(pattern(), settings));
    }

    static PublishRule rule() {
        return new PublishRule(pattern(), Playground::decide);
    }

    private static ChannelPattern pattern() {
        return Objects.requireNonNull(ChannelPattern.parse(BOARD));
    }

    /** A bell's value says who rang it, and in which tone. */
    static Ruling decide(@Nullable String user, ChannelName channel, Data data) {
        Json rung = Json.read(data);
        String by = rung == null ? null : rung.text("by");
        boolean isRung = rung != null
                && by != null
                && !by.isBlank()
                && by.length() <= NAME_MAX
                && rung.hasExactly("by", "tone")
                && rung.number("tone") >= 0
                && rung.number("tone") < TONES;
        return isRung
                ? new Ruling.Accept()
                : new Ruling.Refuse(Code.MALFORMED, "a bell is rung by somebody (by) in a tone from 0 to 7");
    }
}
