package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.apps.tracking.Track.Doubt;
import dev.carillon.apps.tracking.Track.Verdict;
import org.junit.jupiter.api.Test;

/** What is believed of a phone. */
final class TrackTest {

    private static final long NOW = 1_000_000_000_000L;
    private static final Verdict NEWEST = new Verdict.Taken(true);
    private static final Verdict LATE = new Verdict.Taken(false);

    private final Track track = new Track();

    private static Fix fix(long t, double east) {
        return new Fix(t, 0, Place.ofMetres(east, 0), 5, Double.NaN, Double.NaN);
    }

    private Verdict take(long t, double east) {
        return track.take(fix(t, east), NOW);
    }

    private static Verdict doubted(Doubt why) {
        return new Verdict.Doubted(why);
    }

    @Test
    void aFixThatArrivesLateIsAPartOfTheTrailButNotWhereTheCourierIs() {
        assertThat(take(NOW - 1000, 20)).isEqualTo(NEWEST);
        assertThat(take(NOW - 3000, 0)).isEqualTo(LATE);
        assertThat(take(NOW - 2000, 10)).isEqualTo(LATE);
        assertThat(track.newest()).isEqualTo(fix(NOW - 1000, 20));
    }

    @Test
    void aFixThatComesAgainIsTakenOnce() {
        assertThat(take(NOW, 0)).isEqualTo(NEWEST);
        assertThat(take(NOW, 0)).isEqualTo(new Verdict.Repeated());
    }

    @Test
    void fixesOfOneMomentAreToldApartByTheirCount() {
        assertThat(track.take(new Fix(NOW, 1, Town.MIDDLE, 5, 0, 0), NOW)).isEqualTo(NEWEST);
        assertThat(track.take(new Fix(NOW, 2, Town.MIDDLE, 5, 0, 0), NOW)).isEqualTo(NEWEST);
        assertThat(track.take(new Fix(NOW, 1, Town.MIDDLE, 5, 0, 0), NOW)).isEqualTo(new Verdict.Repeated());
    }

    @Test
    void aFixDatedAheadDoesNotFreezeTheCourierForEver() {
        assertThat(take(NOW + Track.AHEAD_MILLIS_MAX + 1, 0)).isEqualTo(doubted(Doubt.AHEAD));
        assertThat(take(NOW, 0)).isEqualTo(NEWEST);
        assertThat(take(NOW + Track.AHEAD_MILLIS_MAX, 0)).isEqualTo(NEWEST);
    }

    @Test
    void aFixFromLongAgoIsNotTaken() {
        assertThat(take(NOW - Track.BEHIND_MILLIS_MAX - 1, 0)).isEqualTo(doubted(Doubt.TOO_OLD));
    }

    @Test
    void noLineIsDrawnToWhereTheMeridiansMeet() {
        assertThat(track.take(new Fix(NOW, 0, new Place(0, 0), 5, 0, 0), NOW)).isEqualTo(doubted(Doubt.OUTSIDE));
    }

    @Test
    void aFixThatIsWorseThanAStreetIsWideSaysNothing() {
        assertThat(track.take(new Fix(NOW, 0, Town.MIDDLE, 201, 0, 0), NOW)).isEqualTo(doubted(Doubt.INACCURATE));
        assertThat(track.take(new Fix(NOW, 0, Town.MIDDLE, 5, 61, 0), NOW)).isEqualTo(doubted(Doubt.TOO_FAST));
    }

    @Test
    void aJumpIsBelievedOnlyIfThePhoneInsists() {
        assertThat(take(NOW - 5000, 0)).isEqualTo(NEWEST);
        assertThat(take(NOW - 4000, 2000)).isEqualTo(doubted(Doubt.JUMP));
        assertThat(take(NOW - 3000, 8)).isEqualTo(NEWEST);
        assertThat(take(NOW - 2000, 2000)).isEqualTo(doubted(Doubt.JUMP));
        assertThat(take(NOW - 1000, 2005)).isEqualTo(doubted(Doubt.JUMP));
        assertThat(take(NOW, 2010)).isEqualTo(NEWEST);
    }

    @Test
    void fixesThatLeapAboutAreNeverBelieved() {
        assertThat(take(NOW - 10_000, 0)).isEqualTo(NEWEST);
        for (int i = 1; i < 10; i++) {
            assertThat(take(NOW - 10_000 + i * 100, i % 2 == 0 ? 5000 : -5000)).isEqualTo(doubted(Doubt.JUMP));
        }
    }

    @Test
    void whoWasAwayForLongMayBeElsewhere() {
        assertThat(take(NOW - 300_000, 0)).isEqualTo(NEWEST);
        assertThat(take(NOW, 3000)).isEqualTo(NEWEST);
    }

    @Test
    void moreThanTheRateIsRefusedAndLaterTakenAgain() {
        for (int i = 0; i < Track.BURST; i++) {
            assertThat(take(NOW - Track.BURST + i, 0)).isEqualTo(NEWEST);
        }
        assertThat(take(NOW, 0)).isEqualTo(doubted(Doubt.TOO_OFTEN));
        assertThat(track.take(fix(NOW, 0), NOW + 100)).isEqualTo(NEWEST);
        assertThat(track.take(fix(NOW + 1, 0), NOW + 100)).isEqualTo(doubted(Doubt.TOO_OFTEN));
    }

    @Test
    void aFixIsNotTakenAgainAfterItWasForgotten() {
        long now = NOW;
        for (int i = 0; i < Track.REMEMBERED + 10; i++) {
            now += 1000;
            assertThat(track.take(fix(now, i), now)).isEqualTo(NEWEST);
        }
        assertThat(track.take(fix(NOW + 1000, 0), NOW + 1000)).isEqualTo(doubted(Doubt.TOO_OLD));
    }
}
