package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A resume of which not everything can be read (PROTOCOL.md §4.3). */
class ResumeTest {

    private static final ChannelName GOOD = new ChannelName("good");
    private static final ChannelName BAD = new ChannelName("bad");

    private static ClientMessage.Resume read(JsonReader.Outcome<ClientMessage> outcome) {
        assertThat(outcome).isInstanceOf(JsonReader.Outcome.Read.class);
        return (ClientMessage.Resume) ((JsonReader.Outcome.Read<ClientMessage>) outcome).value();
    }

    private static void assertOnlyTheBadOneIsRefused(ClientMessage.Resume resume) {
        assertThat(resume.channels())
                .containsExactly(new ClientMessage.Subscribe(
                        new RequestId("1"), GOOD, null, 0, ClientMessage.Subscribe.NO_PRESENCE));
        List<ServerMessage.Refusal> refusals = resume.unreadable();
        assertThat(refusals).hasSize(1);
        assertThat(refusals.get(0).code()).isEqualTo(Code.INVALID_POSITION);
        assertThat(refusals.get(0).channel()).isEqualTo(BAD);
        assertThat(refusals.get(0).id()).isEqualTo(new RequestId("2"));
    }

    @Test
    void whatIsWrongWithOneChannelIsToldOfThatOne() {
        String json = "{\"type\":\"resume\",\"channels\":[{\"id\":2,\"channel\":\"bad\",\"after\":\"yesterday\"},"
                + "{\"id\":1,\"channel\":\"good\"}]}";
        assertOnlyTheBadOneIsRefused(read(JsonReader.clientMessage(json.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void whatIsWrongWithOneChannelInTheBinaryFormIsToldOfThatOne() {
        // Of the first the position has a format that nobody knows, and so a length that nobody knows either.
        byte[] binary = HexFormat.of().parseHex("0a0002" + "0a01030303626164ff0102" + "0801010204676f6f64");
        assertOnlyTheBadOneIsRefused(read(BinaryReader.clientMessage(binary)));
    }

    @Test
    void oneOfTooManyChannelsIsRefused() {
        String one = "{\"channel\":\"c\"},";
        String json = "{\"type\":\"resume\",\"channels\":[" + one.repeat(ClientMessage.Resume.CHANNELS_MAX)
                + "{\"channel\":\"c\"}]}";
        assertThat(JsonReader.clientMessage(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JsonReader.Outcome.Refused.class);
    }
}
