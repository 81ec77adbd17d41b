package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A {@code redis-server} of the test's own: on a free port, in a folder of its own, ended by its own process id. */
final class RedisProcess implements Deployment {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TRIES = 5;

    private static final String CLUSTER = "--cluster-enabled";

    private final Path folder;
    private final List<String> options;
    /** The lines of a sentinel's file, which it writes to; null for one that holds data. */
    private final @Nullable String sentinel;

    private int port;
    private int busPort;
    private Process process;
    private @Nullable RedisClient client;

    private RedisProcess(@Nullable String sentinel, String... options) {
        this.options = List.of(options);
        this.sentinel = sentinel;
        try {
            folder = Files.createTempDirectory("carillon-redis");
            if (sentinel != null) {
                Files.writeString(folder.resolve("sentinel.conf"), sentinel);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int left = TRIES; !begin(freePort()); left--) {
            // Another process may take the port between its choice and its use.
            assertThat(left)
                    .as("tries left to start redis-server in %s", folder)
                    .isPositive();
        }
    }

    /** One that keeps nothing on the disk. */
    static RedisProcess inMemory(String... options) {
        List<String> all = new ArrayList<>(List.of("--save", "", "--appendonly", "no"));
        all.addAll(List.of(options));
        return new RedisProcess(null, all.toArray(String[]::new));
    }

    /** A sentinel with these lines in its file. */
    static RedisProcess sentinel(String... lines) {
        return new RedisProcess(String.join("\n", lines) + "\n", "--sentinel");
    }

    /** One of a Redis Cluster, which knows no other yet. */
    static RedisProcess ofCluster(String... options) {
        List<String> all = new ArrayList<>(List.of(CLUSTER, "yes"));
        all.addAll(List.of(options));
        return inMemory(all.toArray(String[]::new));
    }

    /** One that syncs each write before it answers. */
    static RedisProcess synced() {
        return new RedisProcess(null, "--save", "", "--appendonly", "yes", "--appendfsync", "always");
    }

    static void assumeThere() {
        boolean isThere = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
        Assumptions.assumeTrue(
                isThere,
                "redis-server is missing. To install: sudo apt-get install --no-install-recommends redis-server");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean begin(int at) {
        port = at;
        List<String> command = new ArrayList<>(List.of("redis-server"));
        if (sentinel != null) {
            command.add(folder.resolve("sentinel.conf").toString());
        }
        command.addAll(List.of(
                "--port",
                Integer.toString(at),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--daemonize",
                "no"));
        command.addAll(options);
        if (options.contains(CLUSTER)) {
            busPort = freePort();
            command.addAll(List.of("--cluster-port", Integer.toString(busPort)));
        }
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("redis.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await(() -> !process.isAlive() || answersPing(), "redis-server is ready");
        return process.isAlive();
    }

    private boolean answersPing() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String said = new String(in.readNBytes(5), StandardCharsets.US_ASCII);
            return said.equals("+PONG") || said.equals("-NOAU"); // which asks for a password
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    Address address() {
        return new Address("127.0.0.1", port);
    }

    /** Where others of its Redis Cluster speak to it. */
    int busPort() {
        return busPort;
    }

    @Override
    public List<RedisProcess> masters() {
        return List.of(this);
    }

    /** Settings of links that fail only where they must: a busy machine may let an answer wait for seconds. */
    @Override
    public RedisSettings settings(String prefix, Durability... needed) {
        return RedisSettings.of("redis://127.0.0.1:" + port, Set.of(needed))
                .withPrefix(prefix)
                .with(limits(PATIENCE));
    }

    /** Limits of links that come back soon, and that take a silence for a failure after this time. */
    static RedisLimits limits(Duration callTimeout) {
        RedisLimits all = RedisLimits.DEFAULT;
        return new RedisLimits(
                all.callsMax(),
                all.callBytesMax(),
                all.windowMax(),
                all.windowBytesMax(),
                callTimeout,
                PATIENCE,
                Duration.ofMillis(10));
    }

    /** Asks it something over a connection for that alone. */
    <T> @Nullable T ask(Function<StatefulRedisConnection<byte[], byte[]>, T> question) {
        try (StatefulRedisConnection<byte[], byte[]> connection = client().connect(ByteArrayCodec.INSTANCE)) {
            return question.apply(connection);
        }
    }

    private RedisClient client() {
        if (client == null) {
            client = RedisClient.create(uri());
        }
        return client;
    }

    private RedisURI uri() {
        return RedisURI.builder().withHost("127.0.0.1").withPort(port).build();
    }

    /** Of a sentinel: whether it has heard that so many replicas of a master are in step with it. */
    boolean hasHeardOfReplicas(String master, int count) {
        try (StatefulRedisSentinelConnection<String, String> connection =
                client().connectSentinel(StringCodec.UTF8, uri())) {
            return connection.sync().replicas(master).stream()
                            .filter(replica -> "ok".equals(replica.get("master-link-status")))
                            .count()
                    == count;
        }
    }

    /** The same, where the answer is a text. */
    String told(Function<StatefulRedisConnection<byte[], byte[]>, String> question) {
        String text = ask(question);
        return text == null ? "" : text;
    }

    /** Gives it an order that is answered with a word. */
    String say(CommandType order, Object... words) {
        CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        for (Object word : words) {
            args.add(String.valueOf(word));
        }
        return told(connection -> connection.sync().dispatch(order, new StatusOutput<>(ByteArrayCodec.INSTANCE), args));
    }

    /** Whether it says this of itself in a section of {@code INFO}. */
    boolean isSaying(String section, String fact) {
        return told(connection -> connection.sync().info(section)).contains(fact);
    }

    /** Ends it as a loss of power would. */
    void kill() {
        process.destroyForcibly();
        await(() -> !process.isAlive(), "redis-server has ended");
    }

    /** Starts it again on what it has kept. */
    void restart() {
        assertThat(begin(port)).as("redis-server starts again in %s", folder).isTrue();
    }

    void pause() {
        signal("STOP");
    }

    void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int result = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(result).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (client != null) {
            client.shutdown(0, 2, TimeUnit.SECONDS);
        }
        kill();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> {
                boolean isGone = file.toFile().delete();
                assertThat(isGone).as("%s is deleted", file).isTrue();
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A claim that becomes true. */
    @FunctionalInterface
    interface Claim {
        boolean holds();
    }

    static void await(Claim claim, String what) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!claim.holds()) {
            assertThat(System.nanoTime()).as("waited for: %s", what).isLessThan(end);
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
