package dev.carillon.redis;

/** And so it answers any calls. */
class WatchedAgreesTest extends RedisAgreesTest {

    @Override
    Deployment deployment() {
        return Deployments.watched();
    }

    @Override
    int rounds() {
        return 5;
    }
}
