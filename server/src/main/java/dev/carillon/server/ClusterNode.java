package dev.carillon.server;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One node of a {@link Cluster}: a process that is started again when it ends, until it is told to end. Thread-safe. */
final class ClusterNode implements AutoCloseable {

    private static final Duration START_TIME = Duration.ofMinutes(2);
    /** It is started again so long after its end. */
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private static final Duration LEAVE_TIME = Duration.ofSeconds(30);

    private final int number;
    private final Path folder;
    private final Path configuration;
    private final Path log;

    private @Nullable Program program;
    private volatile @Nullable InetSocketAddress address;
    private volatile int starts;
    private volatile boolean isLeaving;

    /** @param folder where its configuration lies as {@code node-N.yaml}, and its data and its log will */
    ClusterNode(int number, Path folder) {
        this.number = number;
        this.folder = folder;
        configuration = folder.resolve(name() + ".yaml");
        log = folder.resolve(name() + ".log");
    }

    int number() {
        return number;
    }

    String name() {
        return "node-" + number;
    }

    /** Where it listens; null while it doesn't. */
    @Nullable
    InetSocketAddress address() {
        return address;
    }

    /** How often it was started. */
    int starts() {
        return starts;
    }

    /** Of its newest process; 0 before the first. */
    synchronized long pid() {
        return program == null ? 0 : program.pid();
    }

    /** Starts the process. */
    synchronized void begin() throws IOException {
        if (isLeaving) {
            return;
        }
        if (program != null) {
            program.close();
        }
        program = Program.start(folder, log, command());
        starts++;
    }

    /** As this process was started. */
    private List<String> command() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow(() -> new IOException("no Java to start")));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--config",
                configuration.toString(),
                "--data",
                folder.resolve(name()).toString()));
        return command;
    }

    /** Waits until it serves. */
    void awaitReady() throws IOException, InterruptedException, StartException {
        Program started = current();
        try {
            String line = started.nextLine(START_TIME);
            if (line.startsWith("ready ")) {
                URI at = URI.create(line.substring("ready ".length()));
                address = new InetSocketAddress(at.getHost(), at.getPort());
                Logs.LOG.info("{} is process {} at {}", name(), started.pid(), at);
                return;
            }
        } catch (TimeoutException e) {
            Logs.LOG.debug("{} is not ready in time", name(), e);
        }
        throw new StartException(name() + " did not start: " + lastWords());
    }

    /** The last line of its log, which goes with the cluster. */
    private String lastWords() throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        return lines.isEmpty() ? "it has said nothing" : lines.getLast();
    }

    private synchronized Program current() {
        if (program == null) {
            throw new IllegalStateException("not begun");
        }
        return program;
    }

    /** From now on it is started again when it ends. */
    void keepUp() {
        Thread.ofVirtual().name("carillon-" + name()).start(() -> {
            try {
                while (!isLeaving) {
                    current().awaitEnd();
                    address = null;
                    if (!isLeaving) {
                        Logs.LOG.warn("{} has ended; it is started again", name());
                        Thread.sleep(PAUSE);
                        startAgain();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Where that fails, since it is killed once more say, it has ended again. */
    private void startAgain() throws InterruptedException {
        try {
            begin();
            awaitReady();
        } catch (IOException | StartException e) {
            if (!isLeaving) {
                Logs.LOG.error("{} could not be started again: {}", name(), Listening.oneLine(e));
            }
        }
    }

    /** As {@code kill -9}: it is started again. Returns once it has ended. */
    void strike() {
        Program struck;
        synchronized (this) {
            struck = program;
        }
        if (struck != null) {
            address = null;
            struck.kill();
        }
    }

    /** Has it take leave of its clients; {@link #close} waits for that. */
    synchronized void leave() {
        isLeaving = true;
        if (program != null) {
            program.terminate();
        }
    }

    /** As {@code kill -9}, for good. */
    synchronized void kill() {
        isLeaving = true;
        if (program != null) {
            program.kill();
        }
    }

    /** Waits for its end, and kills it where that doesn't come. */
    @Override
    public void close() {
        leave();
        Program last;
        synchronized (this) {
            last = program;
        }
        if (last != null) {
            last.awaitEnd(LEAVE_TIME);
            last.close();
        }
    }
}
