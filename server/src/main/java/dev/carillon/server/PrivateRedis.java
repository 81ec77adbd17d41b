package dev.carillon.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A {@code redis-server} of this process's own: on a free port of loopback, with its append-only file in a folder, so that
 * it can be killed and started again without a loss. It ends with this process.
 */
final class PrivateRedis implements AutoCloseable {

    private static final Duration START_TIME = Duration.ofSeconds(30);
    private static final int PING_MILLIS = 1000;
    /** Another process may take the port between its choice and its use. */
    private static final int TRIES = 5;

    /** Where it is kept up, it is started again so long after its end. */
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final Path folder;
    private final int port;
    private volatile Program program;
    private volatile boolean isPaused;
    private volatile boolean isClosed;

    private PrivateRedis(Path folder, int port, Program program) {
        this.folder = folder;
        this.port = port;
        this.program = program;
    }

    /** @throws StartException in one line, also where there is no such program */
    static PrivateRedis start(Path folder) throws StartException {
        if (!Program.isThere("redis-server")) {
            throw new StartException("redis-server is missing. To install: sudo apt-get install redis-server");
        }
        try {
            for (int tried = 0; tried < TRIES; tried++) {
                int port = freePort();
                Program program = run(folder, port);
                if (awaitReady(program, port)) {
                    return new PrivateRedis(folder, port, program);
                }
                program.close();
            }
        } catch (IOException e) {
            throw new StartException("redis-server could not be started: " + Listening.oneLine(e), e);
        }
        throw new StartException("redis-server did not start; its log is " + folder.resolve("redis.log"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Program run(Path folder, int port) throws IOException {
        Path log = folder.resolve("redis.log");
        return Program.start(
                folder,
                log,
                List.of(
                        "redis-server",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        folder.toString(),
                        "--logfile",
                        log.toString(),
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--lazyfree-lazy-expire",
                        "yes",
                        "--daemonize",
                        "no"));
    }

    /** False where it has ended, or has not begun within its time. */
    private static boolean awaitReady(Program program, int port) throws IOException {
        long end = System.nanoTime() + START_TIME.toNanos();
        while (program.isRunning() && System.nanoTime() < end) {
            if (answersPing(port)) {
                return program.isRunning();
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return false;
    }

    private static boolean answersPing(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PING_MILLIS);
            socket.setSoTimeout(PING_MILLIS);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(5), StandardCharsets.US_ASCII).equals("+PONG");
        } catch (IOException e) {
            return false;
        }
    }

    /** Where nodes find it. */
    String url() {
        return "redis://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    boolean isRunning() {
        return program.isRunning();
    }

    /** Whether it stands still. */
    boolean isPaused() {
        return isPaused && isRunning();
    }

    long pid() {
        return program.pid();
    }

    /** As {@code kill -9}; returns once it has ended. */
    void kill() {
        program.close();
    }

    /** Starts it again on what it has kept; the other one has ended. */
    synchronized void restart() throws IOException {
        if (isClosed) {
            return;
        }
        program.close();
        Program next = run(folder, port);
        isPaused = false;
        program = next;
        if (!awaitReady(next, port)) {
            throw new IOException("redis-server did not start again; its log is " + folder.resolve("redis.log"));
        }
    }

    /** From now on it is started again when it ends. */
    void keepUp() {
        Thread.ofVirtual().name("carillon-redis").start(() -> {
            try {
                while (!isClosed) {
                    program.awaitEnd();
                    if (!isClosed) {
                        Logs.LOG.warn("Redis has ended; it is started again");
                        Thread.sleep(PAUSE);
                        restart();
                        Logs.LOG.info("Redis is process {}", pid());
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                Logs.LOG.error("Redis can't be started again: {}", Listening.oneLine(e));
            }
        });
    }

    /** Has it stand still. */
    void pause() throws IOException {
        program.signal("STOP");
        isPaused = true;
    }

    /** Has it go on. */
    void goOn() throws IOException {
        program.signal("CONT");
        isPaused = false;
    }

    @Override
    public void close() {
        isClosed = true;
        synchronized (this) {
            program.close();
        }
    }
}
