package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The town and the ways through it. */
final class TownTest {

    private final Town town = TownPlan.draw(Tracking.TOWN);

    @Test
    void theSameSeedDrawsTheSameTown() {
        assertThat(TownPlan.draw(Tracking.TOWN).toJson()).isEqualTo(town.toJson());
        assertThat(TownPlan.draw(8).toJson()).isNotEqualTo(town.toJson());
    }

    @Test
    void everySeedDrawsATownThatHangsTogether() {
        for (long seed = 0; seed < 20; seed++) {
            Town drawn = TownPlan.draw(seed);
            Random random = new Random(seed);
            assertThat(drawn.crossings()).hasSizeGreaterThan(600);
            for (int i = 0; i < 20; i++) {
                Place from =
                        drawn.crossings().get(random.nextInt(drawn.crossings().size()));
                Place to =
                        drawn.crossings().get(random.nextInt(drawn.crossings().size()));
                assertThat(drawn.route(from, to).metres()).isGreaterThanOrEqualTo(from.metresTo(to) - 1);
            }
        }
    }

    @Test
    void whoStandsOnARoadDoesNotGoBackFirst() {
        Town.Road road = town.roads().getFirst();
        Place a = town.crossings().get(road.a());
        Place b = town.crossings().get(road.b());
        Place nearA = a.towards(b, 0.2);
        assertThat(town.route(nearA, b).metres()).isBetween(nearA.metresTo(b) - 1, nearA.metresTo(b) + 25);
    }

    @Test
    void aWayIsMeasuredAlongItself() {
        Route route = new Route(
                List.of(Place.ofMetres(0, 0), Place.ofMetres(100, 0), Place.ofMetres(100, 0), Place.ofMetres(100, 50)));
        assertThat(route.metres()).isBetween(149.9, 150.1);
        assertThat(route.placeAt(120).metresTo(Place.ofMetres(100, 20))).isLessThan(0.1);
        assertThat(route.headingAt(50)).isBetween(89.9, 90.1);
        assertThat(route.headingAt(120) % 360).isBetween(0.0, 0.1);
        assertThat(route.placeAt(-5)).isEqualTo(route.placeAt(0));
        assertThat(route.placeAt(500).metresTo(Place.ofMetres(100, 50))).isLessThan(0.1);
        Route.Projection projection = route.project(Place.ofMetres(103, 30));
        assertThat(projection.along()).isBetween(129.9, 130.1);
        assertThat(projection.off()).isBetween(2.9, 3.1);
    }

    @Test
    void tilesAreThoseOfWebMaps() {
        // As by the formula in the Slippy map article, for zoom 16 at 3.5 E, 56.5 N.
        assertThat(Tile.of(Town.MIDDLE, 16)).hasToString("16/33405/20243");
        assertThat(Tile.of(new Place(0, 0), 1)).hasToString("1/1/1");
    }

    @Test
    void riddenRoutesAreBelieved() {
        Rider rider = new Rider(town, town.crossings().get(5), 3);
        Track track = new Track();
        long now = 1_000_000_000_000L;
        rider.rideTo(town.crossings().get(town.crossings().size() - 5));
        for (int second = 0; !rider.hasArrived(); second++) {
            assertThat(second).isLessThan(3600);
            now += 1000;
            rider.ride(1);
            rider.tunnel(second % 60 >= 40);
            for (Fix fix : rider.say(now)) {
                assertThat(track.take(fix, now)).isEqualTo(new Track.Verdict.Taken(true));
            }
        }
    }
}
