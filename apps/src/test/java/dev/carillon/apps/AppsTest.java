package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Grant;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.Host;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import dev.carillon.server.LocalChannels;
import dev.carillon.server.PublishRule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The apps on a server whose channels can be away. */
final class AppsTest {

    private final KeptChannels channels = new KeptChannels();
    private final Apps apps = new Apps();

    private final Host host = new Host() {
        @Override
        public boolean isDevelopment() {
            return true;
        }

        @Override
        public LocalChannels channels() {
            return channels;
        }

        @Override
        public String issueToken(String user, List<Grant> grants, Duration lifetime) {
            return "token of " + user;
        }
    };

    private HttpReply login() {
        byte[] body = "{\"name\":\"ada\"}".getBytes(StandardCharsets.UTF_8);
        return apps.answer(new HttpCall("POST", "/login", Map.of(), _ -> null, body, null));
    }

    private PublishRule.Ruling ruling() {
        ChannelName room = new ChannelName("chat:room:general");
        return apps.rules().stream()
                .filter(rule -> rule.channels().matches(room))
                .findFirst()
                .orElseThrow()
                .rule()
                .decide("ada", room, Data.json("{\"kind\":\"message\",\"text\":\"hi\",\"tab\":\"t\",\"n\":1}"));
    }

    @Test
    void aServerWithoutChannelsForTheChatStartsAndSaysWhyThereIsNone() {
        channels.fail(Code.UNKNOWN_CHANNEL);
        apps.start(host);
        assertThat(login().status()).isEqualTo(404);
        assertThat(new String(login().body(), StandardCharsets.UTF_8))
                .contains("there is no chat")
                .contains("unknown_channel");
        assertThat(ruling()).isInstanceOf(PublishRule.Ruling.Refuse.class);
    }

    @Test
    void aChatThatCouldNotBeOpenedIsThereOnceItCanBe() {
        channels.fail(Code.STORAGE_FULL);
        apps.start(host);
        assertThat(login().status()).isEqualTo(507);
        channels.fail(null);
        assertThat(login().status()).isEqualTo(200);
        assertThat(ruling()).isInstanceOf(PublishRule.Ruling.Accept.class);
    }
}
