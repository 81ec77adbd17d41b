package dev.carillon.server;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.Durability;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.gateway.AddressLimits;
import dev.carillon.gateway.DocumentSettings;
import dev.carillon.gateway.Drain;
import dev.carillon.testkit.LaneLimits;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a configuration must be, wherever it came from. */
final class ConfigurationRules {

    /** What only a key or a token can be given outside development mode. */
    private static final List<Permission> SPOKEN =
            List.of(Permission.PUBLISH, Permission.SIGNAL, Permission.PURGE, Permission.REDACT);

    private static final int RULES_MAX = 1000;
    private static final Pattern KEY_NAME = Pattern.compile("[A-Za-z0-9_.:~-]{1,64}");
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]");

    private final List<Problem> problems = new ArrayList<>();
    private final Configuration configuration;

    private ConfigurationRules(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Everything that is wrong. */
    static List<Problem> problemsOf(Configuration configuration) {
        ConfigurationRules rules = new ConfigurationRules(configuration);
        rules.checkListen();
        rules.checkTls();
        rules.checkChannels();
        rules.checkOrigins();
        rules.checkKeys();
        rules.checkTokens();
        rules.checkRoles();
        rules.checkGrants();
        rules.checkLimits();
        rules.checkPerAddress();
        rules.checkTimes();
        rules.checkStore();
        rules.checkNetwork();
        rules.checkDeflate();
        rules.checkDrain();
        rules.checkDocuments();
        rules.checkRedis();
        return rules.problems;
    }

    private void problem(String path, String text) {
        problems.add(new Problem(path, text));
    }

    private void range(String path, long value, long min, long max) {
        if (value < min || value > max) {
            problem(path, "is " + value + "; it must be from " + min + " to " + max);
        }
    }

    private void bytes(String path, long value, long min, long max) {
        if (value < min || value > max) {
            problem(
                    path,
                    "is " + Quantity.ofBytes(value) + "; it must be from " + Quantity.ofBytes(min) + " to "
                            + Quantity.ofBytes(max));
        }
    }

    private void time(String path, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            problem(
                    path,
                    "is " + Quantity.ofTime(value) + "; it must be from " + Quantity.ofTime(min) + " to "
                            + Quantity.ofTime(max));
        }
    }

    private void checkListen() {
        Listen listen = configuration.listen();
        range("listen.port", listen.port(), 0, 0xffff);
        range("eventLoops", configuration.eventLoops(), 1, 256);
        if (listen.hosts().isEmpty()) {
            problem("listen.hosts", "is empty; it must name one address or more");
        }
        for (int i = 0; i < listen.hosts().size(); i++) {
            checkHost("listen.hosts[" + i + "]", listen.hosts().get(i));
        }
    }

    private void checkHost(String path, String host) {
        InetAddress[] addresses;
        try {
            addresses = host.isBlank() ? new InetAddress[0] : InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            addresses = new InetAddress[0];
        }
        if (addresses.length == 0) {
            problem(path, "is " + host + ", which is no address and no name that this machine knows");
        } else if (configuration.isDevelopment() && !Stream.of(addresses).allMatch(InetAddress::isLoopbackAddress)) {
            problem(
                    path,
                    "is " + host
                            + ", which others can reach, and no authentication is configured: set keys or tokens, or listen on"
                            + " 127.0.0.1 only");
        }
    }

    private void checkTls() {
        switch (configuration.tls()) {
            case Tls.None _ -> {}
            case Tls.Files(Path certificate, Path key) -> {
                checkFile("tls.cert", certificate);
                checkFile("tls.key", key);
            }
            case Tls.SelfSigned _ -> {
                if (configuration.data() == null) {
                    problem(
                            "tls",
                            "is self-signed, which needs a data folder to keep the certificate in, and data is none");
                }
            }
        }
    }

    private void checkFile(String path, Path file) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            problem(path, "is " + file + ", which " + (Files.exists(file) ? "can't be read" : "doesn't exist"));
        }
    }

    private void checkChannels() {
        List<ChannelRule> rules = configuration.channels();
        range("channels", rules.size(), 0, RULES_MAX);
        for (int i = 0; i < Math.min(rules.size(), RULES_MAX); i++) {
            for (int j = 0; j < i; j++) {
                if (rules.get(i).pattern().ties(rules.get(j).pattern())) {
                    problem(
                            "channels[" + i + "].pattern",
                            "is " + rules.get(i).pattern() + ", which ties with "
                                    + rules.get(j).pattern()
                                    + ": both match some name and neither is the more specific one");
                }
            }
            checkDurability("channels[" + i + "].durability", rules.get(i));
            checkShared("channels[" + i + "].kind", rules.get(i));
        }
        if (rules.isEmpty()) {
            configuration.effectiveChannels().forEach(rule -> checkDurability("channels", rule));
        }
    }

    private void checkDurability(String path, ChannelRule rule) {
        Durability durability = rule.settings().durability();
        if (configuration.data() == null && configuration.redis() == null && durability != Durability.MEMORY) {
            problem(
                    path,
                    "of " + rule.pattern() + " is " + durability.name().toLowerCase(Locale.ROOT)
                            + ", which needs a data folder, and data is none: name a folder, or set durability: memory");
        }
    }

    private void checkShared(String path, ChannelRule rule) {
        ChannelKind kind = rule.settings().kind();
        if (configuration.redis() != null && kind == ChannelKind.DOCUMENT) {
            problem(
                    path,
                    "of " + rule.pattern() + " is " + kind.name().toLowerCase(Locale.ROOT)
                            + ", which this version can't share between nodes: set another kind, or leave redis out");
        }
    }

    private void checkOrigins() {
        for (int i = 0; i < configuration.origins().size(); i++) {
            String origin = configuration.origins().get(i);
            if (!isOrigin(origin)) {
                problem(
                        "origins[" + i + "]",
                        "is " + origin
                                + "; an origin is scheme://host or scheme://host:port, in lower case, without a path");
            }
        }
        for (int i = 0; i < configuration.hosts().size(); i++) {
            String host = configuration.hosts().get(i);
            if (!HOST_NAME.matcher(host).matches()) {
                problem("hosts[" + i + "]", "is " + host + "; it must be a host name without a scheme and a port");
            }
        }
    }

    /** As a browser writes it: nothing behind the port, and no port where it is the scheme's own. */
    private static boolean isOrigin(String text) {
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme();
            String host = uri.getHost();
            if (scheme == null || host == null || !Set.of("http", "https").contains(scheme)) {
                return false;
            }
            int ownPort = scheme.equals("http") ? 80 : 443;
            boolean isPort = uri.getPort() == -1 || (uri.getPort() <= 0xffff && uri.getPort() != ownPort);
            String written = scheme + "://" + host + (uri.getPort() == -1 ? "" : ":" + uri.getPort());
            return isPort && text.equals(written) && text.equals(text.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void checkKeys() {
        Set<String> names = new HashSet<>();
        Set<Secret> secrets = new HashSet<>();
        range("keys", configuration.keys().size(), 0, RULES_MAX);
        for (int i = 0; i < configuration.keys().size(); i++) {
            ApiKey key = configuration.keys().get(i);
            String path = "keys[" + i + "]";
            if (!KEY_NAME.matcher(key.name()).matches()) {
                problem(
                        path + ".name",
                        "is " + key.name() + "; it must have 1 to 64 characters of A-Z a-z 0-9 _ . : ~ -");
            }
            if (!names.add(key.name())) {
                problem(path + ".name", "is " + key.name() + ", as that of a key before it");
            }
            if (!secrets.add(key.secret())) {
                problem(path + ".secret", "(of " + key.name() + ", not shown) is that of a key before it");
            }
        }
    }

    private void checkTokens() {
        Tokens tokens = configuration.tokens();
        Set<String> ids = new HashSet<>();
        range("tokens.keys", tokens.keys().size(), 0, RULES_MAX);
        for (int i = 0; i < tokens.keys().size(); i++) {
            String id = tokens.keys().get(i).id();
            String path = "tokens.keys[" + i + "].id";
            if (!KEY_NAME.matcher(id).matches()) {
                problem(path, "is " + id + "; it must have 1 to 64 characters of A-Z a-z 0-9 _ . : ~ -");
            }
            if (!ids.add(id)) {
                problem(path, "is " + id + ", as that of a key before it");
            }
        }
        for (int i = 0; i < tokens.roles().size(); i++) {
            String role = tokens.roles().get(i);
            if (configuration.roles().stream().noneMatch(known -> known.name().equals(role))) {
                problem("tokens.roles[" + i + "]", "is " + role + ", which is none of roles");
            }
        }
        TokenLimits limits = tokens.limits();
        bytes("tokens.bytes", limits.bytes(), 256, 64 << 10);
        range("tokens.cached", limits.cached(), 1, 10_000_000);
        range("tokens.waiting", limits.waiting(), 1, 1_000_000);
        range("tokens.revocations", limits.revocations(), 1, 1_000_000);
        time("tokens.lifetimeMax", limits.lifetimeMax(), Duration.ofSeconds(1), Duration.ofDays(365));
        time("tokens.skew", limits.skew(), Duration.ZERO, Duration.ofMinutes(5));
    }

    private void checkRoles() {
        Set<String> names = new HashSet<>();
        range("roles", configuration.roles().size(), 0, RULES_MAX);
        for (int i = 0; i < configuration.roles().size(); i++) {
            String name = configuration.roles().get(i).name();
            String path = "roles[" + i + "].name";
            if (!KEY_NAME.matcher(name).matches()) {
                problem(path, "is " + name + "; it must have 1 to 64 characters of A-Z a-z 0-9 _ . : ~ -");
            }
            if (!names.add(name)) {
                problem(path, "is " + name + ", as that of a role before it");
            }
        }
    }

    private void checkGrants() {
        if (configuration.isDevelopment()) {
            return;
        }
        for (int i = 0; i < configuration.grants().size(); i++) {
            Grant grant = configuration.grants().get(i);
            for (Permission spoken : SPOKEN) {
                if (grant.may().contains(spoken)) {
                    problem(
                            "grants[" + i + "].may",
                            "lets anybody " + spoken.name().toLowerCase(Locale.ROOT) + " to " + grant.channels()
                                    + "; only a key or a token can be given that outside development mode");
                }
            }
        }
    }

    private void checkLimits() {
        Limits limits = configuration.limits();
        bytes("limits.messageBytes", limits.messageBytes(), 1 << 10, 1 << 30);
        bytes("limits.headerBytes", limits.headerBytes(), 1 << 10, 1 << 20);
        range("limits.connections", limits.connections(), 1, 10_000_000);
        range("limits.http2Streams", limits.http2Streams(), 1, 10_000);
        range("limits.http2Resets", limits.http2Resets(), 10, 1_000_000);
        range("limits.http2Controls", limits.http2Controls(), 10, 1_000_000);
        bytes("limits.outboxBytes", limits.outboxBytes(), 4 << 10, 1 << 30);
        time("limits.slowReaderTime", limits.slowReaderTime(), Duration.ZERO, Duration.ofHours(24));
        range("limits.subscriptions", limits.subscriptions(), 1, 100_000);
        range("limits.channels", limits.channels(), 1, 100_000_000);
        bytes("limits.catchUpBytes", limits.catchUpBytes(), 1 << 10, 64 << 20);
        range("limits.historyPage", limits.historyPage(), 1, 100_000);
        bytes("limits.historyPageBytes", limits.historyPageBytes(), 1 << 10, 256 << 20);
        bytes("limits.tailBytes", limits.tailBytes(), 0, 1 << 30);
        bytes("limits.tailsBytes", limits.tailsBytes(), 0, 1 << 30);
        range("limits.outstanding", limits.outstanding(), 1, 1_000_000);
        bytes("limits.outstandingBytes", limits.outstandingBytes(), 1024, 1 << 30);
        range("limits.attached", limits.attached(), 1, 10_000_000);
        range("limits.waiting", limits.waiting(), 1, 10_000_000);
        time("limits.decisionTime", limits.decisionTime(), Duration.ofMillis(10), Duration.ofMinutes(1));
        bytes("limits.signalBytes", limits.signalBytes(), 1, 1 << 20);
        range("limits.presence", limits.presence(), 1, 1_000_000);
        range("limits.presencePage", limits.presencePage(), 1, 100_000);
        range("limits.presenceDifferences", limits.presenceDifferences(), 1, 100_000);
        time(
                "limits.presenceCountInterval",
                limits.presenceCountInterval(),
                Duration.ofMillis(1),
                Duration.ofMinutes(10));
        time("limits.presenceGrace", limits.presenceGrace(), Duration.ofMillis(100), Duration.ofMinutes(10));
        time("limits.idleTime", limits.idleTime(), Duration.ofSeconds(1), Duration.ofHours(24));
    }

    private void checkPerAddress() {
        AddressLimits perAddress = configuration.effectivePerAddress();
        range("perAddress.connections", perAddress.connections(), 1, 10_000_000);
        range("perAddress.addresses", perAddress.addresses(), 1, 10_000_000);
        range("proxies", configuration.proxies().size(), 0, RULES_MAX);
    }

    private void checkTimes() {
        Times times = configuration.times();
        time("heartbeat", times.heartbeat(), Duration.ofMillis(100), Duration.ofHours(1));
        time("longPollMax", times.longPollMax(), Duration.ofSeconds(1), Duration.ofHours(1));
        time("requestTime", times.requestTime(), Duration.ofMillis(100), Duration.ofMinutes(10));
        time("authenticateTime", times.authenticateTime(), Duration.ofMillis(100), Duration.ofMinutes(10));
        time("refreshTime", times.refreshTime(), Duration.ofMillis(10), Duration.ofHours(1));
        time("closeTime", times.closeTime(), Duration.ofMillis(100), Duration.ofMinutes(1));
        time("readyTime", times.readyTime(), Duration.ofMillis(100), Duration.ofMinutes(1));
    }

    private void checkDrain() {
        Drain drain = configuration.drain();
        time("drain.notice", drain.notice(), Duration.ZERO, Duration.ofMinutes(10));
        time("drain.window", drain.window(), Duration.ZERO, Duration.ofMinutes(10));
        time("drain.away", drain.away(), Duration.ZERO, Duration.ofMinutes(10));
    }

    private void checkDocuments() {
        DocumentSettings documents = configuration.documents();
        range("documents.versions", documents.versions(), 0, 1000);
        time("documents.versionEvery", documents.versionEvery(), Duration.ZERO, Duration.ofDays(365));
    }

    private void checkStore() {
        StoreLimits store = configuration.store();
        bytes("store.queueBytes", store.queueBytes(), 1 << 20, 64L << 30);
        range("store.queueReads", store.queueReads(), 1, 10_000_000);
        bytes("store.batchBytes", store.batchBytes(), 64 << 10, 256 << 20);
        range("store.readCommitters", store.readCommitters(), 1, 16);
        range("store.channelsCached", store.channelsCached(), 1, 100_000_000);
        bytes("store.blockCacheBytes", store.blockCacheBytes(), 1 << 20, 64L << 30);
        bytes("store.writeBufferBytes", store.writeBufferBytes(), 1 << 20, 16L << 30);
        time("store.retryAfter", store.retryAfter(), Duration.ofMillis(1), Duration.ofMinutes(10));
    }

    private void checkDeflate() {
        DeflateLimits limits = configuration.deflate().limits();
        range("deflate.level", limits.level(), 1, 9);
        bytes("deflate.thresholdBytes", limits.thresholdBytes(), 0, 1 << 30);
        bytes("deflate.contextBytes", limits.contextBytes(), 512, 32 << 10);
        if (Integer.bitCount(limits.contextBytes()) != 1) {
            problem(
                    "deflate.contextBytes",
                    "is " + limits.contextBytes() + "; it must be 512, 1KiB, 2KiB, 4KiB, 8KiB, 16KiB or 32KiB");
        }
        range("deflate.contexts", limits.contexts(), 0, 10_000_000);
    }

    private void checkNetwork() {
        NetworkSettings network = configuration.network();
        network.port().ifPresent(port -> range("network.port", port, 0, 0xffff));
        LaneLimits limits = network.limits();
        range("network.lanes", limits.lanes(), 0, 1000);
        range("network.connections", limits.connections(), 1, 10_000);
        bytes("network.bufferBytes", limits.bufferBytes(), 4 << 10, 16 << 20);
        time("network.lease", limits.lease(), Duration.ofSeconds(1), Duration.ofHours(24));
    }

    private void checkRedis() {
        RedisSource redis = configuration.redis();
        if (redis == null) {
            return;
        }
        checkPlace(redis);
        if (redis.user() != null && redis.password() == null) {
            problem("redis.user", "is " + redis.user() + " without redis.password: they belong together");
        }
        if (redis.trusted() != null) {
            checkFile("redis.trusted", redis.trusted());
        }
        checkBounds(redis.bounds());
    }

    /** One problem at most: the others may come of it. */
    private void checkPlace(RedisSource redis) {
        RedisPlace place = redis.place();
        boolean isWatched = !place.sentinels().isEmpty();
        int named = (place.url() == null ? 0 : 1)
                + (isWatched ? 1 : 0)
                + (place.cluster().isEmpty() ? 0 : 1);
        if (named != 1) {
            problem(
                    "redis",
                    "names Redis " + named + " times: set one of redis.url, redis.sentinels and redis.cluster");
        } else if (isWatched && place.master() == null) {
            problem("redis.sentinels", "is set without redis.master: they belong together");
        } else if (!isWatched && place.master() != null) {
            problem("redis.master", "is " + place.master() + " without redis.sentinels: they belong together");
        } else if (!isWatched && (place.sentinelPassword() != null || place.sentinelUser() != null)) {
            String key = place.sentinelUser() == null ? "redis.sentinelPassword" : "redis.sentinelUser";
            problem(key, "(not shown) is set without redis.sentinels: they belong together");
        } else if (place.sentinelUser() != null && place.sentinelPassword() == null) {
            problem("redis.sentinelUser", "is set without redis.sentinelPassword: they belong together");
        } else if (place.url() != null && place.isTls()) {
            problem("redis.tls", "is for redis.sentinels and redis.cluster: write rediss:// in redis.url");
        } else {
            String problem = SharedStorage.problemWith(redis);
            if (problem != null) {
                problem("redis", "(not shown) is wrong: " + problem);
            }
        }
    }

    private void checkBounds(RedisBounds bounds) {
        range("redis.calls", bounds.calls(), 16, 1_000_000);
        bytes("redis.callBytes", bounds.callBytes(), 1 << 20, 64L << 30);
        range("redis.window", bounds.window(), 1, 100_000);
        bytes("redis.windowBytes", bounds.windowBytes(), 64 << 10, 1 << 30);
        time("redis.callTime", bounds.callTime(), Duration.ofMillis(100), Duration.ofMinutes(1));
        time("redis.connectTime", bounds.connectTime(), Duration.ofMillis(100), Duration.ofMinutes(1));
        time("redis.reconnectDelay", bounds.reconnectDelay(), Duration.ZERO, Duration.ofMinutes(1));
        range("redis.early", bounds.early(), 1, 100_000);
        time("redis.holeTime", bounds.holeTime(), Duration.ofMillis(1), Duration.ofSeconds(10));
        range("redis.fill", bounds.fill(), 1, 100_000);
        bytes("redis.fillBytes", bounds.fillBytes(), 1 << 10, 64 << 20);
        time("redis.tick", bounds.tick(), Duration.ofMillis(10), Duration.ofSeconds(10));
        time("redis.proofAge", bounds.proofAge(), Duration.ofMillis(100), Duration.ofMinutes(10));
        range("redis.probe", bounds.probe(), 1, 100_000);
        time("redis.leaseTime", bounds.leaseTime(), Duration.ofSeconds(1), Duration.ofMinutes(10));
        time(
                "redis.leaseRenewal",
                bounds.leaseRenewal(),
                Duration.ofMillis(100),
                bounds.leaseTime().dividedBy(2));
        range("redis.bury", bounds.bury(), 1, 64);
        range("redis.signalRate", bounds.signalRate(), 1, 1_000_000);
        range("redis.signalsWaiting", bounds.signalsWaiting(), 1, 1_000_000);
    }
}
