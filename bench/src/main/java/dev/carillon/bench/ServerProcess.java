package dev.carillon.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server as a child process, started as its users start it and looked at from outside. Pinned to the first core where
 * taskset is there, so that a percentage is one of that core. Blocks; for one thread.
 */
final class ServerProcess implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("ready http://127\\.0\\.0\\.1:(\\d+)");
    private static final long START_NANOS_MAX = 30_000_000_000L;

    private final Peer peer;
    private final boolean isEcho;
    private final List<String> command;
    private final Process process;
    private final Path folder;
    private final int port;

    private ServerProcess(Peer peer, boolean isEcho, List<String> command, Process process, Path folder, int port) {
        this.peer = peer;
        this.isEcho = isEcho;
        this.command = command;
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Starts a server and returns when it accepts connections; of a built one ({@link Peer#build}). */
    static ServerProcess start(Path home, Peer peer, boolean isEcho) throws BenchException {
        return start(home, peer, isEcho, false, List.of(), List.of());
    }

    /**
     * Starts a server for a workload.
     *
     * @param more words behind its command
     */
    static ServerProcess start(Path home, Peer peer, Workload workload, List<String> more) throws BenchException {
        return start(home, peer, workload.isEcho(), workload.deflates(), workload.javaFlags(), more);
    }

    /**
     * As {@link #start(Path, Peer, boolean)}.
     *
     * @param deflates whether it is to agree to permessage-deflate
     * @param javaFlags for the virtual machine, if it has one
     * @param more words behind its command
     */
    private static ServerProcess start(
            Path home, Peer peer, boolean isEcho, boolean deflates, List<String> javaFlags, List<String> more)
            throws BenchException {
        try {
            Path folder = Files.createTempDirectory("carillon-bench");
            int given = peer.saysReady() ? 0 : freePort();
            List<String> command = new ArrayList<>(peer.command(home, isEcho, given, folder, javaFlags));
            command.addAll(more);
            if (deflates) {
                command.addAll(peer.deflating(isEcho, folder));
            }
            return start(peer, isEcho, command, folder, given, peer == Peer.CARILLON ? javaFlags : List.of());
        } catch (IOException e) {
            throw new BenchException(peer.title + " did not start: " + e.getMessage());
        }
    }

    /** Starts a server as the conformance suite asks it: an echo with compression that takes up to 16 MiB. */
    static ServerProcess startExamined(Path home, Peer peer) throws BenchException {
        try {
            Path folder = Files.createTempDirectory("carillon-bench");
            return start(peer, true, peer.examinedCommand(home), folder, 0, List.of());
        } catch (IOException e) {
            throw new BenchException(peer.title + " did not start: " + e.getMessage());
        }
    }

    private static ServerProcess start(
            Peer peer, boolean isEcho, List<String> words, Path folder, int given, List<String> launcherFlags)
            throws IOException, BenchException {
        List<String> command = new ArrayList<>(Machine.pinnedToServerCore());
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        if (!launcherFlags.isEmpty()) {
            String flags = String.join(" ", launcherFlags);
            builder.environment().merge("CARILLON_JAVA_OPTS", flags, (theirs, ours) -> ours + " " + theirs);
        }
        Process process = builder.start();
        try {
            int port = peer.saysReady() ? portSaid(process, peer) : awaitPort(process, peer, given);
            return new ServerProcess(peer, isEcho, command, process, folder, port);
        } catch (IOException | BenchException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    private static int portSaid(Process process, Peer peer) throws IOException, BenchException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        Matcher ready = READY.matcher(line == null ? "" : line);
        if (!ready.matches()) {
            throw new BenchException(peer.title + " did not start: " + line);
        }
        return Integer.parseInt(ready.group(1));
    }

    private static int awaitPort(Process process, Peer peer, int port) throws BenchException {
        long deadline = System.nanoTime() + START_NANOS_MAX;
        while (process.isAlive() && System.nanoTime() - deadline < 0) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return probe.getPort();
            } catch (IOException notYet) {
                pause();
            }
        }
        throw new BenchException(peer.title + " did not start to listen");
    }

    private static void pause() throws BenchException {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }

    long process() {
        return process.pid();
    }

    /** What started it, as a shell in the folder of the checkout takes it. */
    String command(Path home) {
        return String.join(" ", command)
                .replace(System.getProperty("java.home") + "/bin/", "")
                .replace(home + "/", "./")
                .replace(folder.toString(), "$FOLDER");
    }

    int port() {
        return port;
    }

    Target target() {
        return new Target(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                null,
                peer.dialect(isEcho),
                process.pid(),
                memoryProbe());
    }

    private Target.MemoryProbe memoryProbe() {
        return switch (peer.runs) {
            case JAVA -> () -> MemoryProbes.ofJava(process.pid());
            case JAVASCRIPT ->
                () -> MemoryProbes.ofJavaScript(process.pid(), URI.create("http://127.0.0.1:" + port + "/memory"));
            case GO -> () -> MemoryProbes.ofOther(process.pid());
        };
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(ServerProcess::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
