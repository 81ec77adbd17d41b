package dev.carillon.redis;

/** On a Redis Cluster of three masters the log is what it is on a Redis that stands alone. */
class SpreadLogContractTest extends RedisLogContractTest {

    @Override
    Deployment deployment() {
        return Deployments.spread();
    }
}
