package dev.carillon.redis;

/** And so it answers any calls. */
class SpreadAgreesTest extends RedisAgreesTest {

    @Override
    Deployment deployment() {
        return Deployments.spread();
    }

    @Override
    int rounds() {
        return 5;
    }
}
