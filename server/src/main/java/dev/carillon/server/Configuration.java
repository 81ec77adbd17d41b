package dev.carillon.server;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Rate;
import dev.carillon.engine.SessionRates;
import dev.carillon.gateway.AddressLimits;
import dev.carillon.gateway.DocumentSettings;
import dev.carillon.gateway.Drain;
import dev.carillon.gateway.GatewaySettings;
import dev.carillon.gateway.Http2Limits;
import dev.carillon.gateway.Network;
import dev.carillon.gateway.TlsFiles;
import dev.carillon.protocol.ChannelPattern;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is set for a server (docs/configuration.md); whatever the file can say, {@link #builder} can.
 *
 * @param tls whether it speaks https and wss
 * @param http2 whether it speaks HTTP/2 too, over TLS
 * @param data the folder of the durable log; null for none, and every channel must be of durability {@code memory}
 * @param eventLoops how many event loops own the connections and channels
 * @param ioUring whether event loops send through io_uring, where the system allows it
 * @param channels what is set for channels, by pattern; empty for every channel alike
 * @param origins the origins whose pages may come in, beside the server's own
 * @param hosts the host names that it answers to, beside those of loopback
 * @param keys who may come in by a key; without any, and without keys for tokens, it is development mode
 * @param tokens which tokens are taken
 * @param roles what roles that tokens name may do
 * @param admin the secret that opens {@code /admin}; null for no such addresses
 * @param grants what peers who present nothing may do; empty for everything in development mode, else for nothing
 * @param proxies peers that may say for whom they ask
 * @param perSession how often one session may say something; null for what its mode has
 * @param perAddress how much one remote address may do; null for what its mode has
 * @param network the fault proxy of development mode
 * @param deflate whether WebSocket messages are compressed
 * @param drain how it takes leave of its clients when it is told to end
 * @param documents what is kept of documents beside what they are
 * @param admission how often sessions may begin; null for what its mode has
 * @param redis the Redis that holds the log, shared with other nodes; null to keep it in this node's data folder
 */
public record Configuration(
        Listen listen,
        Tls tls,
        boolean http2,
        @Nullable Path data,
        int eventLoops,
        boolean ioUring,
        List<ChannelRule> channels,
        List<String> origins,
        List<String> hosts,
        List<Network> proxies,
        List<ApiKey> keys,
        Tokens tokens,
        List<Role> roles,
        @Nullable Secret admin,
        List<Grant> grants,
        Limits limits,
        @Nullable SessionRates perSession,
        @Nullable AddressLimits perAddress,
        Times times,
        StoreLimits store,
        NetworkSettings network,
        Deflate deflate,
        Drain drain,
        DocumentSettings documents,
        @Nullable Rate admission,
        @Nullable RedisSource redis) {

    /** The pattern of all names. */
    static final ChannelPattern EVERY_CHANNEL = Objects.requireNonNull(ChannelPattern.parse("**"));

    /** The pattern of the channels in which documents are kept. */
    static final ChannelPattern EVERY_DOCUMENT = Objects.requireNonNull(ChannelPattern.parse("document:**"));

    private static final int EVENT_LOOPS_MAX_BY_DEFAULT = 4;

    /** What holds when nothing is set: development mode, with the data in {@code ./data}. */
    public static final Configuration DEFAULT = new Builder().build();

    public Configuration {
        channels = List.copyOf(channels);
        origins = List.copyOf(origins);
        hosts = List.copyOf(hosts);
        proxies = List.copyOf(proxies);
        keys = List.copyOf(keys);
        roles = List.copyOf(roles);
        grants = List.copyOf(grants);
    }

    /** A builder that begins with what holds when nothing is set. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that begins with this one. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.listen = listen;
        builder.tls = tls;
        builder.http2 = http2;
        builder.data = data;
        builder.eventLoops = eventLoops;
        builder.ioUring = ioUring;
        builder.channels = channels;
        builder.origins = origins;
        builder.hosts = hosts;
        builder.proxies = proxies;
        builder.keys = keys;
        builder.tokens = tokens;
        builder.roles = roles;
        builder.admin = admin;
        builder.grants = grants;
        builder.limits = limits;
        builder.perSession = perSession;
        builder.perAddress = perAddress;
        builder.times = times;
        builder.store = store;
        builder.network = network;
        builder.deflate = deflate;
        builder.drain = drain;
        builder.documents = documents;
        builder.admission = admission;
        builder.redis = redis;
        return builder;
    }

    /** Whether no authentication is configured. */
    public boolean isDevelopment() {
        return keys.isEmpty() && tokens.keys().isEmpty();
    }

    /** Whether it speaks https and wss. */
    public boolean isTls() {
        return !(tls instanceof Tls.None);
    }

    /** The rules for channels, with those that stand for none. */
    List<ChannelRule> effectiveChannels() {
        if (!channels.isEmpty()) {
            return channels;
        }
        ChannelRule every = new ChannelRule(EVERY_CHANNEL, ChannelSettings.DEFAULT);
        boolean canHaveDocuments = data != null && redis == null; // they are kept in this node's own log
        return canHaveDocuments
                ? List.of(every, new ChannelRule(EVERY_DOCUMENT, Preset.DOCUMENT.settings()))
                : List.of(every);
    }

    /** How often one session may say something, in this mode. */
    SessionRates effectivePerSession() {
        if (perSession != null) {
            return perSession;
        }
        return isDevelopment() ? SessionRates.DEVELOPMENT : SessionRates.PRODUCTION;
    }

    /** How much one remote address may do, in this mode. */
    AddressLimits effectivePerAddress() {
        if (perAddress != null) {
            return perAddress;
        }
        return isDevelopment() ? AddressLimits.DEVELOPMENT : AddressLimits.PRODUCTION;
    }

    /** How often sessions may begin, in this mode. */
    Rate effectiveAdmission() {
        if (admission != null) {
            return admission;
        }
        return isDevelopment() ? GatewaySettings.ADMISSION_DEVELOPMENT : GatewaySettings.ADMISSION_PRODUCTION;
    }

    /** @param tlsFiles where the certificate is; null for none */
    GatewaySettings gateway(@Nullable TlsFiles tlsFiles) {
        GatewaySettings settings = new GatewaySettings(
                listen.hosts(),
                listen.port(),
                new GatewaySettings.Access(isDevelopment(), origins, hosts),
                times.heartbeat(),
                limits.messageBytes(),
                limits.headerBytes(),
                limits.connections(),
                limits.outboxBytes(),
                times.longPollMax(),
                times.requestTime(),
                times.closeTime(),
                effectivePerAddress(),
                proxies,
                tlsFiles,
                http2 ? new Http2Limits(limits.http2Streams(), limits.http2Resets(), limits.http2Controls()) : null);
        return settings.with(deflate.settings())
                .with(effectiveAdmission())
                .with(documents)
                .withSlowReaderTimeMax(limits.slowReaderTime());
    }

    static int eventLoopsByDefault() {
        return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, EVENT_LOOPS_MAX_BY_DEFAULT);
    }

    /** Collects what differs from the default. */
    public static final class Builder {
        private Listen listen = Listen.DEFAULT;
        private Tls tls = new Tls.None();
        private boolean http2 = true;
        private @Nullable Path data = Path.of("data");
        private int eventLoops = eventLoopsByDefault();
        private boolean ioUring = true;
        private List<ChannelRule> channels = List.of();
        private List<String> origins = List.of();
        private List<String> hosts = List.of();
        private List<Network> proxies = List.of();
        private List<ApiKey> keys = List.of();
        private Tokens tokens = Tokens.NONE;
        private List<Role> roles = List.of();
        private @Nullable Secret admin;
        private List<Grant> grants = List.of();
        private Limits limits = Limits.DEFAULT;
        private @Nullable SessionRates perSession;
        private @Nullable AddressLimits perAddress;
        private Times times = Times.DEFAULT;
        private StoreLimits store = StoreLimits.DEFAULT;
        private NetworkSettings network = NetworkSettings.DEFAULT;
        private Deflate deflate = Deflate.DEFAULT;
        private Drain drain = Drain.DEFAULT;
        private DocumentSettings documents = DocumentSettings.DEFAULT;
        private @Nullable Rate admission;
        private @Nullable RedisSource redis;

        private Builder() {}

        /** Where it listens. */
        public Builder listen(Listen value) {
            listen = value;
            return this;
        }

        /** Whether it speaks https and wss. */
        public Builder tls(Tls value) {
            tls = value;
            return this;
        }

        /** Whether it speaks HTTP/2 too, over TLS. */
        public Builder http2(boolean value) {
            http2 = value;
            return this;
        }

        /** The folder of the durable log; null for none. */
        public Builder data(@Nullable Path value) {
            data = value;
            return this;
        }

        /** How many event loops. */
        public Builder eventLoops(int value) {
            eventLoops = value;
            return this;
        }

        /** Whether event loops send through io_uring, where the system allows it. */
        public Builder ioUring(boolean value) {
            ioUring = value;
            return this;
        }

        /** What is set for channels. */
        public Builder channels(List<ChannelRule> value) {
            channels = value;
            return this;
        }

        /** The origins whose pages may come in. */
        public Builder origins(List<String> value) {
            origins = value;
            return this;
        }

        /** The host names that it answers to. */
        public Builder hosts(List<String> value) {
            hosts = value;
            return this;
        }

        /** Peers that may say for whom they ask. */
        public Builder proxies(List<Network> value) {
            proxies = value;
            return this;
        }

        /** Who may come in by a key. */
        public Builder keys(List<ApiKey> value) {
            keys = value;
            return this;
        }

        /** Which tokens are taken. */
        public Builder tokens(Tokens value) {
            tokens = value;
            return this;
        }

        /** What roles that tokens name may do. */
        public Builder roles(List<Role> value) {
            roles = value;
            return this;
        }

        /** The secret that opens {@code /admin}; null for no such addresses. */
        public Builder admin(@Nullable Secret value) {
            admin = value;
            return this;
        }

        /** What peers who present nothing may do. */
        public Builder grants(List<Grant> value) {
            grants = value;
            return this;
        }

        /** The node's bounds. */
        public Builder limits(Limits value) {
            limits = value;
            return this;
        }

        /** How often one session may say something; null for what its mode has. */
        public Builder perSession(@Nullable SessionRates value) {
            perSession = value;
            return this;
        }

        /** How much one remote address may do; null for what its mode has. */
        public Builder perAddress(@Nullable AddressLimits value) {
            perAddress = value;
            return this;
        }

        /** How long connections may take. */
        public Builder times(Times value) {
            times = value;
            return this;
        }

        /** The bounds of the durable log. */
        public Builder store(StoreLimits value) {
            store = value;
            return this;
        }

        /** The fault proxy of development mode. */
        public Builder network(NetworkSettings value) {
            network = value;
            return this;
        }

        /** Whether WebSocket messages are compressed. */
        public Builder deflate(Deflate value) {
            deflate = value;
            return this;
        }

        /** How it takes leave of its clients when it is told to end. */
        public Builder drain(Drain value) {
            drain = value;
            return this;
        }

        /** What is kept of documents beside what they are. */
        public Builder documents(DocumentSettings value) {
            documents = value;
            return this;
        }

        /** How often sessions may begin; null for what its mode has. */
        public Builder admission(@Nullable Rate value) {
            admission = value;
            return this;
        }

        /** The Redis that holds the log, shared with other nodes; null to keep it in this node's data folder. */
        public Builder redis(@Nullable RedisSource value) {
            redis = value;
            return this;
        }

        /** The configuration; {@link CarillonServer#start} checks it. */
        public Configuration build() {
            return new Configuration(
                    listen,
                    tls,
                    http2,
                    data,
                    eventLoops,
                    ioUring,
                    channels,
                    origins,
                    hosts,
                    proxies,
                    keys,
                    tokens,
                    roles,
                    admin,
                    grants,
                    limits,
                    perSession,
                    perAddress,
                    times,
                    store,
                    network,
                    deflate,
                    drain,
                    documents,
                    admission,
                    redis);
        }
    }
}
