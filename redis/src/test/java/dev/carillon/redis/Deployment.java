package dev.carillon.redis;

import dev.carillon.engine.Durability;
import java.util.List;

/** Processes of Redis that a test has started, and how a node finds them. */
interface Deployment extends AutoCloseable {

    /** Settings of links that fail only where they must: a busy machine may let an answer wait for seconds. */
    RedisSettings settings(String prefix, Durability... needed);

    /** Those that take writes, as they were started. */
    List<RedisProcess> masters();

    @Override
    void close();
}
