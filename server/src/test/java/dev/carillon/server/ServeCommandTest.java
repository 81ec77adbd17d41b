package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelPattern;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which of the apps on the class path a server starts with. */
final class ServeCommandTest {

    /** An app with one channel, set as this preset says. */
    private record App(Preset preset) implements Extension {

        @Override
        public String name() {
            return "app";
        }

        @Override
        public List<ChannelRule> channels() {
            ChannelPattern pattern = Objects.requireNonNull(ChannelPattern.parse("app:*"));
            return List.of(new ChannelRule(pattern, preset.settings()));
        }

        @Override
        public List<PublishRule> rules() {
            return List.of();
        }

        @Override
        public void start(Host host) {}

        @Override
        public HttpReply answer(HttpCall call) {
            throw new AssertionError("nobody asks");
        }
    }

    /** {@code ./carillon cluster} did not start at all with one. */
    @Test
    void anAppWhoseChannelsNodesCanNotShareIsLeftOutWhereTheyShare() {
        Configuration alone = Configuration.DEFAULT;
        Configuration shared = Configuration.builder()
                .redis(RedisSource.at("redis://127.0.0.1:6379"))
                .build();
        App document = new App(Preset.DOCUMENT);
        assertThat(ServeCommand.fits(document, alone)).isTrue();
        assertThat(ServeCommand.fits(document, shared)).isFalse();
        assertThat(ServeCommand.fits(new App(Preset.CHAT), shared)).isTrue();
    }
}
