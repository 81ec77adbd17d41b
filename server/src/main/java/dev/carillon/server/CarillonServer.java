package dev.carillon.server;

import dev.carillon.engine.Broker;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Decisions;
import dev.carillon.engine.EmbeddedBroker;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.Node;
import dev.carillon.engine.SharedBroker;
import dev.carillon.gateway.Endpoints;
import dev.carillon.gateway.EventLoops;
import dev.carillon.gateway.Gateway;
import dev.carillon.gateway.GatewayCounters;
import dev.carillon.gateway.TlsFiles;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.testkit.FaultProxy;
import dev.carillon.websocket.SendRings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A running server: the log, the event loops, the node on them and the gateway before it.
 *
 * <p>Thread-safe. {@link #start} and {@link #close} block; neither is for an owner's thread.
 */
public final class CarillonServer implements AutoCloseable {

    private final Configuration configuration;
    private final Gateway gateway;
    private final Readiness readiness;
    private final Deque<AutoCloseable> parts;

    private CarillonServer(
            Configuration configuration, Gateway gateway, Readiness readiness, Deque<AutoCloseable> parts) {
        this.configuration = configuration;
        this.gateway = gateway;
        this.readiness = readiness;
        this.parts = parts;
    }

    /**
     * Starts a server; when it returns, connections are accepted.
     *
     * @throws StartException with a line for each thing that is wrong; nothing is left open
     */
    public static CarillonServer start(Configuration configuration, Site site) throws StartException {
        return start(configuration, site, List.of());
    }

    /**
     * Starts a server with extensions in it.
     *
     * @throws StartException with a line for each thing that is wrong, one that an extension threw too; nothing is left open
     */
    public static CarillonServer start(Configuration configuration, Site site, List<Extension> extensions)
            throws StartException {
        return start(configuration, extensions, parts -> openGateway(parts, site));
    }

    /** Starts a server that sends every WebSocket message back, on every path; it keeps nothing. */
    static CarillonServer startEcho(Configuration configuration) throws StartException {
        return start(
                configuration,
                List.of(),
                parts -> Gateway.openEcho(configuration.gateway(null), parts.loops(), parts.gatewayCounters()));
    }

    /** What a gateway stands on. */
    private record Parts(
            Configuration configuration,
            Deque<AutoCloseable> open,
            Storage storage,
            @Nullable SharedStorage shared,
            EventLoops loops,
            Readiness readiness,
            Door door,
            Node node,
            Endpoints endpoints,
            EngineCounters engineCounters,
            GatewayCounters gatewayCounters) {}

    /** Opens the gateway, the last part. */
    private interface Opening {
        Gateway open(Parts parts) throws IOException, StartException;
    }

    private static CarillonServer start(Configuration given, List<Extension> extensions, Opening opening)
            throws StartException {
        Configuration configuration = withChannelsOf(extensions, given);
        List<String> problems = ConfigurationRules.problemsOf(configuration).stream()
                .map(Problem::toString)
                .toList();
        if (!problems.isEmpty()) {
            throw new StartException(problems);
        }
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            Parts parts = openParts(configuration, extensions, open);
            Gateway gateway = opening.open(parts);
            open.addFirst(gateway);
            CarillonServer server = new CarillonServer(configuration, gateway, parts.readiness(), open);
            server.announce();
            return server;
        } catch (IOException e) {
            closeAll(open);
            throw new StartException(Listening.oneLine(e), e);
        } catch (StartException | RuntimeException e) {
            closeAll(open);
            throw e;
        }
    }

    /** What extensions need of channels, where nothing is set for them; all other names as ever. */
    private static Configuration withChannelsOf(List<Extension> extensions, Configuration configuration) {
        List<ChannelRule> needed = extensions.stream()
                .flatMap(extension -> extension.channels().stream())
                .toList();
        return needed.isEmpty() || !configuration.channels().isEmpty()
                ? configuration
                : configuration.toBuilder()
                        .channels(Stream.concat(needed.stream(), configuration.effectiveChannels().stream())
                                .toList())
                        .build();
    }

    /** Opens the parts from the log up; each is put before the one that it stands on. */
    private static Parts openParts(Configuration configuration, List<Extension> extensions, Deque<AutoCloseable> open)
            throws StartException {
        Storage storage = Storage.open(configuration);
        open.addFirst(storage);
        SharedStorage shared = SharedStorage.open(configuration);
        if (shared != null) {
            open.addFirst(shared);
        }
        EventLoops loops = new EventLoops(configuration.eventLoops(), sendRings(configuration));
        open.addFirst(loops);
        EngineCounters counters = new EngineCounters();
        Door door =
                Door.open(configuration, new SystemClock(), revoked -> loops.endSessions(revoked::ends, Code.REVOKED));
        open.addFirst(door);
        RedisSource redis = configuration.redis();
        if (shared != null && redis != null) {
            open.addFirst(SharedRevocations.open(
                    door.revocations(),
                    shared.notes(),
                    configuration.tokens().limits(),
                    redis.bounds().tick()));
        }
        RuledDecisions decisions = new RuledDecisions(
                door.decisions(),
                extensions.stream()
                        .flatMap(extension -> extension.rules().stream())
                        .toList());
        open.addFirst(decisions);
        Node node = node(configuration, decisions, storage, shared, loops, counters);
        open.addFirst(new Sweeping(node, storage));
        Endpoints endpoints = Endpoints.of(List.of(
                door.admin(),
                new ExtensionEndpoints(
                        extensions, decisions, configuration.limits().decisionTime())));
        startExtensions(extensions, door, node, loops);
        return new Parts(
                configuration,
                open,
                storage,
                shared,
                loops,
                Readiness.of(storage, shared, loops, configuration.times().readyTime()),
                door,
                node,
                endpoints,
                counters,
                new GatewayCounters());
    }

    private static SendRings sendRings(Configuration configuration) {
        return configuration.ioUring() ? SendRings.on(Logs.LOG::info) : SendRings.off();
    }

    private static void startExtensions(List<Extension> extensions, Door door, Node node, EventLoops loops)
            throws StartException {
        for (Extension extension : extensions) {
            try {
                extension.start(new LocalHost(new LocalSession(node, loops.anyLoop()), door.developmentTokens()));
            } catch (RuntimeException e) {
                throw new StartException("the extension " + extension.name() + " did not start", e);
            }
        }
    }

    private static Gateway openGateway(Parts parts, Site site) throws IOException, StartException {
        Metrics metrics = new Metrics(
                parts.configuration(),
                parts.engineCounters(),
                parts.gatewayCounters(),
                parts.loops()::waitingBytes,
                parts.storage());
        parts.door().bind(metrics);
        metrics.bindRings(parts.loops().sendRings());
        RedisSource redis = parts.configuration().redis();
        if (parts.shared() != null && redis != null) {
            RedisMeters.bind(metrics, redis.bounds(), parts.shared());
        }
        parts.open().addFirst(metrics);
        NetworkEndpoints network = new NetworkEndpoints(
                parts.configuration().network(), parts.gatewayCounters().accounts());
        parts.open().addFirst(network);
        Gateway gateway = Gateway.open(
                parts.configuration().gateway(tlsFiles(parts.configuration())),
                parts.loops(),
                parts.node(),
                parts.readiness().before(SitePages.of(site, metrics)),
                Endpoints.of(List.of(network, parts.endpoints())),
                parts.gatewayCounters());
        try {
            openLanes(parts.configuration(), network, gateway.port(), metrics);
            return gateway;
        } catch (IOException e) {
            gateway.close();
            throw e;
        }
    }

    private static void openLanes(Configuration configuration, NetworkEndpoints network, int port, Metrics metrics)
            throws IOException {
        if (!NetworkEndpoints.isWanted(configuration)) {
            return;
        }
        FaultProxy proxy = network.open(configuration.listen(), port);
        NetworkMeters.bind(metrics, configuration.network(), proxy);
        Logs.LOG.info(
                "port {} leads here too, with the faults that /network/lanes/{} is asked for",
                proxy.defaultLane().port(),
                FaultProxy.DEFAULT_LANE);
    }

    private static @Nullable TlsFiles tlsFiles(Configuration configuration) throws StartException {
        return switch (configuration.tls()) {
            case Tls.None _ -> null;
            case Tls.Files(Path certificate, Path key) -> new TlsFiles(certificate, key);
            case Tls.SelfSigned _ ->
                DevelopmentCertificate.in(
                        Objects.requireNonNull(configuration.data(), "the rules ask for a folder"), Instant.now());
        };
    }

    private static Node node(
            Configuration configuration,
            Decisions decisions,
            Storage storage,
            @Nullable SharedStorage shared,
            EventLoops loops,
            EngineCounters counters) {
        Clock clock = new SystemClock();
        EngineLimits limits = configuration.limits().engine(configuration.effectivePerSession(), configuration.times());
        Node.Ports ports = new Node.Ports(
                clock,
                new SecureRandomness(),
                decisions,
                new PatternCatalog(configuration.effectiveChannels()),
                limits,
                counters,
                hello(configuration));
        return new Node(
                ports, loops.shardPorts(), shard -> broker(configuration, shard, clock, storage, shared, ports));
    }

    private static Broker broker(
            Configuration configuration,
            Node.ShardPorts shard,
            Clock clock,
            Storage storage,
            @Nullable SharedStorage shared,
            Node.Ports ports) {
        RedisSource redis = configuration.redis();
        if (shared == null || redis == null) {
            return new EmbeddedBroker(
                    shard.mailbox(),
                    clock,
                    new SecureRandomness(),
                    storage.memory(),
                    storage.durable(),
                    ports.limits());
        }
        return new SharedBroker(
                shard,
                clock,
                new SecureRandomness(),
                shared.link(),
                redis.bounds().shared(),
                ports.counters());
    }

    /** What holds for every channel, whatever is set for it. */
    static ServerMessage.Limits hello(Configuration configuration) {
        List<ChannelRule> rules = configuration.effectiveChannels();
        return new ServerMessage.Limits(
                configuration.limits().messageBytes(),
                configuration.limits().signalBytes(),
                configuration.limits().subscriptions(),
                rules.stream()
                        .mapToLong(rule -> rule.settings().idempotencyAgeMax().toMillis())
                        .min()
                        .orElseThrow(),
                rules.stream()
                        .mapToInt(rule -> rule.settings().idempotencyCountMax())
                        .min()
                        .orElseThrow(),
                configuration.limits().presenceGrace().toMillis());
    }

    private void announce() {
        Logs.LOG.info(
                "listening on {} port {}{}, {}",
                String.join(", ", configuration.listen().hosts()),
                port(),
                configuration.isTls() ? " by https and wss" : "",
                configuration.isDevelopment()
                        ? "in development mode: whoever reaches this machine's loopback may publish"
                        : "for those who prove who they are");
        long files = OpenFiles.max();
        if (files < configuration.limits().connections() + OpenFiles.SPARE) {
            Logs.LOG.warn(
                    "the process may open {} files, too few for limits.connections {}: raise it (ulimit -n) to {}",
                    files,
                    configuration.limits().connections(),
                    configuration.limits().connections() + OpenFiles.SPARE);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return gateway.port();
    }

    /** Where a browser on this machine finds it. */
    public String url() {
        return Listening.url(configuration.isTls(), configuration.listen(), port());
    }

    /**
     * Takes leave of its clients as the configuration says ({@code drain}): is not ready any more, moves them in waves, each
     * told when to come back, then {@link #close}s.
     */
    public void leave() {
        readiness.leave();
        try {
            gateway.drain(configuration.drain());
        } finally {
            close();
        }
    }

    /** Has {@link #leave} wait for nothing any more; from any thread. */
    public void hurry() {
        gateway.hurry();
    }

    /** Ends the connections, finishes what was appended and lets go of the data folder. Calling it again does nothing. */
    @Override
    public void close() {
        synchronized (parts) {
            closeAll(parts);
        }
    }

    private static void closeAll(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.removeFirst();
            try {
                part.close();
            } catch (Exception e) {
                Logs.LOG.error("{} could not be closed", part.getClass().getSimpleName(), e);
            }
        }
    }
}
