package dev.carillon.server;

import dev.carillon.testkit.Fault;
import dev.carillon.testkit.FaultProxy;
import dev.carillon.testkit.LaneLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** What is between one node and a Redis, and may be cut, stand still or be slow. */
final class SlowRoad implements AutoCloseable {

    private final FaultProxy proxy;

    private SlowRoad(FaultProxy proxy) {
        this.proxy = proxy;
    }

    static SlowRoad to(PrivateRedis redis) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new SlowRoad(FaultProxy.open(
                new InetSocketAddress(loopback, redis.port()), List.of(loopback), 0, LaneLimits.DEFAULT));
    }

    String url() {
        return "redis://127.0.0.1:" + proxy.defaultLane().port();
    }

    void suffer(Fault fault) throws IOException {
        proxy.defaultLane().suffer(fault, null);
    }

    @Override
    public void close() {
        proxy.close();
    }
}
