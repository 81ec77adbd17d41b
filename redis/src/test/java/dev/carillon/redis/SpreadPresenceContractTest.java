package dev.carillon.redis;

/** On a Redis Cluster of three masters presence is what it is on a Redis that stands alone. */
class SpreadPresenceContractTest extends RedisPresenceContractTest {

    @Override
    Deployment deployment() {
        return Deployments.spread();
    }
}
