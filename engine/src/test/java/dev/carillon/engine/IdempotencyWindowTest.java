package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdempotencyWindowTest {

    private static final ChannelSettings WIDE = ChannelSettings.DEFAULT;

    private final IdempotencyWindow window = new IdempotencyWindow();

    @Test
    void aKeyHasItsPlaceFromTheMomentItsPublishIsOnItsWay() {
        LogRecord.Once once = once("a");
        assertThat(window.find("a")).isNull();
        window.begin(once, 5, 100);
        assertThat(window.find("a")).isEqualTo(new IdempotencyWindow.Use(once, 5, 100, null));
        window.complete(once, position(5), 100);
        assertThat(window.find("a")).isEqualTo(new IdempotencyWindow.Use(once, 5, 100, position(5)));
    }

    @Test
    void aRefusedPublishLeavesItsKeyFree() {
        window.begin(once("a"), 5, 100);
        window.abort(once("a"));
        assertThat(window.find("a")).isNull();
    }

    @Test
    void aLostPublicationLeavesItsKeyFree() {
        complete("a", 5, 100);
        complete("b", 6, 100);
        window.lose(once("a"));
        assertThat(window.find("a")).isNull();
        assertThat(window.oldest(99)).isEqualTo(6);
    }

    @Test
    void asManyKeysAreRememberedAsMayBe() {
        ChannelSettings two = WIDE.toBuilder().idempotencyCountMax(2).build();
        complete("a", 1, 100);
        complete("b", 2, 100);
        window.trim(two, 100);
        assertThat(window.find("a")).isNotNull();
        complete("c", 3, 100);
        window.trim(two, 100);
        assertThat(window.find("a")).isNull();
        assertThat(window.find("b")).isNotNull();
        assertThat(window.oldest(99)).isEqualTo(2);
    }

    @Test
    void aKeyIsRememberedUntilItsTimeIsOverAndNoLonger() {
        ChannelSettings young =
                WIDE.toBuilder().idempotencyAgeMax(Duration.ofMillis(50)).build();
        complete("a", 1, 100);
        window.trim(young, 150);
        assertThat(window.find("a")).isNotNull();
        window.trim(young, 151);
        assertThat(window.find("a")).isNull();
        assertThat(window.oldest(99)).isEqualTo(99);
    }

    @Test
    void aKeyThatIsOnItsWayIsNotForgotten() {
        ChannelSettings one = WIDE.toBuilder().idempotencyCountMax(1).build();
        window.begin(once("a"), 1, 0);
        complete("b", 2, 1_000_000_000_000L);
        window.trim(one, 1_000_000_000_000L);
        assertThat(window.find("a")).isNotNull();
        assertThat(window.find("b")).isNotNull();
    }

    /** A key whose first use was forgotten, and that is used again before that is trimmed away, stays. */
    @Test
    void forgettingAKeysFirstUseKeepsItsSecond() {
        ChannelSettings one = WIDE.toBuilder().idempotencyCountMax(1).build();
        complete("a", 1, 100);
        complete("a", 2, 200);
        window.trim(one, 200);
        assertThat(window.find("a")).extracting(IdempotencyWindow.Use::offset).isEqualTo(2L);
    }

    @Test
    void fingerprintsTellApartWhateverMakesAPublishAnother() {
        byte[] text = "\"a\"".getBytes(StandardCharsets.UTF_8);
        List<LogRecord.Once> different = List.of(
                print(Data.json("\"a\""), null),
                print(Data.json("\"b\""), null),
                print(Data.bytes(text), null),
                print(Data.json("\"a\""), new Change("k", null, false)),
                print(Data.json("\"a\""), new Change("k", null, true)),
                print(Data.json("\"a\""), new Change("k", "t", false)),
                print(Data.json("\"a\""), new Change("kt", null, false)),
                print(Data.json("\"a\""), new Change("l", null, false)));
        Set<Long> high = new HashSet<>();
        Set<Long> low = new HashSet<>();
        different.forEach(once -> {
            high.add(once.fingerprintHigh());
            low.add(once.fingerprintLow());
        });
        assertThat(high).hasSameSizeAs(different);
        assertThat(low).hasSameSizeAs(different);
        assertThat(print(Data.json("\"a\""), new Change("k", "t", false)))
                .isEqualTo(print(Data.json("\"a\""), new Change("k", "t", false)));
    }

    private static LogRecord.Once print(Data data, @Nullable Change change) {
        return IdempotencyWindow.fingerprint("key", data, change);
    }

    private void complete(String key, long offset, long at) {
        window.begin(once(key), offset, at);
        window.complete(once(key), position(offset), at);
    }

    private static LogRecord.Once once(String key) {
        return new LogRecord.Once(key, 1, 2);
    }

    private static Position position(long offset) {
        return new Position(7, offset, (int) offset);
    }
}
