package dev.carillon.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * WebSockets that are opened and held. One that ends or is refused makes the measurement void: the next call says so.
 * Grown and asked from one thread; the clients live on one event loop.
 */
final class Crowd implements AutoCloseable {

    /** Handshakes on their way at a time, far below the server's backlog. */
    private static final int OPENING_MAX = 128;

    /** From one address: well within the ephemeral ports that Linux has by default. */
    private static final int ADDRESS_CLIENTS_MAX = 10_000;

    private static final Duration OPEN_TIME_MAX = Duration.ofSeconds(30);

    private final InetSocketAddress server;
    private final byte @Nullable [] subscribe;
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("bench-loop", true), EpollIoHandler.newFactory());
    private final List<Client> clients = new ArrayList<>();
    private final Semaphore opening = new Semaphore(OPENING_MAX);
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicLong deliveries = new AtomicLong();
    private final AtomicLong pings = new AtomicLong();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private volatile boolean isClosing;

    /** @param channel what each client subscribes to; null for nothing */
    Crowd(InetSocketAddress server, @Nullable String channel) {
        this.server = server;
        this.subscribe = channel == null
                ? null
                : ("{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    String host() {
        return server.getHostString() + ":" + server.getPort();
    }

    byte @Nullable [] subscribe() {
        return subscribe;
    }

    /** Opens clients until there are so many, and returns when each was greeted and is subscribed. */
    void growTo(int count) throws BenchException, InterruptedException {
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                // The port is chosen with the connection, so that other servers' clients don't take it from ours.
                .option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
        while (clients.size() < count) {
            if (!opening.tryAcquire(OPEN_TIME_MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new BenchException("after " + ready.get() + " connections the server answered no more");
            }
            Client client = new Client(this);
            var from = new InetSocketAddress("127.0.0." + (1 + clients.size() / ADDRESS_CLIENTS_MAX), 0);
            clients.add(client);
            bootstrap.clone().handler(client).connect(server, from).addListener(done -> {
                if (!done.isSuccess()) {
                    onFailure("a connection could not be opened: " + done.cause());
                }
            });
            check();
        }
        long deadline = System.nanoTime() + OPEN_TIME_MAX.toNanos();
        while (ready.get() < count) {
            check();
            if (System.nanoTime() > deadline) {
                throw new BenchException("only " + ready.get() + " of " + count + " connections were greeted");
            }
            Thread.sleep(10);
        }
    }

    /** Whether all are still there. */
    void check() throws BenchException {
        String why = failure.get();
        if (why != null) {
            throw new BenchException(why);
        }
    }

    /** Sends so many messages over the first client, in one write. */
    void send(byte[] json, int times) {
        Client first = clients.getFirst();
        loops.execute(() -> {
            for (int i = 0; i < times; i++) {
                first.send(json);
            }
            first.flush();
        });
    }

    /** Publications received by all together. */
    long deliveries() {
        return deliveries.get();
    }

    /** Pings answered by all together. */
    long pings() {
        return pings.get();
    }

    void onReady() {
        ready.incrementAndGet();
        opening.release();
    }

    void onDelivery() {
        // Only the one loop writes it.
        deliveries.lazySet(deliveries.getPlain() + 1);
    }

    void onPing() {
        pings.lazySet(pings.getPlain() + 1);
    }

    void onFailure(String why) {
        if (!isClosing) {
            failure.compareAndSet(null, why);
        }
    }

    @Override
    public void close() {
        isClosing = true;
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
