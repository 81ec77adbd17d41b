package dev.carillon.engine;

/** The executable specification is what the contract says. */
class SharedMemoryTest extends SharedLogContract {

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
    protected void fail(SharedLog link) {
        ((SharedWorld.Link) link).fail();
    }
}
