package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MapReaderTest {

    private static final long INTERVAL = Duration.ofMillis(10).toNanos();

    private final Tracking tracking = new Tracking(false, Set.of("a"));

    @Test
    void onlyWhoWantsEverythingAtOnceWantsTheLiveFlow() {
        assertThat(reader(null, 0).wantsLiveFlow()).isTrue();
        assertThat(reader(tracking, 0).wantsLiveFlow()).isFalse();
        assertThat(reader(null, INTERVAL).wantsLiveFlow()).isFalse();
    }

    @Test
    void itMayBeToldAtOnceAndThenOnceAnInterval() {
        MapReader reader = reader(tracking, INTERVAL);
        assertThat(reader.restNanos(1000)).isZero();
        reader.onHead(position(5), 2000, false);
        assertThat(reader.restNanos(2000)).isNegative();
        reader.onHead(position(6), 2000, true);
        assertThat(reader.restNanos(2000)).isEqualTo(INTERVAL);
        assertThat(reader.restNanos(2000 + INTERVAL)).isZero();
    }

    @Test
    void itIsToldThatItHasCaughtUpOnce() {
        MapReader reader = reader(tracking, 0);
        assertThat(reader.onHead(position(5), 0, true)).isTrue();
        assertThat(reader.onHead(position(6), 0, true)).isFalse();
        reader.onPart(part(false, position(6)));
        assertThat(reader.onHead(position(7), 0, false)).isFalse();
        reader.onPart(part(true, position(7)));
        assertThat(reader.onHead(position(8), 0, false)).isTrue();
    }

    @Test
    void itIsToldItsPositionBehindAHundredChangesThatItWasNotGiven() {
        MapReader reader = reader(tracking, 0);
        reader.onHead(position(5), 0, false);
        assertThat(reader.onHead(position(104), 0, false)).isFalse();
        assertThat(reader.onHead(position(105), 0, false)).isTrue();
        assertThat(reader.onHead(position(204), 0, false)).isFalse();
        assertThat(reader.onHead(position(205), 0, true)).isFalse();
        assertThat(reader.onHead(position(304), 0, false)).isFalse();
        assertThat(reader.onHead(position(305), 0, false)).isTrue();
    }

    @Test
    void whatItKnewIsWhatItKnewAtTheHeadOrWhenItBeganAnew() {
        MapReader reader = reader(tracking, 0);
        reader.onPart(part(false, position(3)));
        assertThat(reader.ask(position(9))).isEqualTo(new Ask(position(9), position(3), 0, tracking));
        reader.onHead(position(4), 0, true);
        assertThat(reader.ask(position(9)).known()).isEqualTo(4);
        reader.onPart(part(true, position(6)));
        assertThat(reader.ask(position(9))).isEqualTo(new Ask(position(9), position(6), 6, tracking));
    }

    @Test
    void oneThatBeganAnewTakesOnlyAnAnswerToThat() {
        MapReader reader = reader(tracking, 0);
        reader.onPart(part(false, position(3)));
        assertThat(reader.isAnsweredBy(part(false, position(3)))).isTrue();
        reader.restart();
        assertThat(reader.ask(position(9)).since()).isNull();
        assertThat(reader.isAnsweredBy(part(false, position(3)))).isFalse();
        assertThat(reader.isAnsweredBy(part(true, position(3)))).isTrue();
    }

    @Test
    void oneThatTracksSomethingElseTakesOnlyAnAnswerToThat() {
        MapReader reader = reader(tracking, 0);
        reader.onPart(part(false, position(3)));
        Tracking other = new Tracking(false, Set.of("a"));
        reader.track(other);
        assertThat(reader.ask(position(9))).isEqualTo(new Ask(position(9), null, 0, other));
        assertThat(reader.isAnsweredBy(part(true, position(3)))).isFalse();
    }

    private static MapReader reader(@Nullable Tracking tracking, long intervalNanos) {
        return new MapReader(part(tracking, intervalNanos, false, position(1)), 1000);
    }

    private CatchUp.Changes part(boolean resets, Position since) {
        return part(tracking, 0, resets, since);
    }

    private static CatchUp.Changes part(
            @Nullable Tracking tracking, long intervalNanos, boolean resets, Position since) {
        MapSettings settings = new MapSettings(10, 1000, 10, Duration.ZERO, Duration.ofNanos(intervalNanos));
        return new CatchUp.Changes(1, resets, since, List.of(), since, true, tracking, settings);
    }

    private static Position position(long offset) {
        return new Position(7, offset, (int) offset);
    }
}
