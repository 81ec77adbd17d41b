package dev.carillon.gateway;

import dev.carillon.engine.Broker;
import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Decisions;
import dev.carillon.engine.Durability;
import dev.carillon.engine.EmbeddedBroker;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.MapSettings;
import dev.carillon.engine.MemoryLog;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Randomness;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.SendRings;
import io.netty.util.concurrent.EventExecutor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** A gateway on a free port over a node in memory, and clients that we did not write. */
final class TestServer implements AutoCloseable {

    /** Whether even a run for one reader goes through io_uring; where the system refuses, none does. */
    private static final boolean IO_URING = Boolean.getBoolean("carillon.test.ioUring");

    /** What the channel of a document may hold; a quarter of it is the document's. */
    static final int DOCUMENTS_BYTES_MAX = 256 << 10;

    final GatewayCounters counters = new GatewayCounters();
    final EngineCounters engineCounters = new EngineCounters();
    final HttpClient http;
    private final boolean isTls;
    private final EventLoops loops;
    private final Gateway gateway;
    private final MemoryLog log = new MemoryLog();
    private final List<FickleBroker> brokers = new ArrayList<>();

    TestServer() throws IOException {
        this(Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT);
    }

    TestServer(Duration heartbeat, GatewaySettings.Access access) throws IOException {
        this(settings(heartbeat, access, GatewaySettings.DEFAULT.requestTimeMax(), 19_000));
    }

    static GatewaySettings settings(
            Duration heartbeat, GatewaySettings.Access access, Duration requestTime, int connections) {
        GatewaySettings base = GatewaySettings.DEFAULT;
        return new GatewaySettings(
                List.of("127.0.0.1"),
                0,
                access,
                heartbeat,
                base.messageBytesMax(),
                base.headerBytesMax(),
                connections,
                base.outboxBytesMax(),
                base.waitMax(),
                requestTime,
                base.closeTimeMax(),
                base.perAddress(),
                base.proxies(),
                null,
                base.http2());
    }

    /** As is normal in the mode, but for what one address may do, and who may speak for others. */
    static GatewaySettings limited(GatewaySettings.Access access, AddressLimits perAddress, Network... proxies) {
        GatewaySettings base = GatewaySettings.DEFAULT;
        return new GatewaySettings(
                List.of("127.0.0.1"),
                0,
                access,
                base.heartbeat(),
                base.messageBytesMax(),
                base.headerBytesMax(),
                base.connectionsMax(),
                base.outboxBytesMax(),
                base.waitMax(),
                base.requestTimeMax(),
                base.closeTimeMax(),
                perAddress,
                List.of(proxies),
                null,
                base.http2());
    }

    /** The same, with so much time for what closes. */
    static GatewaySettings closingWithin(Duration closeTime, GatewaySettings base) {
        return new GatewaySettings(
                base.addresses(),
                base.port(),
                base.access(),
                base.heartbeat(),
                base.messageBytesMax(),
                base.headerBytesMax(),
                base.connectionsMax(),
                base.outboxBytesMax(),
                base.waitMax(),
                base.requestTimeMax(),
                closeTime,
                base.perAddress(),
                base.proxies(),
                base.tls(),
                base.http2());
    }

    /** The same over TLS, with this file for certificate and key. */
    static GatewaySettings overTls(GatewaySettings base, Path file, @Nullable Http2Limits http2) {
        return new GatewaySettings(
                base.addresses(),
                base.port(),
                base.access(),
                base.heartbeat(),
                base.messageBytesMax(),
                base.headerBytesMax(),
                base.connectionsMax(),
                base.outboxBytesMax(),
                base.waitMax(),
                base.requestTimeMax(),
                base.closeTimeMax(),
                base.perAddress(),
                base.proxies(),
                new TlsFiles(file, file),
                http2);
    }

    TestServer(GatewaySettings settings) throws IOException {
        this(settings, new AllComers());
    }

    TestServer(GatewaySettings settings, Decisions decisions) throws IOException {
        this(settings, decisions, Endpoints.NONE);
    }

    TestServer(GatewaySettings settings, Decisions decisions, Endpoints endpoints) throws IOException {
        this(settings, decisions, endpoints, EngineLimits.DEFAULT);
    }

    /** One that takes a user for present only so long after its connections have ended. */
    TestServer(Decisions decisions, Duration presenceGrace) throws IOException {
        this(decisions, presenceGrace, EngineLimits.DEFAULT.presencePageMax());
    }

    /** One that tells who is present in pages of so many users, as well. */
    TestServer(Decisions decisions, Duration presenceGrace, int pageMax) throws IOException {
        this(
                settings(Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1000),
                decisions,
                Endpoints.NONE,
                with(
                        EngineLimits.DEFAULT.decisionTimeMax(),
                        presenceGrace,
                        pageMax,
                        EngineLimits.DEFAULT.historyBytesMax()));
    }

    /** One whose decisions may take a minute. */
    static TestServer withPatience(GatewaySettings settings, Decisions decisions) throws IOException {
        EngineLimits base = EngineLimits.DEFAULT;
        EngineLimits limits =
                with(Duration.ofMinutes(1), base.presenceGrace(), base.presencePageMax(), base.historyBytesMax());
        return new TestServer(settings, decisions, Endpoints.NONE, limits);
    }

    /** One whose pages of history may have so many bytes. */
    TestServer(GatewaySettings settings, int historyBytesMax) throws IOException {
        this(settings, new AllComers(), Endpoints.NONE, with(historyBytesMax));
    }

    private static EngineLimits with(int historyBytesMax) {
        EngineLimits base = EngineLimits.DEFAULT;
        return with(base.decisionTimeMax(), base.presenceGrace(), base.presencePageMax(), historyBytesMax);
    }

    private static EngineLimits with(Duration decisionTime, Duration presenceGrace, int pageMax, int historyBytesMax) {
        EngineLimits base = EngineLimits.DEFAULT;
        return new EngineLimits(
                base.subscriptionsMax(),
                base.channelsMax(),
                base.attachedMax(),
                base.pageBytesMax(),
                base.historyPageMax(),
                historyBytesMax,
                base.tailBytesMax(),
                base.tailsBytesMax(),
                base.outstandingMax(),
                base.outstandingBytesMax(),
                base.waitingMax(),
                decisionTime,
                base.signalBytesMax(),
                base.presenceMax(),
                pageMax,
                base.presenceDifferencesMax(),
                base.presenceCountInterval(),
                presenceGrace,
                base.authenticateTimeMax(),
                base.refreshTime(),
                base.idleTimeMax(),
                base.rates());
    }

    private TestServer(GatewaySettings settings, Decisions decisions, Endpoints endpoints, EngineLimits limits)
            throws IOException {
        this(settings, decisions, endpoints, limits, IO_URING ? SendRings.on(1, why -> {}) : SendRings.off());
    }

    /** One that sends to many connections at once in this way. */
    TestServer(SendRings rings) throws IOException {
        this(
                settings(Duration.ofSeconds(25), GatewaySettings.Access.DEVELOPMENT, Duration.ofSeconds(25), 1000),
                new AllComers(),
                Endpoints.NONE,
                EngineLimits.DEFAULT,
                rings);
    }

    private TestServer(
            GatewaySettings settings, Decisions decisions, Endpoints endpoints, EngineLimits limits, SendRings rings)
            throws IOException {
        loops = new EventLoops(2, rings);
        isTls = settings.tls() != null;
        HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        http = (isTls ? client.sslContext(TrustAll.CONTEXT) : client).build();
        Clock clock = new Clock() {
            @Override
            public long millis() {
                return System.currentTimeMillis();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
        Randomness randomness = () -> ThreadLocalRandom.current().nextLong();
        ChannelSettings channel = ChannelSettings.DEFAULT.with(Durability.MEMORY);
        ChannelSettings timeless = channel.withoutAt();
        ChannelSettings map = channel.with(ChannelKind.MAP);
        ChannelSettings signal = channel.with(ChannelKind.SIGNAL);
        ChannelSettings document = channel.with(ChannelKind.DOCUMENT).toBuilder()
                .map(new MapSettings(1024, DOCUMENTS_BYTES_MAX, 1, Duration.ZERO, Duration.ZERO))
                .build();
        Node node = new Node(
                new Node.Ports(
                        clock,
                        randomness,
                        decisions,
                        name -> switch (name.value().split(":", -1)[0]) {
                            case "forbidden" -> null;
                            case "timeless" -> timeless;
                            case "map" -> map;
                            case "signal" -> signal;
                            case "document", "document-versions" -> document;
                            default -> channel;
                        },
                        limits,
                        engineCounters,
                        new ServerMessage.Limits(settings.messageBytesMax(), 4096, 128, 900_000, 10_000, 5_000)),
                loops.shardPorts(),
                owner -> {
                    Broker broker = new EmbeddedBroker(owner.mailbox(), clock, randomness, log, null, limits);
                    brokers.add(new FickleBroker(owner.mailbox(), broker));
                    return brokers.getLast();
                });
        gateway = Gateway.open(settings, loops, node, new SomePages(), endpoints, counters);
    }

    private static final class SomePages implements Pages {
        @Override
        public Content find(String path) {
            return List.of("/", "/chat").contains(path)
                    ? Content.of("text/html", "<p>hello".getBytes(StandardCharsets.UTF_8))
                    : null;
        }
    }

    int port() {
        return gateway.port();
    }

    URI uri(String path) {
        return URI.create((isTls ? "https" : "http") + "://127.0.0.1:" + port() + path);
    }

    URI ws(String path) {
        return URI.create((isTls ? "wss" : "ws") + "://127.0.0.1:" + port() + path);
    }

    /** A connection whose reads end after 20 s; over TLS the handshake comes with the first byte. */
    Socket connect() throws IOException {
        Socket socket = isTls
                ? TrustAll.CONTEXT.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port())
                : new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** The bytes that wait for all connections' sockets, as the metrics tell them. */
    long waitingBytes() {
        return loops.waitingBytes();
    }

    /** Looks for a new certificate, as it does from time to time. */
    void reloadCertificate() {
        gateway.reloadCertificate();
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        } else {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Says something over a plain socket and gives what comes back until the server closes. */
    String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** An event stream, read event by event. */
    EventStream events(String path, String... headers) throws Exception {
        return new EventStream(path, headers);
    }

    final class EventStream implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader lines;

        EventStream(String path, String... headers) throws IOException {
            socket = connect();
            StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n")
                    .append("Accept: text/event-stream\r\n");
            for (int i = 0; i < headers.length; i += 2) {
                request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
            }
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String status = lines.readLine();
            if (!status.contains(" 200 ")) {
                throw new IOException(status);
            }
            while (!lines.readLine().isEmpty()) {
                continue; // headers
            }
        }

        /** The next event's lines, without the one that only sets the retry time. */
        List<String> next() throws IOException {
            List<String> event = new ArrayList<>();
            String line = lines.readLine();
            while (line != null && !(line.isEmpty() && !event.isEmpty())) {
                if (!line.isEmpty()) {
                    event.add(line);
                }
                line = lines.readLine();
            }
            return event.size() == 1 && event.getFirst().startsWith("retry:") ? next() : event;
        }

        /** A field of an event; empty without. */
        static String field(List<String> event, String name) {
            return event.stream()
                    .filter(line -> line.startsWith(name + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse("");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Ends as a node does that is told to; the clients stay. */
    void end() {
        gateway.close();
    }

    /** Takes leave of its clients meanwhile, as a node does that is told to end. */
    CompletableFuture<Void> drain(Drain drain) {
        // Not on the common pool, whose only thread the clients may need.
        return CompletableFuture.runAsync(
                () -> gateway.drain(drain), task -> Thread.ofPlatform().daemon().start(task));
    }

    /** Has it wait for nothing any more. */
    void hurry() {
        gateway.hurry();
    }

    /** Ends the sessions that the test names. */
    void endSessions(BiPredicate<Principal, String> which, Code code) {
        loops.endSessions(which, code);
    }

    /** Has all channels taken for stale, or for fresh; everybody was told when it returns. */
    void say(boolean isStale) throws Exception {
        brokers.forEach(broker -> broker.say(isStale));
        settle();
        settle();
    }

    /** Waits until every loop has done what was posted to it so far. */
    void settle() throws Exception {
        for (EventExecutor loop : loops.group()) {
            loop.submit(() -> {}).get();
        }
    }

    @Override
    public void close() {
        gateway.close();
        loops.close();
        http.shutdownNow();
    }
}
