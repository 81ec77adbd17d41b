package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of what couriers publish. */
final class FixBundleTest {

    private static FixBundle.Outcome read(String json) {
        return FixBundle.read(Data.json(json));
    }

    @Test
    void fixesAreReadInTheOrderOfTheirClock() {
        FixBundle.Outcome outcome = read("{\"duty\":\"to_shop\",\"fixes\":[{\"t\":2000,\"lon\":3.5,\"lat\":56.5},"
                + "{\"t\":1000,\"n\":7,\"lon\":3.4,\"lat\":56.5,\"acc\":4.5,\"speed\":null,\"heading\":360}]}");
        assertThat(outcome).isInstanceOf(FixBundle.Outcome.Read.class);
        FixBundle bundle = ((FixBundle.Outcome.Read) outcome).bundle();
        assertThat(bundle.duty()).isEqualTo(Duty.TO_SHOP);
        assertThat(bundle.fixes().getFirst()).isEqualTo(new Fix(1000, 7, new Place(3.4, 56.5), 4.5, Double.NaN, 0));
        assertThat(bundle.fixes().getLast().t()).isEqualTo(2000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"fixes\":[]}",
                "{\"fixes\":[1]}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":\"3.5\",\"lat\":56.5}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":181,\"lat\":56.5}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":1,\"lat\":86}]}",
                "{\"fixes\":[{\"t\":-1,\"lon\":3.5,\"lat\":56.5}]}",
                "{\"fixes\":[{\"t\":1e300,\"lon\":3.5,\"lat\":56.5}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5,\"lat\":56.5,\"acc\":-1}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5,\"lat\":56.5,\"heading\":361}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5,\"lat\":56.5,\"speed\":\"fast\"}]}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5,\"lat\":56.5}],\"courier\":3}",
                "{\"fixes\":[{\"t\":1,\"lon\":3.5,\"lat\":56.5}],\"duty\":\"asleep\"}"
            })
    void whatIsNoFixIsRefused(String json) {
        assertThat(read(json))
                .isInstanceOfSatisfying(
                        FixBundle.Outcome.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.MALFORMED));
    }

    @Test
    void moreThanIsTakenAtOnceIsTooLarge() {
        String fixes = "{\"t\":1,\"lon\":3.5,\"lat\":56.5},".repeat(FixBundle.FIXES_MAX + 1);
        assertThat(read("{\"fixes\":[" + fixes.substring(0, fixes.length() - 1) + "]}"))
                .isInstanceOfSatisfying(
                        FixBundle.Outcome.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.TOO_LARGE));
    }

    @Test
    void anyBytesGiveABundleOrARefusal() {
        byte[] sound = "{\"fixes\":[{\"t\":1000,\"n\":7,\"lon\":3.4,\"lat\":56.5,\"acc\":4.5}],\"duty\":\"free\"}"
                .getBytes(StandardCharsets.UTF_8);
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = sound.clone();
            for (int k = random.nextInt(4); k >= 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(32, 127);
            }
            assertThat(FixBundle.read(Data.json(new String(damaged, StandardCharsets.UTF_8))))
                    .isNotNull();
        }
    }
}
