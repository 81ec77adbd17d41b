package dev.carillon.redis;

/** On a master that sentinels name presence is what it is on a Redis that stands alone. */
class WatchedPresenceContractTest extends RedisPresenceContractTest {

    @Override
    Deployment deployment() {
        return Deployments.watched();
    }
}
