package dev.carillon.engine;

import java.time.Duration;

/** The executable specification is what the contract says. */
class PresenceMemoryTest extends SharedPresenceContract {

    private final SharedWorld world = new SharedWorld();

    @Override
    protected SharedLog link(SharedLog.Feed feed) {
        SharedLog link = world.link();
        link.begin(feed);
        return link;
    }

    @Override
    protected void settle() {
        world.run();
    }

    @Override
    protected void pass(Duration time) {
        world.pass(time);
    }

    @Override
    protected void fail(SharedLog link) {
        ((SharedWorld.Link) link).fail();
    }
}
