package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PositionTest {

    @TestFactory
    Stream<DynamicTest> positionsAreReadAsTheVectorsSay() throws Exception {
        return Vectors.read("positions.json").objects("vectors", 1000).stream().map(vector -> {
            try {
                String text = vector.requiredText("text");
                return DynamicTest.dynamicTest("\"" + text + "\"", () -> check(vector, text));
            } catch (JsonObject.Malformed e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void check(JsonObject vector, String text) throws Exception {
        Position position = Position.parse(text);
        if (vector.flag("refused")) {
            assertThat(position).isNull();
            return;
        }
        assertThat(position)
                .isEqualTo(new Position(
                        Long.parseUnsignedLong(vector.requiredText("epoch"), 16),
                        Long.parseLong(vector.requiredText("offset")),
                        Integer.parseUnsignedInt(vector.requiredText("check"), 16)));
        assertThat(position).hasToString(text);
    }

    @Test
    void everyPositionIsReadBackAsItself() {
        long seed = Long.getLong("carillon.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            Position position =
                    new Position(random.nextLong(), (random.nextLong() >>> 1) >>> random.nextInt(63), random.nextInt());
            assertThat(Position.parse(position.toString())).as("seed %d", seed).isEqualTo(position);
        }
    }
}
