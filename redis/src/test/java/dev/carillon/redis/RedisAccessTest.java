package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may speak to a Redis, and whom a node takes for one. */
class RedisAccessTest {

    private static final ChannelSettings SETTINGS = ChannelSettings.DEFAULT;
    private static final SharedLog.Range ALL = new SharedLog.Range.From(1);
    private static final String STORE_PASSWORD = "0123456789";

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    /** All that a node ever asks for. */
    private static void askEverything(Redis redis) {
        Asking ada = new Asking(redis);
        ada.log.follow(Asking.ROOM);
        assertThat(ada.isThere()).isTrue();
        ChannelSettings narrow = SETTINGS.toBuilder()
                .historyCountMax(1)
                .idempotencyCountMax(1)
                .historyAgeMax(Duration.ofHours(1))
                .build();
        ada.append(narrow, "1", "key-0000000000000001");
        ada.append(narrow, "2", "key-0000000000000002");
        assertThat(ada.read(narrow, ALL).records()).hasSize(1);
        assertThat(Asking.<SharedLog.Found>ask(answer ->
                        ada.log.find(Asking.ROOM, narrow, new LogRecord.Once("key-0000000000000003", 1, 2), answer)))
                .isEqualTo(new SharedLog.Found.Unused());
        assertThat(Asking.<SharedLog.Heads>ask(answer -> ada.log.heads(List.of(Asking.ROOM), answer)))
                .isInstanceOf(SharedLog.Heads.Known.class);
        askWhoIsHere(ada);
        assertThat(Asking.<SharedLog.Purged>ask(answer -> ada.log.purge(Asking.ROOM, answer)))
                .isEqualTo(new SharedLog.Purged.Done());
        assertThat(ada.log.heard().join()).isTrue();
        assertThat(ada.pushed()).containsExactly("room 1 1", "room 2 2");
        ada.log.unfollow(Asking.ROOM);
        assertThat(ada.isThere()).isTrue();
        assertThat(ada.lost()).isZero();
    }

    private static void askWhoIsHere(Asking ada) {
        SharedPresence presence = ada.log.presence();
        presence.begin((_, _) -> {});
        presence.follow(Asking.ROOM);
        SharedPresence.Seed seed = new SharedPresence.Seed(1, 2);
        SharedPresence.Listing listing = new SharedPresence.Listing(3, "ada", 1);
        for (boolean isNew : new boolean[] {true, false}) {
            assertThat(Asking.<SharedPresence.Renewed>ask(
                            answer -> presence.renew(3, isNew, Duration.ofHours(1), answer)))
                    .isEqualTo(SharedPresence.Renewed.HELD);
        }
        assertThat(Asking.<SharedPresence.Ended>ask(answer -> presence.ended(Set.of(3L), answer)))
                .isEqualTo(new SharedPresence.Ended.Known(Set.of()));
        assertThat(Asking.<SharedPresence.Put>ask(answer -> presence.put(Asking.ROOM, listing, seed, answer)))
                .isInstanceOf(SharedPresence.Put.Done.class);
        assertThat(Asking.<SharedPresence.Read>ask(answer -> presence.read(Asking.ROOM, 9, 9, 1, answer)))
                .isInstanceOf(SharedPresence.Read.Members.class);
        assertThat(Asking.<SharedPresence.Buried>ask(answer -> presence.bury(Asking.ROOM, 3, 1, seed, answer)))
                .isEqualTo(new SharedPresence.Buried.Done(false));
    }

    /** The rights that docs/operations.md names. */
    private static List<String> rightsOfThePage() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        int start = page.indexOf("A user of access lists needs");
        String sentence = page.substring(start, page.indexOf("\n\n", start));
        List<String> rights = new ArrayList<>();
        Pattern.compile("`([^`]+)`")
                .matcher(sentence)
                .results()
                .map((MatchResult quoted) -> quoted.group(1))
                .forEach(quoted -> rights.addAll(Arrays.asList(quoted.split("\\s+", -1))));
        return rights;
    }

    @Test
    void aUserWithTheRightsOfThePageIsEnough() throws Exception {
        List<String> user = new ArrayList<>(List.of("--user", "node", "on", ">secret", "-@all"));
        user.addAll(rightsOfThePage());
        try (RedisProcess process = RedisProcess.inMemory(user.toArray(String[]::new));
                Redis redis = Redis.open(process.settings("carillon:").with("node", "secret"))) {
            askEverything(redis);
        }
    }

    @Test
    void aWrongPasswordIsOneLineThatDoesNotTellIt() {
        try (RedisProcess process = RedisProcess.inMemory("--user", "node", "on", ">secret", "+@all")) {
            RedisSettings settings = process.settings("carillon:").with("node", "sesame");
            assertThatThrownBy(() -> Redis.open(settings))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageContaining("WRONGPASS")
                    .hasMessageNotContaining("sesame")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void anEncryptedRedisIsTrustedByTheCertificatesThatAreNamedAndByNoOthers() throws Exception {
        Path certificate = folder.resolve("redis.pem");
        Path key = folder.resolve("redis.key");
        makeCertificate(certificate, key);
        int port = freePort();
        try (RedisProcess process =
                RedisProcess.inMemory(tls(port, certificate, key).toArray(String[]::new))) {
            RedisSettings settings = RedisSettings.of("rediss://127.0.0.1:" + port, Set.of())
                    .with(RedisProcess.limits(Duration.ofSeconds(30)));
            try (Redis redis = Redis.open(settings.trusting(certificate))) {
                askEverything(redis);
            }
            assertThatThrownBy(() -> Redis.open(settings)).isInstanceOf(RedisRefusedException.class);
            Path other = folder.resolve("other.pem");
            makeCertificate(other, folder.resolve("other.key"));
            assertThatThrownBy(() -> Redis.open(settings.trusting(other))).isInstanceOf(RedisRefusedException.class);
            assertThat(process.port()).isNotEqualTo(port);
        }
    }

    /** What a Redis is told, so that it speaks TLS at this port. */
    private static List<String> tls(int port, Path certificate, Path key) {
        return List.of(
                "--tls-port",
                Integer.toString(port),
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                key.toString(),
                "--tls-ca-cert-file",
                certificate.toString(),
                "--tls-auth-clients",
                "no");
    }

    @Test
    void aRedisClusterIsSpokenToOverTlsByAUserWithTheRightsOfThePage() throws Exception {
        Path certificate = folder.resolve("redis.pem");
        Path key = folder.resolve("redis.key");
        makeCertificate(certificate, key);
        int port = freePort();
        List<String> options = new ArrayList<>(tls(port, certificate, key));
        options.addAll(List.of("--tls-cluster", "yes", "--user", "node", "on", ">secret", "-@all"));
        options.addAll(rightsOfThePage());
        try (SpreadRedis spread = SpreadRedis.start(1, SpreadRedis.CALM, options.toArray(String[]::new))) {
            Place place = new Place.Spread(List.of(new Address("127.0.0.1", port)));
            RedisSettings settings = RedisSettings.of(place, true, Set.of())
                    .trusting(certificate)
                    .with("node", "secret")
                    .with(RedisProcess.limits(Duration.ofSeconds(30)));
            try (Redis redis = Redis.open(settings)) {
                askEverything(redis);
            }
            assertThatThrownBy(() -> Redis.open(settings.with("node", "sesame")))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageContaining("WRONGPASS")
                    .hasMessageNotContaining("sesame");
            assertThat(spread.masters()).hasSize(1);
        }
    }

    @Test
    void sentinelsAndTheirMasterAreSpokenToOverTlsAndEachWithItsPassword() throws Exception {
        Path certificate = folder.resolve("redis.pem");
        Path key = folder.resolve("redis.key");
        makeCertificate(certificate, key);
        int port = freePort();
        List<String> options = new ArrayList<>(tls(port, certificate, key));
        options.addAll(List.of("--requirepass", "sesame"));
        int sentinelPort = freePort();
        String[] lines = {
            "tls-port " + sentinelPort,
            "tls-cert-file " + certificate,
            "tls-key-file " + key,
            "tls-ca-cert-file " + certificate,
            "tls-auth-clients no",
            "tls-replication yes",
            "requirepass open",
            "sentinel monitor town 127.0.0.1 " + port + " 1",
            "sentinel auth-pass town sesame"
        };
        try (RedisProcess master = RedisProcess.inMemory(options.toArray(String[]::new));
                RedisProcess sentinel = RedisProcess.sentinel(lines)) {
            assertThat(sentinel.port()).isNotEqualTo(master.port());
            try (Redis redis = Redis.open(watched(sentinelPort, "town", "open", certificate))) {
                askEverything(redis);
            }
            assertThatThrownBy(() -> Redis.open(watched(sentinelPort, "town", "closed", certificate)))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageStartingWith("the master 'town' of the sentinels at 127.0.0.1:" + sentinelPort
                            + " can't be found: no sentinel names it (127.0.0.1:" + sentinelPort + ": ")
                    .hasMessageContaining("WRONGPASS")
                    .hasMessageNotContaining("closed")
                    .hasMessageNotContaining("\n");
            assertThatThrownBy(() -> Redis.open(watched(sentinelPort, "village", "open", certificate)))
                    .hasMessageContaining("No such master");
            assertThatThrownBy(() -> Redis.open(watched(port, "town", "sesame", certificate)))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageContaining("unknown command");
        }
    }

    private static RedisSettings watched(int port, String master, String password, Path certificate) {
        Place place = new Place.Watched(List.of(new Address("127.0.0.1", port)), master, null, password);
        return RedisSettings.of(place, true, Set.of())
                .trusting(certificate)
                .with(null, "sesame")
                .with(RedisProcess.limits(Duration.ofSeconds(30)));
    }

    @Test
    void oneOfARedisClusterAndASentinelAreRefusedWhereOneThatStandsAloneIsNamed() {
        try (RedisProcess one = RedisProcess.ofCluster();
                RedisProcess sentinel = RedisProcess.sentinel("sentinel monitor town 127.0.0.1 1 1")) {
            assertThatThrownBy(() -> Redis.open(one.settings("carillon:")))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageEndingWith(" is one of a Redis Cluster: name it in redis.cluster");
            assertThatThrownBy(() -> Redis.open(sentinel.settings("carillon:")))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessageEndingWith(" is a sentinel: name it in redis.sentinels");
            Place place = new Place.Spread(List.of(one.address()));
            assertThatThrownBy(() -> Redis.open(RedisSettings.of(place, false, Set.of())))
                    .isInstanceOf(RedisRefusedException.class)
                    .hasMessage("redis://" + one.address()
                            + " knows no Redis Cluster in which every slot has a master that can be reached");
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** With the JDK's tool, for this machine's loopback. */
    private void makeCertificate(Path certificate, Path key) throws Exception {
        Path store = folder.resolve(certificate.getFileName() + ".p12");
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        STORE_PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(tool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        write(certificate, "CERTIFICATE", keys.getCertificate("redis").getEncoded());
        write(
                key,
                "PRIVATE KEY",
                keys.getKey("redis", STORE_PASSWORD.toCharArray()).getEncoded());
    }

    private static void write(Path file, String what, byte[] der) throws Exception {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n",
                StandardCharsets.US_ASCII);
    }
}
