package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Any bytes give a message or a coded refusal, and what was read is written as bytes that read as the same, in both forms.
 */
class BinaryFuzzTest {

    private static final int NUMBER = 7;
    private static final ServerMessage.Subscribed SUBSCRIBED =
            new ServerMessage.Subscribed(null, new ChannelName("c"), NUMBER, new Position(1, 70_000, 2), false, null);

    @FuzzTest
    void anyBytesOfAClientGiveAMessageOrARefusal(byte[] bytes) {
        if (BinaryReader.clientMessage(bytes) instanceof JsonReader.Outcome.Read<ClientMessage> read) {
            JsonReader.Outcome<ClientMessage> readable = JsonReaderFuzzTest.readable(read);
            assertThat(BinaryReader.clientMessage(BinaryWriter.of(read.value())))
                    .isEqualTo(readable);
            JsonWriter json = new JsonWriter();
            read.value().writeTo(json);
            assertThat(JsonReader.clientMessage(json.toBytes())).isEqualTo(readable);
        }
    }

    @FuzzTest
    void anyBytesOfAServerGiveAMessageOrARefusal(byte[] bytes) {
        if (feed().read(bytes) instanceof JsonReader.Outcome.Read<ServerMessage> read) {
            long number = read.value() instanceof ServerMessage.Subscribed subscribed ? subscribed.number() : NUMBER;
            assertThat(feed().read(BinaryWriter.of(read.value(), number))).isEqualTo(read);
        }
    }

    /** As many messages as the bytes are good for, each of its length: none leaves the feed where the next one fails. */
    @FuzzTest
    void aFeedOutlivesWhateverItIsGiven(byte[] bytes) {
        BinaryFeed feed = feed();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + (bytes[at] & 0x3F));
            feed.read(Arrays.copyOfRange(bytes, at + 1, end));
            at = end;
        }
        assertThat(feed.read(BinaryWriter.of(SUBSCRIBED, 0))).isEqualTo(new JsonReader.Outcome.Read<>(SUBSCRIBED));
    }

    private static BinaryFeed feed() {
        BinaryFeed feed = new BinaryFeed();
        feed.read(BinaryWriter.of(SUBSCRIBED, 0));
        return feed;
    }

    /** A history that claims a hundred thousand publications and brings none costs nothing. */
    @Test
    void aCountBeyondWhatIsThereIsRefusedBeforeAnythingIsMade() {
        byte[] history = {6, 0, 1, 'c', 0, (byte) 0xA0, (byte) 0x8D, 6};
        assertThat(feed().read(history)).isInstanceOf(JsonReader.Outcome.Refused.class);
    }

    /** It was taken as a publication far on in a new life of the stream, which no server tells and none could write again. */
    @Test
    void anEpochWithAnOffsetBeyondTheFirstIsRefused() {
        byte[] publication = {(byte) 0x90, NUMBER, 0, 0, 0, 0, 0, 0, 0, 1, 0x30, 0x30, 0, 0, 0, 0, '1'};
        assertThat(feed().read(publication)).isInstanceOf(JsonReader.Outcome.Refused.class);
    }

    @Test
    void aRefusalHasTheIdOfItsCommand() {
        byte[] unknown = {0x7F, 1, 6};
        byte[] withoutChannel = {2, 1, 6};
        for (byte[] message : new byte[][] {unknown, withoutChannel}) {
            assertThat(BinaryReader.clientMessage(message))
                    .isInstanceOfSatisfying(
                            JsonReader.Outcome.Refused.class,
                            refused -> assertThat(refused.refusal().id()).isEqualTo(new RequestId("5")));
        }
    }
}
