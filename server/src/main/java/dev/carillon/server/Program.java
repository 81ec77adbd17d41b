package dev.carillon.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Another program, which ends when this process does, whatever ends that: a shell between them kills it once nobody holds the
 * other end of its input any more, with all that it has started. It has a process group of its own, so that a Ctrl-C of the terminal does not reach it:
 * whoever started it ends it, in an order of its own. Thread-safe.
 */
final class Program implements AutoCloseable {

    /**
     * The program's output is this shell's, behind the line with its process id. Without job control {@code wait} waits for
     * its end, and not for its standing still, too.
     */
    private static final String KEEPER = """
            trap '' INT
            set -m
            exec 3<&0
            "$@" </dev/null &
            program=$!
            echo "$program"
            { cat <&3 >/dev/null; kill -KILL -- "-$program"; } 2>/dev/null &
            keeper=$!
            set +m
            wait "$program"
            status=$?
            kill -KILL -- "-$keeper" 2>/dev/null
            exit "$status"
            """;

    private static final Duration SHELL_TIME = Duration.ofSeconds(30);

    private final Process shell;
    private final ProcessHandle program;
    private final BufferedReader out;

    private Program(Process shell, ProcessHandle program, BufferedReader out) {
        this.shell = shell;
        this.program = program;
        this.out = out;
    }

    /**
     * Starts a program in a folder.
     *
     * @param log what it says on stderr is added to this file
     */
    static Program start(Path folder, Path log, List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of("bash", "-c", KEEPER, "carillon"));
        all.addAll(command);
        Process shell = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        BufferedReader out = shell.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null) {
            throw new IOException(command.getFirst() + " could not be started");
        }
        long pid = Long.parseLong(line);
        return new Program(shell, ProcessHandle.of(pid).orElse(shell.toHandle()), out);
    }

    /** Its next line on stdout; null at its end. Blocks. */
    @Nullable
    String nextLine() throws IOException {
        return out.readLine();
    }

    /** Its next line on stdout. */
    String nextLine(Duration timeMax) throws IOException, InterruptedException, TimeoutException {
        CompletableFuture<String> line = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        String next = nextLine();
                        return next == null ? "" : next;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Thread::startVirtualThread);
        try {
            return line.get(timeMax.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("its output cannot be read", e);
        }
    }

    long pid() {
        return program.pid();
    }

    boolean isRunning() {
        return shell.isAlive();
    }

    /** As {@code kill}. */
    void terminate() {
        program.destroy();
    }

    /** As {@code kill -9}; returns once it has ended. */
    void kill() {
        program.destroyForcibly();
        awaitEnd(SHELL_TIME);
    }

    /** Has it stand still, or go on. */
    void signal(String name) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start()
                .onExit()
                .join();
    }

    /** Returns once it has ended. */
    void awaitEnd() throws InterruptedException {
        shell.waitFor();
    }

    /** Whether it has ended within this time. */
    boolean awaitEnd(Duration timeMax) {
        try {
            return shell.waitFor(timeMax.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether a program of this name can be started. */
    static boolean isThere(String name) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(":", -1)).anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    /** Kills it where it still runs, with all that it has started. */
    @Override
    public void close() {
        try {
            shell.getOutputStream().close(); // which the shell is waiting for
        } catch (IOException e) {
            Logs.LOG.debug("the end of a program that has ended", e);
        }
        if (!awaitEnd(SHELL_TIME)) {
            kill();
        }
    }
}
