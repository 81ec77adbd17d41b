package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration names is what is connected to, whichever way it names it. */
class RedisStorageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void look() {
        Assumptions.assumeTrue(
                Program.isThere("redis-server"),
                "redis-server is missing. To install: sudo apt-get install redis-server");
    }

    private Program redis(int port, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("redis-server"));
        command.addAll(List.of(more));
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", folder.toString()));
        return Program.start(folder, folder.resolve(port + ".log"), command);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Once it is what it is to become. */
    private static void awaitRoundTrip(RedisPlace place) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (SharedStorage storage = RedisStorage.open(RedisSource.at(place), Set.of())) {
                assertThat(storage.roundTrip().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEmpty();
                return;
            } catch (StartException e) {
                assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(end);
                Thread.sleep(100);
            }
        }
    }

    @Test
    void aRedisClusterIsFoundByOneOfIt() throws Exception {
        int port = freePort();
        int busPort = freePort();
        try (Program redis =
                redis(port, "--cluster-enabled", "yes", "--cluster-port", Integer.toString(busPort), "--save", "")) {
            giveAllSlots(port);
            awaitRoundTrip(RedisPlace.cluster(List.of("127.0.0.1:" + port)));
            assertThat(redis.isRunning()).isTrue();
        }
    }

    private static void giveAllSlots(int port) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.getOutputStream().write("CLUSTER ADDSLOTSRANGE 0 16383\r\n".getBytes(StandardCharsets.US_ASCII));
                InputStream in = socket.getInputStream();
                assertThat(new String(in.readNBytes(3), StandardCharsets.US_ASCII))
                        .isEqualTo("+OK");
                return;
            } catch (IOException e) { // it doesn't listen yet
                assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(end);
                Thread.sleep(20);
            }
        }
    }

    @Test
    void theMasterIsFoundThatSentinelsName() throws Exception {
        int port = freePort();
        int sentinelPort = freePort();
        Path file =
                Files.writeString(folder.resolve("sentinel.conf"), "sentinel monitor town 127.0.0.1 " + port + " 1\n");
        try (Program redis = redis(port, "--save", "");
                Program sentinel = redis(sentinelPort, file.toString(), "--sentinel")) {
            awaitRoundTrip(RedisPlace.watched(List.of("127.0.0.1:" + sentinelPort), "town"));
            assertThat(redis.isRunning() && sentinel.isRunning()).isTrue();
        }
    }
}
