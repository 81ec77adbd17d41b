package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The golden vectors of the binary form (PROTOCOL.md §11). */
class BinaryVectorsTest {

    private static final Pattern EXAMPLE =
            Pattern.compile("^\\| `([0-9a-f ]+)` \\| `(\\{.*})` \\|$", Pattern.MULTILINE);

    private static List<JsonObject> vectors(String side) throws JsonObject.Malformed {
        return Vectors.read("binary-messages.json").objects(side, 1000);
    }

    private static String text(JsonObject vector, String name) {
        try {
            return vector.requiredText(name);
        } catch (JsonObject.Malformed e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(JsonObject vector, String name) {
        return HexFormat.of().parseHex(text(vector, name));
    }

    private static byte[] json(JsonObject vector) {
        return text(vector, "json").getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T read(JsonReader.Outcome<T> outcome) {
        assertThat(outcome).isInstanceOf(JsonReader.Outcome.Read.class);
        return ((JsonReader.Outcome.Read<T>) outcome).value();
    }

    private static void assertRefused(JsonReader.Outcome<?> outcome, JsonObject vector) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        JsonReader.Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code().wire()).isEqualTo(text(vector, "error")));
    }

    @TestFactory
    Stream<DynamicTest> clientMessagesAreReadAndWrittenAsTheVectorsSay() throws Exception {
        return vectors("client").stream()
                .map(vector -> DynamicTest.dynamicTest(text(vector, "name"), () -> checkClient(vector)));
    }

    private static void checkClient(JsonObject vector) {
        JsonReader.Outcome<ClientMessage> outcome = BinaryReader.clientMessage(bytes(vector, "hex"));
        if (vector.has("error")) {
            assertRefused(outcome, vector);
            return;
        }
        ClientMessage message = read(outcome);
        assertThat(message).isEqualTo(read(JsonReader.clientMessage(json(vector))));
        assertThat(BinaryWriter.of(message)).isEqualTo(bytes(vector, vector.has("canonical") ? "canonical" : "hex"));
    }

    /** One after the other: a later one may stand on what an earlier one has told. */
    @Test
    void serverMessagesAreReadAndWrittenAsTheVectorsSay() throws Exception {
        BinaryFeed feed = new BinaryFeed();
        for (JsonObject vector : vectors("server")) {
            try {
                checkServer(vector, feed);
            } catch (AssertionError e) {
                throw new AssertionError(text(vector, "name"), e);
            }
        }
    }

    private static void checkServer(JsonObject vector, BinaryFeed feed) throws JsonObject.Malformed {
        byte[] hex = bytes(vector, "hex");
        JsonReader.Outcome<ServerMessage> outcome = feed.read(hex);
        if (vector.has("error")) {
            assertRefused(outcome, vector);
            return;
        }
        ServerMessage message = read(outcome);
        assertThat(new String(message.toJson(), StandardCharsets.UTF_8)).isEqualTo(text(vector, "json"));
        assertThat(read(JsonReader.serverMessage(json(vector))).toJson()).isEqualTo(message.toJson());
        assertThat(BinaryWriter.of(message, vector.number("number", 1, Long.MAX_VALUE, 0)))
                .isEqualTo(hex);
    }

    /** Of type and flags, channel's number, offset and check. */
    @Test
    void aPublicationOfItsDataAloneHasAtMostTenBytesBesideIt() {
        ChannelName channel = new ChannelName("c".repeat(ChannelName.LENGTH_MAX));
        for (long offset : new long[] {2, 65_535, 65_536, 1L << 40, Long.MAX_VALUE}) {
            Publication publication =
                    new Publication(channel, new Position(-1, offset, -1), Data.json("1"), null, 0, null);
            ServerMessage message = new ServerMessage.Delivery(publication);
            assertThat(BinaryWriter.of(message, 127)).hasSize(8 + 1);
            assertThat(BinaryWriter.of(message, (1 << 14) - 1)).hasSize(9 + 1);
            assertThat(BinaryWriter.of(message, (1 << 21) - 1)).hasSize(10 + 1);
        }
    }

    @Test
    void theExamplesOfTheProtocolAreVectors() throws Exception {
        Path here = Path.of("").toAbsolutePath();
        Path root = here.endsWith("protocol") ? here.resolve("..") : here;
        Matcher examples = EXAMPLE.matcher(Files.readString(root.resolve("PROTOCOL.md")));
        List<JsonObject> all = Stream.concat(vectors("client").stream(), vectors("server").stream())
                .toList();
        int count = 0;
        while (examples.find()) {
            String hex = examples.group(1).replace(" ", "");
            String json = examples.group(2);
            assertThat(all).anySatisfy(vector -> {
                assertThat(text(vector, "hex")).isEqualTo(hex);
                assertThat(text(vector, "json")).isEqualTo(json);
            });
            count++;
        }
        assertThat(count).isGreaterThan(5);
    }
}
