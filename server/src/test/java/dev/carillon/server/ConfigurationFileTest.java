package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.MapSettings;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Rate;
import dev.carillon.engine.SessionRates;
import dev.carillon.gateway.AddressLimits;
import dev.carillon.gateway.DocumentSettings;
import dev.carillon.gateway.Drain;
import dev.carillon.testkit.LaneLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigurationFileTest {

    private static final String KEY = "keys: [{name: backend, secret: 0123456789abcdef, grants: []}]\n";

    /** One of everything, so that every key is asked for. */
    private static final String WHOLE = """
            listen: {hosts: [127.0.0.1], port: 9000}
            tls: {cert: pom.xml, key: pom.xml}
            data: /var/lib/carillon
            eventLoops: 2
            ioUring: off
            channels:
              - pattern: orders:*
                kind: map
                map: {keys: 9, bytes: 1KiB, tracked: 3, ttl: 30s, interval: 50ms}
                durability: fsync
                history: {count: 5, bytes: 1MiB, age: 24h}
                idempotency: {count: 7, age: 15m}
                at: false
                forgetAfter: 2d
            origins: ["https://example.com:8443"]
            hosts: [example.com]
            proxies: [127.0.0.1, "fd00::/8"]
            keys:
              - name: backend
                secret: 0123456789abcdef
                grants: [{channels: "orders:**", may: [subscribe, publish]}]
            tokens:
              audience: carillon
              issuer: https://issuer.example
              keys:
                - {id: k1, algorithm: HS256, secret: 0123456789abcdef0123456789abcdef}
              roles: [user]
              lifetimeMax: 1h
              bytes: 4KiB
            roles:
              - name: user
                grants: [{channels: "chat:**", may: [subscribe, publish, signal, presence]}]
            admin: {secret: fedcba9876543210}
            grants: [{channels: "news:**", may: [subscribe]}]
            limits: {messageBytes: 128KiB, connections: 10}
            heartbeat: 250ms
            store: {queueBytes: 2MiB}
            network: {port: 9001, lanes: 3, connections: 5, bufferBytes: 8KiB, lease: 2m}
            drain: {notice: 15s, window: 30s, away: 0s}
            documents: {versions: 7, versionEvery: 1h}
            admission: {perSecond: 100, burst: 200}
            """;

    static ConfigurationFile.Outcome wholeFile() {
        return parse(WHOLE);
    }

    private static ConfigurationFile.Outcome parse(String text) {
        return ConfigurationFile.parse(text, UnaryOperator.identity());
    }

    private static List<String> problems(String text) {
        return parse(text).problems().stream().map(Problem::toString).toList();
    }

    @Test
    void anEmptyFileIsTheDefault() {
        assertThat(parse("").configuration()).isEqualTo(Configuration.DEFAULT);
        assertThat(problems("# nothing yet\n")).isEmpty();
        assertThat(problems("channels:\nkeys:\nlimits:\n")).isEmpty();
    }

    @Test
    void everythingThatTheFileSaysIsRead() {
        Configuration read = parse(WHOLE).configuration();
        assertThat(problems(WHOLE)).isEmpty();
        assertThat(read.listen()).isEqualTo(new Listen(List.of("127.0.0.1"), 9000));
        assertThat(read.data()).isEqualTo(Path.of("/var/lib/carillon"));
        assertThat(read.eventLoops()).isEqualTo(2);
        assertThat(read.ioUring()).isFalse();
        ChannelRule rule = read.channels().getFirst();
        assertThat(rule.pattern()).hasToString("orders:*");
        assertThat(rule.settings())
                .isEqualTo(new ChannelSettings(
                                Durability.FSYNC,
                                5,
                                1 << 20,
                                Duration.ofDays(1),
                                7,
                                Duration.ofMinutes(15),
                                Duration.ofDays(2))
                        .toBuilder()
                                .kind(ChannelKind.MAP)
                                .map(new MapSettings(9, 1 << 10, 3, Duration.ofSeconds(30), Duration.ofMillis(50)))
                                .tellsAt(false)
                                .build());
        assertThat(read.origins()).containsExactly("https://example.com:8443");
        assertThat(read.hosts()).containsExactly("example.com");
        ApiKey key = read.keys().getFirst();
        assertThat(key.secret()).isEqualTo(Secret.of("0123456789abcdef"));
        assertThat(key.grants().getFirst().may()).isEqualTo(Set.of(Permission.SUBSCRIBE, Permission.PUBLISH));
        assertThat(read.limits().messageBytes()).isEqualTo(128 << 10);
        assertThat(read.limits().headerBytes()).isEqualTo(Limits.DEFAULT.headerBytes());
        assertThat(read.times().heartbeat()).isEqualTo(Duration.ofMillis(250));
        assertThat(read.store().queueBytes()).isEqualTo(2 << 20);
        assertThat(read.network())
                .isEqualTo(new NetworkSettings(
                        OptionalInt.of(9001), new LaneLimits(3, 5, 8 << 10, Duration.ofMinutes(2))));
        assertThat(read.drain()).isEqualTo(new Drain(Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ZERO));
        assertThat(read.documents()).isEqualTo(new DocumentSettings(7, Duration.ofHours(1)));
        assertThat(read.admission()).isEqualTo(new Rate(100, 200));
        assertThat(read.isDevelopment()).isFalse();
    }

    private static ChannelSettings settingsOf(String entry) {
        String text = "channels: [{pattern: a, " + entry + "}]";
        assertThat(problems(text)).isEmpty();
        return parse(text).configuration().channels().getFirst().settings();
    }

    @Test
    void aPresetIsSettingsOfWhichAnyCanBeSaidOtherwise() {
        assertThat(settingsOf("preset: chat").kind()).isEqualTo(ChannelKind.STREAM);
        assertThat(settingsOf("preset: chat").historyAgeMax()).isEqualTo(Duration.ofDays(30));
        assertThat(settingsOf("preset: feed").durability()).isEqualTo(Durability.MEMORY);
        assertThat(settingsOf("preset: state").kind()).isEqualTo(ChannelKind.MAP);
        assertThat(settingsOf("preset: cursor").kind()).isEqualTo(ChannelKind.SIGNAL);
        assertThat(settingsOf("preset: cursor").durability()).isEqualTo(Durability.MEMORY);
        ChannelSettings own = settingsOf("preset: feed, durability: disk, history: {count: 5}");
        assertThat(own.durability()).isEqualTo(Durability.DISK);
        assertThat(own.historyCountMax()).isEqualTo(5);
        assertThat(own.historyAgeMax()).isEqualTo(Duration.ofDays(1));
        assertThat(settingsOf("preset: none")).isEqualTo(ChannelSettings.DEFAULT);
    }

    @Test
    void aChannelOfSignalsNeedsNoDataFolder() {
        assertThat(problems("data: none\nchannels: [{pattern: a, kind: signal}]"))
                .isEmpty();
    }

    @Test
    void whatNoChannelCanBeIsToldInOneLine() {
        assertThat(problems("channels: [{pattern: a, preset: wiki}]"))
                .singleElement()
                .asString()
                .contains("preset", "chat or feed or state or cursor or document");
        assertThat(problems("channels: [{pattern: a, kind: queue}]"))
                .singleElement()
                .asString()
                .contains("kind", "stream or map or signal");
        assertThat(problems("channels: [{pattern: a, map: {keys: 0}}]"))
                .singleElement()
                .asString()
                .contains("channels[0].map", "map keys 0 is not from 1 to 100000");
        assertThat(problems("channels: [{pattern: a, map: {key: 5}}]"))
                .singleElement()
                .asString()
                .contains("did you mean keys?");
    }

    @Test
    void whatADrainAndAnAdmissionMustBeIsSaid() {
        assertThat(problems("drain: {window: 11m}\nadmission: {perSecond: 0}\nreadyTime: 1ms\n"))
                .anySatisfy(problem -> assertThat(problem).contains("drain.window", "must be from 0", "to 10m"))
                .anySatisfy(problem -> assertThat(problem).contains("admission", "is no rate"))
                .anySatisfy(problem -> assertThat(problem).contains("readyTime"));
    }

    @Test
    void whetherAChannelTellsTimesIsTrueOrFalse() {
        String channel = "channels: [{pattern: a, durability: memory, at: %s}]\n";
        assertThat(parse(channel.formatted("true"))
                        .configuration()
                        .channels()
                        .getFirst()
                        .settings()
                        .tellsAt())
                .isTrue();
        assertThat(problems(channel.formatted("yes")))
                .singleElement()
                .asString()
                .contains("at", "true or false");
    }

    @Test
    void theNetworkPortIsANumberOrNone() {
        assertThat(parse("network: {port: none}").configuration().network()).isEqualTo(NetworkSettings.NONE);
        assertThat(problems("network: {port: 70000, connections: 0, lease: 1ms}\n"))
                .containsExactly(
                        "line 1: network.port is 70000; it must be from 0 to 65535",
                        "line 1: network.connections is 0; it must be from 1 to 10000",
                        "line 1: network.lease is 1ms; it must be from 1s to 24h");
        assertThat(problems("network: {port: some}\n"))
                .containsExactly("line 1: network.port is some; it must be a whole number or none");
    }

    @Test
    void aBuilderSaysWhatTheFileSays() {
        Configuration read = parse(WHOLE).configuration();
        assertThat(read.toBuilder().build()).isEqualTo(read);
    }

    @Test
    void anUnknownKeyIsToldWithItsNearest() {
        assertThat(problems("limits:\n  mesageBytes: 3\n"))
                .containsExactly("line 2: limits.mesageBytes is not a key that there is; did you mean messageBytes?");
        assertThat(problems("Port: 3\n").getFirst()).startsWith("line 1: Port is not a key that there is; there are ");
        assertThat(problems("chanels: []\n").getFirst()).endsWith("did you mean channels?");
        assertThat(problems("channels:\n- {pattern: a, histori: {}}\n").getFirst())
                .isEqualTo("line 2: channels[0].histori is not a key that there is; did you mean history?");
    }

    @Test
    void allProblemsAreToldAtOnceInTheOrderOfTheirLines() {
        assertThat(problems("""
                        listen: {port: 70000}
                        heartbeat: soon
                        limits:
                          messageBytes: 1KB
                          connections: 0
                        channels:
                          - pattern: "a:**:b"
                            history: {count: 0}
                          - pattern: a
                            durability: dsk
                        """))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("line 1: listen.port is 70000; it must be from 0 to 65535"),
                        line -> assertThat(line).startsWith("line 2: heartbeat is soon; it must be a time such as"),
                        line -> assertThat(line).startsWith("line 4: limits.messageBytes is 1KB; it must be a size"),
                        line -> assertThat(line)
                                .isEqualTo("line 5: limits.connections is 0; it must be from 1 to 10000000"),
                        line -> assertThat(line).startsWith("line 7: channels[0].pattern is a:**:b; a pattern has"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "line 8: channels[0].history of **: history count 0 is not from 1 to 1000000"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "line 10: channels[1].durability is dsk; it must be memory or disk or fsync"));
    }

    @Test
    void aTieNamesBothPatterns() {
        assertThat(problems("channels:\n- pattern: a:*\n- pattern: b:*\n- pattern: a:*\n"))
                .containsExactly(
                        "line 4: channels[2].pattern is a:*, which ties with a:*: both match some name and neither"
                                + " is the more specific one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com/",
                "example.com",
                "https://example.com:443",
                "https://Example.com",
                "ftp://example.com",
                "https://user@example.com",
                "https://example.com:99999",
                "*",
                "null"
            })
    void whatABrowserWouldNotWriteIsNoOrigin(String origin) {
        assertThat(problems("origins: [\"" + origin + "\"]\n"))
                .singleElement()
                .asString()
                .startsWith("line 1: origins[0] is " + origin + "; an origin is");
    }

    @Test
    void originsOfBrowsersAreTaken() {
        assertThat(problems("origins: [\"http://localhost:3000\", \"https://example.com\", \"http://[::1]:8000\"]\n"))
                .isEmpty();
    }

    @Test
    void aPublicAddressNeedsKeys() {
        assertThat(problems("listen: {hosts: [0.0.0.0]}\n"))
                .containsExactly("line 1: listen.hosts[0] is 0.0.0.0, which others can reach, and no authentication is"
                        + " configured: set keys or tokens, or listen on 127.0.0.1 only");
        assertThat(problems("listen: {hosts: [0.0.0.0]}\n" + KEY)).isEmpty();
    }

    @Test
    void nobodyPublishesWithoutAKeyOutsideDevelopmentMode() {
        String grants = "grants: [{channels: \"a:*\", may: [publish]}]\n";
        assertThat(problems(grants)).isEmpty();
        assertThat(problems(KEY + grants))
                .containsExactly(
                        "line 2: grants[0].may lets anybody publish to a:*; only a key or a token can be given that outside"
                                + " development mode");
    }

    @Test
    void durabilityNeedsADataFolder() {
        assertThat(problems("data: none\n").getFirst())
                .startsWith("channels of ** is disk, which needs a data folder, and data is none");
        assertThat(problems("data: none\nchannels:\n- {pattern: a, durability: fsync}\n")
                        .getFirst())
                .startsWith("line 3: channels[0].durability of a is fsync, which needs a data folder");
        assertThat(problems("data: none\nchannels:\n- {pattern: a, durability: memory}\n"))
                .isEmpty();
    }

    @Test
    void ratesAreWideInDevelopmentModeAndStrictOutsideOfIt() {
        assertThat(parse("").configuration().effectivePerSession()).isEqualTo(SessionRates.DEVELOPMENT);
        assertThat(parse("").configuration().effectivePerAddress()).isEqualTo(AddressLimits.DEVELOPMENT);
        Configuration strict = parse(KEY).configuration();
        assertThat(strict.effectivePerSession()).isEqualTo(SessionRates.PRODUCTION);
        assertThat(strict.effectivePerAddress()).isEqualTo(AddressLimits.PRODUCTION);
        assertThat(strict.gateway(null).perAddress()).isEqualTo(AddressLimits.PRODUCTION);
        Configuration some = parse(KEY + "perSession: {commands: {burst: 7}}\nperAddress: {connections: 3}\n")
                .configuration();
        assertThat(some.effectivePerSession().commands())
                .isEqualTo(new Rate(SessionRates.PRODUCTION.commands().perSecond(), 7));
        assertThat(some.effectivePerAddress().connections()).isEqualTo(3);
        assertThat(some.effectivePerAddress().requests()).isEqualTo(AddressLimits.PRODUCTION.requests());
    }

    @Test
    void whatIsNoRateOrProxyIsTold() {
        assertThat(problems("perSession:\n  signals: {perSecond: 0}\nperAddress: {connections: 0}\n"))
                .containsExactly(
                        "line 2: perSession.signals is no rate: 0 a second and 1000000 at once are not both from 1 to"
                                + " 1000000",
                        "line 3: perAddress.connections is 0; it must be from 1 to 10000000");
        assertThat(problems("proxies: [10.0.0.0/8, proxy.example]\n"))
                .containsExactly("line 1: proxies holds proxy.example; a proxy is an address, or a range such as"
                        + " 10.0.0.0/8 or fd00::/8");
    }

    @Test
    void tlsIsAWordOrTwoFilesThatAreThere() {
        assertThat(parse("tls: none\n").configuration().isTls()).isFalse();
        assertThat(parse("tls: self-signed\n").configuration().tls()).isEqualTo(new Tls.SelfSigned());
        assertThat(parse("tls: {cert: pom.xml, key: pom.xml}\n").configuration().tls())
                .isEqualTo(new Tls.Files(Path.of("pom.xml"), Path.of("pom.xml")));
        assertThat(problems("tls: on\n"))
                .containsExactly("line 1: tls is on; it must be none or self-signed or a mapping");
        assertThat(problems("tls: {cert: pom.xml}\n")).containsExactly("line 1: tls.key is missing");
        assertThat(problems("tls:\n  cert: nowhere.pem\n  key: src\n"))
                .containsExactly(
                        "line 2: tls.cert is nowhere.pem, which doesn't exist",
                        "line 3: tls.key is src, which can't be read");
        assertThat(problems("data: none\nchannels: [{pattern: a, durability: memory}]\ntls: self-signed\n"))
                .containsExactly("line 3: tls is self-signed, which needs a data folder to keep the certificate in, and"
                        + " data is none");
    }

    @Test
    void aSecretIsNeverPrinted() {
        String short15 = "0123456789abcde";
        assertThat(problems("keys: [{name: a, secret: " + short15 + "}]\n"))
                .containsExactly("line 1: keys[0].secret (not shown) has 15 characters; it must have 16 to 256");
        Configuration read = parse(KEY).configuration();
        assertThat(read.toString()).contains("(secret)").doesNotContain("0123456789abcdef");
        assertThatThrownBy(() -> Secret.of(short15)).hasMessageNotContaining(short15);
    }

    @Test
    void whatIsWrongWithRedisIsToldWithoutItsPassword() {
        assertThat(problems("redis: {url: \"http://ada:secret@host\"}\n"))
                .containsExactly("line 1: redis (not shown) is wrong: not an address of the form redis://host:port");
        assertThat(problems("redis:\n  url: redis://host\n  user: ada\n  accept: [memory]\n  calls: 1\n"))
                .containsExactly(
                        "line 3: redis.user is ada without redis.password: they belong together",
                        "line 4: redis.accept holds memory; there are disk and fsync",
                        "line 5: redis.calls is 1; it must be from 16 to 1000000");
        RedisSource read = parse("redis: {url: \"redis://ada:secret@host\", password: sesame}\n")
                .configuration()
                .redis();
        assertThat(String.valueOf(read))
                .contains("redis")
                .doesNotContain("secret")
                .doesNotContain("sesame");
    }

    @Test
    void redisIsNamedInOneWayWithWhatBelongsToIt() {
        assertThat(problems("redis: {url: redis://h, cluster: [a]}\n"))
                .containsExactly("line 1: redis names Redis 2 times: set one of redis.url, redis.sentinels and"
                        + " redis.cluster");
        assertThat(problems("redis: {sentinels: [a]}\n"))
                .containsExactly("line 1: redis.sentinels is set without redis.master: they belong together");
        assertThat(problems("redis: {master: town}\n"))
                .containsExactly("line 1: redis.master is town without redis.sentinels: they belong together");
        assertThat(problems("redis: {cluster: [a], master: town}\n"))
                .containsExactly("line 1: redis.master is town without redis.sentinels: they belong together");
        assertThat(problems("redis: {cluster: [a], sentinelPassword: sesame}\n"))
                .containsExactly("line 1: redis.sentinelPassword (not shown) is set without redis.sentinels:"
                        + " they belong together");
        assertThat(problems("redis: {sentinels: [a], master: town, sentinelUser: ada}\n"))
                .containsExactly(
                        "line 1: redis.sentinelUser is set without redis.sentinelPassword:" + " they belong together");
        assertThat(problems("redis: {url: redis://h, tls: true}\n"))
                .containsExactly("line 1: redis.tls is for redis.sentinels and redis.cluster:"
                        + " write rediss:// in redis.url");
        assertThat(problems("redis: {cluster: [\"redis://ada:secret@h\"]}\n"))
                .containsExactly("line 1: redis (not shown) is wrong: not of the form host:port");
        assertThat(problems("redis: {sentinels: [a, \"b:1\"], master: town, sentinelPassword: s, tls: true}\n"))
                .isEmpty();
        assertThat(problems("redis: {cluster: [a, \"[::1]:7000\"]}\n")).isEmpty();
    }

    @Test
    void documentsAreNotSharedBetweenNodes() {
        assertThat(problems("channels:\n- {pattern: a, kind: document}\nredis: {url: redis://host}\ndata: none\n"))
                .containsExactly(
                        "line 2: channels[0].kind of a is document, which this version can't share between nodes:"
                                + " set another kind, or leave redis out");
    }

    @Test
    void twoKeysMayNotShareANameOrASecret() {
        assertThat(problems("keys:\n- {name: a, secret: 0123456789abcdef}\n- {name: a, secret: 0123456789abcdef}\n"))
                .containsExactly(
                        "line 3: keys[1].name is a, as that of a key before it",
                        "line 3: keys[1].secret (of a, not shown) is that of a key before it");
    }

    @Test
    void whatIsNotYamlIsToldWithItsLine() {
        assertThat(problems("listen:\n  port: [\n").getFirst())
                .startsWith("line ")
                .contains("is not YAML");
        assertThat(problems("- a\n")).containsExactly("line 1: must be keys and values");
        assertThat(problems("data: a\ndata: b\n")).containsExactly("line 2: has the key data a second time");
        assertThat(problems("data: a\n---\ndata: b\n").getFirst()).contains("a second document");
        assertThat(problems("origins: &o []\nhosts: *o\n").getFirst()).contains("has an alias");
        assertThat(problems("channels: {a: b}\nlimits: 3\norigins: [[a]]\nkeys: [3]\n"))
                .containsExactly(
                        "line 1: channels is a mapping; it must be a list",
                        "line 2: limits is 3; it must be a mapping",
                        "line 3: origins[0] is a list; it must be a text",
                        "line 4: keys[0] is 3; it must be a mapping");
    }

    @Test
    void aLineIsNotBlamedForWhatTheCommandLineSays() {
        assertThat(ConfigurationFile.parse(
                                "listen: {port: 1}\n",
                                configuration -> configuration.toBuilder()
                                        .listen(new Listen(List.of("127.0.0.1"), 70_000))
                                        .build())
                        .problems())
                .containsExactly(new Problem("listen.port", "is 70000; it must be from 0 to 65535"));
    }

    @Test
    void anUnreadableFileIsOneLine(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> ConfigurationFile.read(folder.resolve("none.yaml"), UnaryOperator.identity()))
                .isInstanceOf(StartException.class)
                .hasMessage("the configuration " + folder.resolve("none.yaml") + " does not exist");
        Path bytes = Files.write(folder.resolve("bytes.yaml"), new byte[] {(byte) 0xc3, 0x28});
        assertThatThrownBy(() -> ConfigurationFile.read(bytes, UnaryOperator.identity()))
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("the configuration " + bytes + " cannot be read: ");
        assertThatThrownBy(() -> ConfigurationFile.read(folder, UnaryOperator.identity()))
                .isInstanceOf(StartException.class)
                .hasMessageNotContaining("\n");
    }

    /** docs/configuration.md has a row for each key, which begins with the key and its default. */
    @Test
    void thePageNamesEveryKeyWithItsDefaultAndNoOther() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "configuration.md"));
        Map<String, String> documented = page.lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|"))
                .collect(Collectors.toMap(
                        row -> row[1].strip().replace("`", ""),
                        row -> row[2].strip().replace("`", "")));
        assertThat(documented).isEqualTo(parse(WHOLE).defaults());
    }

    @Test
    void theExamplesOfThePageAreFine() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "configuration.md"));
        List<String> examples = Objects.requireNonNull(
                java.util.regex.Pattern.compile("```yaml\n(.*?)```", java.util.regex.Pattern.DOTALL)
                        .matcher(page)
                        .results()
                        .map(match -> match.group(1))
                        .toList());
        assertThat(examples)
                .isNotEmpty()
                .allSatisfy(example -> assertThat(problems(example)).isEmpty());
    }
}
