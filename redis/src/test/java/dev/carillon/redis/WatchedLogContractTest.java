package dev.carillon.redis;

/** On a master that sentinels name the log is what it is on a Redis that stands alone. */
class WatchedLogContractTest extends RedisLogContractTest {

    @Override
    Deployment deployment() {
        return Deployments.watched();
    }
}
