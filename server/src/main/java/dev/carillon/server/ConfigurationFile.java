package dev.carillon.server;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Rate;
import dev.carillon.engine.SessionRates;
import dev.carillon.gateway.AddressLimits;
import dev.carillon.gateway.DocumentSettings;
import dev.carillon.gateway.Drain;
import dev.carillon.gateway.GatewaySettings;
import dev.carillon.gateway.Network;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.testkit.LaneLimits;
import dev.carillon.websocket.DeflateSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration from YAML. What this reads is what docs/configuration.md describes; what the values must be is said
 * by {@link ConfigurationRules}.
 */
final class ConfigurationFile {

    /** The word for a certificate that the server makes for itself. */
    static final String SELF_SIGNED = "self-signed";

    private static final long FILE_BYTES_MAX = 1 << 20;

    private ConfigurationFile() {}

    /**
     * Reads a file and checks all of it.
     *
     * @param overrides what else is set, over the file
     * @throws StartException with a line for each problem
     */
    static Configuration read(Path file, UnaryOperator<Configuration> overrides) throws StartException {
        Outcome outcome = parse(textOf(file), overrides);
        if (!outcome.problems().isEmpty()) {
            throw new StartException(outcome.problems().stream()
                    .map(problem -> file + ": " + problem)
                    .toList());
        }
        return outcome.configuration();
    }

    private static String textOf(Path file) throws StartException {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new StartException(
                        "the configuration " + file + " is larger than " + Quantity.ofBytes(FILE_BYTES_MAX));
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new StartException("the configuration " + file + " does not exist", e);
        } catch (IOException e) {
            throw new StartException("the configuration " + file + " cannot be read: " + Listening.oneLine(e), e);
        }
    }

    /**
     * What a text says.
     *
     * @param problems empty exactly when the configuration may be used
     * @param defaults the default of each key, by its path
     */
    record Outcome(Configuration configuration, List<Problem> problems, Map<String, String> defaults) {}

    static Outcome parse(String text, UnaryOperator<Configuration> overrides) {
        Section.Reading reading = new Section.Reading();
        Configuration configuration = Configuration.DEFAULT;
        try {
            YamlTree tree = YamlTree.parse(text);
            if (tree instanceof YamlTree.Mapping mapping) {
                Section root = new Section(reading, "", mapping);
                Configuration read = configuration(root);
                configuration = overrides.apply(read);
                root.end();
                if (!configuration.listen().equals(read.listen())) {
                    // Not what the file says: its lines are not to blame.
                    reading.lines.keySet().removeIf(path -> path.startsWith("listen"));
                }
                if (!configuration.tls().equals(read.tls())) {
                    reading.lines.keySet().removeIf(path -> path.startsWith("tls"));
                }
                ConfigurationRules.problemsOf(configuration).stream()
                        .map(problem -> problem.at(lineOf(reading, problem.path())))
                        .forEach(reading.problems::add);
            } else {
                reading.problem("", tree.line(), "must be keys and values");
            }
        } catch (YamlTree.BadYaml e) {
            reading.problems.add(e.problem());
        }
        List<Problem> problems = reading.problems.stream()
                .sorted(Comparator.comparingInt(Problem::line))
                .toList();
        return new Outcome(configuration, problems, reading.defaults);
    }

    /** Where the file says the key, or else the nearest one around it. */
    private static int lineOf(Section.Reading reading, String path) {
        for (String key = path; !key.isEmpty(); key = key.substring(0, Math.max(key.lastIndexOf('.'), 0))) {
            Integer line = reading.lines.get(key);
            if (line != null) {
                return line;
            }
        }
        return 0;
    }

    private static Configuration configuration(Section root) {
        Configuration.Builder builder = Configuration.builder()
                .listen(root.section("listen", ConfigurationFile::listen))
                .tls(tls(root))
                .http2(root.choice("http2", Switch.class, Switch.ON) == Switch.ON)
                .data(data(root))
                .eventLoops(
                        root.number("eventLoops", "one a processor, at most 4", Configuration.eventLoopsByDefault()))
                .ioUring(root.choice("ioUring", Switch.class, Switch.ON) == Switch.ON)
                .channels(root.sections("channels", ChannelSection::read))
                .origins(root.texts("origins", List.of()))
                .hosts(root.texts("hosts", List.of()))
                .proxies(proxies(root))
                .keys(root.sections("keys", ConfigurationFile::key))
                .tokens(root.section("tokens", TokensSection::read))
                .roles(root.sections("roles", TokensSection::role))
                .admin(root.<@Nullable Secret>section("admin", TokensSection::admin))
                .grants(root.sections("grants", ConfigurationFile::grant))
                .limits(root.section("limits", ConfigurationFile::limits))
                .times(times(root))
                .store(root.section("store", ConfigurationFile::store))
                .network(root.section("network", ConfigurationFile::network))
                .deflate(root.section("deflate", ConfigurationFile::deflate))
                .drain(root.section("drain", ConfigurationFile::drain))
                .documents(root.section("documents", ConfigurationFile::documents))
                .redis(root.<@Nullable RedisSource>section("redis", RedisSection::read));
        // What differs in development mode comes after what makes the mode.
        boolean isDevelopment = builder.build().isDevelopment();
        return builder.perSession(root.section("perSession", section -> perSession(section, isDevelopment)))
                .perAddress(root.section("perAddress", section -> perAddress(section, isDevelopment)))
                .admission(admission(root, isDevelopment))
                .build();
    }

    private static Listen listen(Section section) {
        return new Listen(
                section.texts("hosts", Listen.DEFAULT.hosts()), section.number("port", Listen.DEFAULT.port()));
    }

    private enum Switch {
        ON,
        OFF
    }

    private static Tls tls(Section root) {
        Map<String, Tls> words = Map.of(Section.NONE, new Tls.None(), SELF_SIGNED, new Tls.SelfSigned());
        return root.wordOrSection("tls", words, Section.NONE, section -> {
            String certificate = section.requiredText("cert");
            String key = section.requiredText("key");
            return certificate == null || key == null
                    ? new Tls.None()
                    : new Tls.Files(Path.of(certificate), Path.of(key));
        });
    }

    private static @Nullable Path data(Section root) {
        String folder = root.text("data", "./data");
        return folder.equals(Section.NONE) ? null : Path.of(folder).normalize();
    }

    static ChannelPattern pattern(Section section, String key) {
        String text = section.requiredText(key);
        ChannelPattern pattern = text == null ? null : ChannelPattern.parse(text);
        if (text != null && pattern == null) {
            section.problem(
                    key,
                    "is " + text
                            + "; a pattern has 1 to 200 characters of A-Z a-z 0-9 _ . ~ - in parts between colons, of"
                            + " which any may be * and the last one **");
        }
        // The rest of the entry is read all the same.
        return pattern == null ? Configuration.EVERY_CHANNEL : pattern;
    }

    /** A key that can't be used keeps its place, so that those behind it are found by theirs. */
    private static ApiKey key(Section section) {
        String name = section.requiredText("name");
        String secret = section.requiredText("secret");
        List<Grant> grants = section.sections("grants", ConfigurationFile::grant);
        String problem = secret == null ? null : Secret.problemWith(secret);
        if (problem != null) {
            section.problem("secret", "(not shown) " + problem);
        }
        return new ApiKey(
                name == null ? "nameless-" + section.path().replaceAll("\\D", "") : name,
                Secret.of(
                        secret != null && problem == null
                                ? secret
                                : UUID.randomUUID().toString()),
                grants);
    }

    static Grant grant(Section section) {
        ChannelPattern channels = pattern(section, "channels");
        return new Grant(channels, Set.copyOf(section.choices("may", Permission.class)));
    }

    private static Limits limits(Section section) {
        Limits normal = Limits.DEFAULT;
        return new Limits(
                section.intBytes("messageBytes", normal.messageBytes()),
                section.intBytes("headerBytes", normal.headerBytes()),
                section.number("connections", normal.connections()),
                section.number("http2Streams", normal.http2Streams()),
                section.number("http2Resets", normal.http2Resets()),
                section.number("http2Controls", normal.http2Controls()),
                section.intBytes("outboxBytes", normal.outboxBytes()),
                section.time("slowReaderTime", normal.slowReaderTime()),
                section.number("subscriptions", normal.subscriptions()),
                section.number("channels", normal.channels()),
                section.number("attached", normal.attached()),
                section.intBytes("catchUpBytes", normal.catchUpBytes()),
                section.number("historyPage", normal.historyPage()),
                section.intBytes("historyPageBytes", normal.historyPageBytes()),
                section.intBytes("tailBytes", normal.tailBytes()),
                section.intBytes("tailsBytes", normal.tailsBytes()),
                section.number("outstanding", normal.outstanding()),
                section.intBytes("outstandingBytes", normal.outstandingBytes()),
                section.number("waiting", normal.waiting()),
                section.time("decisionTime", normal.decisionTime()),
                section.intBytes("signalBytes", normal.signalBytes()),
                section.number("presence", normal.presence()),
                section.number("presencePage", normal.presencePage()),
                section.number("presenceDifferences", normal.presenceDifferences()),
                section.time("presenceCountInterval", normal.presenceCountInterval()),
                section.time("presenceGrace", normal.presenceGrace()),
                section.time("idleTime", normal.idleTime()));
    }

    /** Null where nothing differs from what the mode has. */
    private static @Nullable SessionRates perSession(Section section, boolean isDevelopment) {
        SessionRates strict = SessionRates.PRODUCTION;
        SessionRates wide = SessionRates.DEVELOPMENT;
        SessionRates read = new SessionRates(
                rate(section, "commands", strict.commands(), wide.commands(), isDevelopment),
                rate(section, "signals", strict.signals(), wide.signals(), isDevelopment));
        return read.equals(isDevelopment ? wide : strict) ? null : read;
    }

    /** Null where nothing differs from what the mode has. */
    private static @Nullable AddressLimits perAddress(Section section, boolean isDevelopment) {
        AddressLimits strict = AddressLimits.PRODUCTION;
        AddressLimits wide = AddressLimits.DEVELOPMENT;
        AddressLimits read = new AddressLimits(
                byMode(section, "connections", strict.connections(), wide.connections(), isDevelopment),
                rate(section, "connects", strict.connects(), wide.connects(), isDevelopment),
                rate(section, "requests", strict.requests(), wide.requests(), isDevelopment),
                section.number("addresses", strict.addresses()));
        return read.equals(isDevelopment ? wide : strict) ? null : read;
    }

    private static Rate rate(Section section, String key, Rate strict, Rate wide, boolean isDevelopment) {
        record Numbers(int perSecond, int burst) {}
        Numbers read = section.section(
                key,
                part -> new Numbers(
                        byMode(part, "perSecond", strict.perSecond(), wide.perSecond(), isDevelopment),
                        byMode(part, "burst", strict.burst(), wide.burst(), isDevelopment)));
        try {
            return new Rate(read.perSecond(), read.burst());
        } catch (IllegalArgumentException e) {
            section.problem(key, "is no rate: " + e.getMessage());
            return strict;
        }
    }

    /** A number whose default is another one in development mode. */
    private static int byMode(Section section, String key, int strict, int wide, boolean isDevelopment) {
        return section.number(key, strict + "; " + wide + " in development mode", isDevelopment ? wide : strict);
    }

    private static List<Network> proxies(Section root) {
        List<Network> proxies = new ArrayList<>();
        for (String text : root.texts("proxies", List.of())) {
            Network network = Network.parse(text);
            if (network == null) {
                root.problem(
                        "proxies",
                        "holds " + text + "; a proxy is an address, or a range such as 10.0.0.0/8 or fd00::/8");
            } else {
                proxies.add(network);
            }
        }
        return proxies;
    }

    private static Times times(Section root) {
        Times normal = Times.DEFAULT;
        return new Times(
                root.time("heartbeat", normal.heartbeat()),
                root.time("longPollMax", normal.longPollMax()),
                root.time("requestTime", normal.requestTime()),
                root.time("authenticateTime", normal.authenticateTime()),
                root.time("refreshTime", normal.refreshTime()),
                root.time("closeTime", normal.closeTime()),
                root.time("readyTime", normal.readyTime()));
    }

    private static Drain drain(Section section) {
        Drain normal = Drain.DEFAULT;
        return new Drain(
                section.time("notice", normal.notice()),
                section.time("window", normal.window()),
                section.time("away", normal.away()));
    }

    private static DocumentSettings documents(Section section) {
        DocumentSettings normal = DocumentSettings.DEFAULT;
        return new DocumentSettings(
                section.number("versions", normal.versions()), section.time("versionEvery", normal.versionEvery()));
    }

    /** Null where nothing differs from what the mode has. */
    private static @Nullable Rate admission(Section root, boolean isDevelopment) {
        Rate strict = GatewaySettings.ADMISSION_PRODUCTION;
        Rate wide = GatewaySettings.ADMISSION_DEVELOPMENT;
        Rate read = rate(root, "admission", strict, wide, isDevelopment);
        return read.equals(isDevelopment ? wide : strict) ? null : read;
    }

    private static NetworkSettings network(Section section) {
        LaneLimits normal = LaneLimits.DEFAULT;
        return new NetworkSettings(
                section.numberOrNone("port", NetworkSettings.DEFAULT.port()),
                new LaneLimits(
                        section.number("lanes", normal.lanes()),
                        section.number("connections", normal.connections()),
                        section.intBytes("bufferBytes", normal.bufferBytes()),
                        section.time("lease", normal.lease())));
    }

    private static Deflate deflate(Section section) {
        DeflateLimits normal = Deflate.DEFAULT.limits();
        return new Deflate(
                section.choice("mode", DeflateSettings.Mode.class, Deflate.DEFAULT.mode()),
                new DeflateLimits(
                        section.number("level", normal.level()),
                        section.intBytes("thresholdBytes", normal.thresholdBytes()),
                        section.intBytes("contextBytes", normal.contextBytes()),
                        section.number("contexts", normal.contexts())));
    }

    private static StoreLimits store(Section section) {
        StoreLimits normal = StoreLimits.DEFAULT;
        return new StoreLimits(
                section.bytes("queueBytes", normal.queueBytes()),
                section.number("queueReads", normal.queueReads()),
                section.bytes("batchBytes", normal.batchBytes()),
                section.number("readCommitters", normal.readCommitters()),
                section.number("channelsCached", normal.channelsCached()),
                section.bytes("blockCacheBytes", normal.blockCacheBytes()),
                section.bytes("writeBufferBytes", normal.writeBufferBytes()),
                section.time("retryAfter", normal.retryAfter()));
    }
}
