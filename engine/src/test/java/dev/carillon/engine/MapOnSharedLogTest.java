package dev.carillon.engine;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** A map that several nodes share is to its readers what a map of one node is. */
class MapOnSharedLogTest extends MapTest {

    @Override
    World world() {
        World world = new World();
        SharedWorld log = new SharedWorld(world::millis);
        world.brokerOf =
                shard -> new SharedBroker(shard, world, world, log.link(), SharedLimits.DEFAULT, world.counters);
        return world;
    }

    @Test
    @Override
    @Disabled("holds the answers of the log of one node")
    void aValueThatIsAboutToChangeIsNotTakenAway() {}

    @Test
    @Override
    @Disabled("holds the answers of the log of one node")
    void publishesOnTheirWayCountForTheBounds() {}

    @Test
    @Override
    @Disabled("has the log of one node fail")
    void aFailedPublishChangesNothing() {}

    @Test
    @Override
    @Disabled("holds the answers of the log of one node")
    void aPositionThatWasKnownBeforeTheMapWasReplacedBeginsAnew() {}
}
