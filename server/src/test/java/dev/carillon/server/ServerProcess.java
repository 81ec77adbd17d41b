package dev.carillon.server;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real server in a process of its own, from this test's class path. Closing it kills it. */
final class ServerProcess implements AutoCloseable {

    /** For what never comes: on a busy machine a start takes many times as long as on a free one. */
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Process process;
    private final Path out;
    private final Path err;

    private ServerProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts a command in a folder, where its output goes too. */
    static ServerProcess start(Path folder, String... arguments) throws IOException {
        return startWith(System.getProperty("java.class.path"), folder, arguments);
    }

    static ServerProcess startWith(String classPath, Path folder, String... arguments) throws IOException {
        return startWith(classPath, List.of(), folder, arguments);
    }

    /** @param environment variables beside this process's own */
    static ServerProcess startIn(Map<String, String> environment, Path folder, String... arguments) throws IOException {
        return startWith(System.getProperty("java.class.path"), List.of(), environment, folder, arguments);
    }

    /** @param javaOptions further flags for the Java virtual machine */
    static ServerProcess startWith(String classPath, List<String> javaOptions, Path folder, String... arguments)
            throws IOException {
        return startWith(classPath, javaOptions, Map.of(), folder, arguments);
    }

    private static ServerProcess startWith(
            String classPath,
            List<String> javaOptions,
            Map<String, String> environment,
            Path folder,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcarillon.docs=" + Path.of("..", "docs").toAbsolutePath()));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", classPath, "dev.carillon.server.Main"));
        command.addAll(List.of(arguments));
        return start(command, environment, folder);
    }

    private static ServerProcess start(List<String> command, Map<String, String> environment, Path folder)
            throws IOException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start(), out, err);
    }

    /** Starts {@code ./carillon}, which becomes the server, with the folder to work in. */
    static ServerProcess carillon(Path folder, String... arguments) throws IOException {
        return carillonUnder(List.of(), Map.of(), folder, arguments);
    }

    /**
     * Starts {@code ./carillon} by a program that becomes it, such as {@code nsenter}: the process is the server all the
     * same.
     *
     * @param program the program with its arguments; may be empty
     * @param environment variables beside this process's own
     */
    static ServerProcess carillonUnder(
            List<String> program, Map<String, String> environment, Path folder, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(program);
        command.add(home().resolve("carillon").toString());
        command.addAll(List.of(arguments));
        return start(command, environment, folder);
    }

    /** The checkout that the server is started from: {@code ./carillon} is in it. */
    private static Path home() {
        String home = System.getProperty("carillon.home", System.getenv().getOrDefault("CARILLON_HOME", ".."));
        return Path.of(home).toAbsolutePath().normalize();
    }

    /** The class path of this test without the entries that hold the text. */
    static String classPathWithout(String text) {
        List<String> kept = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.contains(text)) {
                kept.add(entry);
            }
        }
        return String.join(File.pathSeparator, kept);
    }

    /** Waits for the ready line, and tells where the server is. */
    URI ready() throws IOException, InterruptedException {
        if (!becomesReady()) {
            throw new AssertionError("no ready line; on stderr: " + err());
        }
        return URI.create(out().strip().substring("ready ".length()));
    }

    /** Waits for the ready line or the end, whichever comes first; true for the line. */
    boolean becomesReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            boolean isRunning = process.isAlive();
            if (out().endsWith("\n")) {
                return true;
            }
            if (!isRunning) {
                return false;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("neither ready nor ended after " + PATIENCE.toSeconds() + " s: " + err());
    }

    long pid() {
        return process.pid();
    }

    /** What it takes of the machine's memory now. */
    long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    /** As {@code kill}. */
    void terminate() {
        process.destroy();
    }

    /** As {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits for its end, and tells the exit code. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + PATIENCE.toSeconds() + " s");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        kill();
        process.onExit().join();
    }
}
