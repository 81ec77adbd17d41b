package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class MessageVectorsTest {

    @TestFactory
    Stream<DynamicTest> clientMessagesAreReadAsTheVectorsSay() throws Exception {
        return Vectors.read("client-messages.json").objects("vectors", 1000).stream()
                .map(vector -> DynamicTest.dynamicTest(text(vector, "name"), () -> checkClient(vector)));
    }

    @TestFactory
    Stream<DynamicTest> serverMessagesAreReadAsTheVectorsSay() throws Exception {
        return Vectors.read("server-messages.json").objects("vectors", 1000).stream()
                .map(vector -> DynamicTest.dynamicTest(text(vector, "name"), () -> checkServer(vector)));
    }

    private static String text(JsonObject vector, String name) {
        try {
            return vector.requiredText(name);
        } catch (JsonObject.Malformed e) {
            throw new AssertionError(e);
        }
    }

    private static void checkClient(JsonObject vector) throws Exception {
        String json = vector.requiredText("json");
        var outcome = JsonReader.clientMessage(json.getBytes(StandardCharsets.UTF_8));
        if (vector.has("error")) {
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            JsonReader.Outcome.Refused.class,
                            refused ->
                                    assertThat(refused.refusal().code().wire()).isEqualTo(text(vector, "error")));
            return;
        }
        assertThat(outcome).isInstanceOfSatisfying(JsonReader.Outcome.Read.class, read -> {
            JsonWriter writer = new JsonWriter();
            ((ClientMessage) read.value()).writeTo(writer);
            String canonical = vector.has("canonical") ? text(vector, "canonical") : json;
            assertThat(new String(writer.toBytes(), StandardCharsets.UTF_8)).isEqualTo(canonical);
        });
    }

    private static void checkServer(JsonObject vector) throws Exception {
        String json = vector.requiredText("json");
        assertThat(JsonReader.serverMessage(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        JsonReader.Outcome.Read.class,
                        read -> assertThat(new String(((ServerMessage) read.value()).toJson(), StandardCharsets.UTF_8))
                                .isEqualTo(json));
    }
}
