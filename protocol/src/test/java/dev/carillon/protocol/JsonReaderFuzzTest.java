package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any bytes give a message or a coded refusal, and what was read is written as text that reads as the same. */
class JsonReaderFuzzTest {

    @FuzzTest
    void anyBytesGiveAMessageOrARefusal(byte[] bytes) {
        if (JsonReader.clientMessage(bytes) instanceof JsonReader.Outcome.Read<ClientMessage> read) {
            JsonWriter writer = new JsonWriter();
            read.value().writeTo(writer);
            assertThat(JsonReader.clientMessage(writer.toBytes())).isEqualTo(readable(read));
        }
        if (JsonReader.serverMessage(bytes) instanceof JsonReader.Outcome.Read<ServerMessage> read) {
            assertThat(JsonReader.serverMessage(read.value().toJson())).isEqualTo(read);
        }
        if (JsonReader.data(bytes) instanceof JsonReader.Outcome.Read<Data> read) {
            byte[] compact = read.value().text().getBytes(StandardCharsets.UTF_8);
            assertThat(JsonReader.data(compact)).isEqualTo(read);
        }
        JsonReader.liveRequest(bytes);
        Position position = Position.parse(new String(bytes, StandardCharsets.ISO_8859_1));
        if (position != null) {
            assertThat(Position.parse(position.toString())).isEqualTo(position);
        }
    }

    /** Of a resume what could be read of it: nothing else is written. */
    static JsonReader.Outcome<ClientMessage> readable(JsonReader.Outcome.Read<ClientMessage> read) {
        return read.value() instanceof ClientMessage.Resume resume
                ? new JsonReader.Outcome.Read<>(new ClientMessage.Resume(resume.id(), resume.channels(), List.of()))
                : read;
    }

    @Test
    void aMemberThatIsGivenTwiceIsFoundAmongThousands() {
        StringBuilder members = new StringBuilder("{\"type\":\"ping\"");
        for (int i = 0; i < 5000; i++) {
            members.append(",\"m").append(i).append("\":0");
        }
        assertThat(JsonReader.clientMessage((members + "}").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JsonReader.Outcome.Read.class);
        for (String again : new String[] {"type", "m3", "m4999"}) {
            assertThat(JsonReader.clientMessage((members + ",\"" + again + "\":1}").getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(JsonReader.Outcome.Refused.class);
        }
    }

    @Test
    void nestingBeyondTheLimitIsRefusedAndNotAStackOverflow() {
        String deep =
                "{\"type\":\"publish\",\"channel\":\"c\",\"data\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThat(JsonReader.clientMessage(deep.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JsonReader.Outcome.Refused.class);
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        byte[] overlong = {'"', (byte) 0xC0, (byte) 0xAF, '"'};
        assertThat(JsonReader.data(overlong)).isInstanceOf(JsonReader.Outcome.Refused.class);
    }

    /** Jackson guesses a text's charset unless told not to: these eight bytes were read as {@code 0} in UTF-32. */
    @Test
    void textInUtf32IsRefusedAndNotKeptAsIfItWereUtf8() {
        byte[] utf32 = {0, 0, 0, '\n', 0, 0, 0, '0'};
        assertThat(JsonReader.data(utf32)).isInstanceOf(JsonReader.Outcome.Refused.class);
    }
}
