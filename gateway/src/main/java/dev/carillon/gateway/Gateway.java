package dev.carillon.gateway;

import dev.carillon.engine.Node;
import dev.carillon.websocket.WebSocketLimits;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Listens, and gives every connection its pipeline. Opened and closed from any thread but a loop's own. */
public final class Gateway implements AutoCloseable {

    private static final int BACKLOG = 4096;
    private static final int FREE_PORT_TRIES = 10;
    /** After its connections were told, a node that doesn't take leave waits so long for their ends. */
    private static final long CLOSE_NANOS_MAX = 1_000_000_000;

    private final Hall hall;
    private final ExecutorService waiters;
    private final Departure departure;
    private final List<Channel> listening = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Gateway(Hall hall, ExecutorService waiters) {
        this.hall = hall;
        this.waiters = waiters;
        this.departure = new Departure(hall);
    }

    /**
     * Opens a gateway for a node.
     *
     * @throws IOException if an address can't be listened on; the message names it
     */
    public static Gateway open(
            GatewaySettings settings,
            EventLoops loops,
            Node node,
            Pages pages,
            Endpoints endpoints,
            GatewayCounters counters)
            throws IOException {
        return open(settings, loops, node, pages, endpoints, counters, new Router.Addresses());
    }

    /**
     * Opens a gateway that sends every WebSocket message back, on every path.
     *
     * @throws IOException if an address can't be listened on; the message names it
     */
    public static Gateway openEcho(GatewaySettings settings, EventLoops loops, GatewayCounters counters)
            throws IOException {
        return open(settings, loops, null, _ -> null, Endpoints.NONE, counters, new EchoRouter());
    }

    private static Gateway open(
            GatewaySettings settings,
            EventLoops loops,
            @Nullable Node node,
            Pages pages,
            Endpoints endpoints,
            GatewayCounters counters,
            Router router)
            throws IOException {
        TlsFiles files = settings.tls();
        Tls tls = files == null ? null : Tls.open(files, counters, settings.requestTimeMax(), settings.http2() != null);
        AccessPolicy access = new AccessPolicy(settings.access(), tls != null);
        ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor();
        Hall hall = new Hall(
                settings,
                new WebSocketLimits(settings.messageBytesMax(), settings.closeTimeMax()),
                loops,
                new LoopDeflates(settings.deflate(), counters.deflate(), loops),
                node,
                node == null ? null : new Documents(node, loops, waiters, settings.documents(), counters.documents()),
                pages,
                endpoints,
                access,
                new Visitors(settings, counters),
                new Entrance(settings.admission(), counters, System.nanoTime()),
                tls,
                new Inspector(access.isDevelopment()),
                router,
                counters,
                waiters,
                new AtomicLong(System.nanoTime() - 1_000_000_000));
        Gateway gateway = new Gateway(hall, waiters);
        try {
            gateway.listen();
        } catch (IOException e) {
            gateway.close();
            throw e;
        }
        return gateway;
    }

    private void listen() throws IOException {
        int tries = hall.settings().port() == 0 ? FREE_PORT_TRIES : 1;
        while (!bindAll(--tries == 0)) {
            // A port that was free at one address is taken at another: another one, then.
            listening.forEach(channel -> channel.close().awaitUninterruptibly());
            listening.clear();
        }
        for (EventExecutor executor : hall.loops().group()) {
            EventLoops.Member member = hall.loops().of((EventLoop) executor);
            executor.execute(() -> member.heartbeats().start(hall.settings().heartbeat()));
        }
        if (hall.tls() != null) {
            hall.tls().watch();
        }
    }

    /** Binds every address to one port; false where that port can't be had everywhere, and it isn't the last try. */
    private boolean bindAll(boolean isLast) throws IOException {
        ServerBootstrap bootstrap = bootstrap();
        int port = hall.settings().port();
        for (String address : hall.settings().addresses()) {
            var bound = bootstrap.bind(new InetSocketAddress(address, port)).awaitUninterruptibly();
            if (bound.isSuccess()) {
                listening.add(bound.channel());
                port = port();
                continue;
            }
            boolean isSecond = !listening.isEmpty();
            if (isSecond && address.contains(":") && isAddressMissing(bound.cause())) {
                continue; // a machine without IPv6: its IPv4 loopback is enough
            }
            if (isSecond && !isLast) {
                return false;
            }
            throw new IOException("cannot listen on " + address + " port " + port + ": " + reasonOf(bound.cause())
                    + " (another --port, or 0 for a free one)");
        }
        return true;
    }

    private static boolean isAddressMissing(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        return text.contains("assign requested address") || text.contains("not supported");
    }

    private static String reasonOf(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        if (text.contains("in use")) {
            return "the port is in use";
        }
        return text.contains("ermission") ? "no permission" : "the address is not this machine's";
    }

    private ServerBootstrap bootstrap() {
        int outboxMax = hall.settings().outboxBytesMax();
        Class<? extends ServerChannel> transport =
                EventLoops.isEpoll() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        return new ServerBootstrap()
                .group(hall.loops().group())
                .channel(transport)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(outboxMax / 2, outboxMax))
                .childHandler(new Pipelines(hall));
    }

    /** Looks for a new certificate now; otherwise it does so from time to time. */
    void reloadCertificate() {
        if (hall.tls() != null) {
            hall.tls().reload();
        }
    }

    /** The port that it listens on. */
    public int port() {
        return ((InetSocketAddress) listening.getFirst().localAddress()).getPort();
    }

    /**
     * Takes leave of its clients: they are moved in waves, each told when to come back, and what they have asked for by then
     * is answered. Blocks for about the times that are set, and {@code closeTimeMax} at most. {@link #close} is to follow.
     */
    public void drain(Drain drain) {
        departure.run(drain, this::listenNoMore);
    }

    /** Has {@link #drain} wait for nothing any more; from any thread. */
    public void hurry() {
        departure.hurry();
    }

    private void listenNoMore() {
        for (Channel channel : listening) {
            channel.close().awaitUninterruptibly();
        }
    }

    /**
     * Listens no more, tells every connection that the node ends now, and gives them a moment to end in good order. Calling it
     * again does nothing.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        listenNoMore();
        LongSupplier afterMillis = () -> hall.entrance().returnMillis(System.nanoTime());
        List<Future<?>> told = new ArrayList<>();
        for (EventExecutor executor : hall.loops().group()) {
            EventLoops.Member member = hall.loops().of((EventLoop) executor);
            told.add(executor.submit(() -> member.heartbeats().end(afterMillis)));
        }
        told.forEach(Future::awaitUninterruptibly);
        long end = System.nanoTime() + CLOSE_NANOS_MAX;
        while (hall.counters().connections() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        hall.deflates().close();
        waiters.shutdown();
        if (hall.tls() != null) {
            hall.tls().close();
        }
    }
}
