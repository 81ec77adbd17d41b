package dev.carillon.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
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
 * Carillon as a child process, started as its users start it and measured from outside. Pinned to the first core where
 * taskset is there, so that one event loop serves all connections and a percentage is one of that core. Blocks; for one
 * thread.
 */
final class ServerProcess implements AutoCloseable {

    /** What the kernel counts a process's time in: USER_HZ is 100 on every architecture that Netty has natives for. */
    private static final double TICKS_A_SECOND = 100;

    private static final Pattern READY = Pattern.compile("ready (http://\\S+)");
    private static final Pattern LIVE_OBJECTS = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern CATEGORY =
            Pattern.compile("-\\s+([A-Z][A-Za-z ]+) \\(reserved=\\d+KB, committed=(\\d+)KB");
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    /**
     * Memory in bytes.
     *
     * @param heap live objects
     * @param direct what was allocated outside the heap by the program, which is Netty's buffers
     * @param runtime what the virtual machine takes for itself: code, classes, threads, tables of the collector
     * @param resident pages in memory, with pages of the heap that hold nothing at the moment
     */
    record Memory(long heap, long direct, long runtime, long resident) {}

    private final Process process;
    private final Path folder;
    private final URI url;

    private ServerProcess(Process process, Path folder, URI url) {
        this.process = process;
        this.folder = folder;
        this.url = url;
    }

    /**
     * Starts a server and returns when it accepts connections.
     *
     * @param configuration the text of its configuration file
     */
    static ServerProcess start(Path home, String configuration) throws IOException, BenchException {
        Path folder = Files.createTempDirectory("carillon-bench");
        Path file = Files.writeString(folder.resolve("carillon.yaml"), configuration);
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/taskset"))) {
            command.addAll(List.of("/usr/bin/taskset", "-c", "0"));
        }
        command.addAll(List.of(home.resolve("carillon").toString(), "serve", "--port", "0"));
        command.addAll(List.of("--config", file.toString()));
        command.addAll(List.of("--data", folder.resolve("data").toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .merge("CARILLON_JAVA_OPTS", "-XX:NativeMemoryTracking=summary", (given, ours) -> ours + " " + given);
        Process process = builder.start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        Matcher ready = READY.matcher(line == null ? "" : line);
        if (!ready.matches()) {
            process.destroy();
            throw new BenchException("the server did not start: " + line);
        }
        return new ServerProcess(process, folder, URI.create(ready.group(1)));
    }

    InetSocketAddress address() {
        return new InetSocketAddress(url.getHost(), url.getPort());
    }

    /**
     * What it holds. The heap is the sum of the live objects, which the histogram counts right after a full collection of its
     * own: what the collector calls used would include the buffers that threads have begun to allocate from since.
     */
    Memory memory() throws IOException, InterruptedException, BenchException {
        Matcher live = LIVE_OBJECTS.matcher(jcmd("GC.class_histogram"));
        long heap = live.find() ? Long.parseLong(live.group(1)) : 0;
        long direct = 0;
        long runtime = 0;
        Matcher category = CATEGORY.matcher(jcmd("VM.native_memory", "summary"));
        while (category.find()) {
            long bytes = Long.parseLong(category.group(2)) << 10;
            switch (category.group(1)) {
                case "Java Heap" -> {}
                case "Other" -> direct += bytes;
                default -> runtime += bytes;
            }
        }
        Matcher resident = RSS.matcher(proc("status"));
        if (heap == 0 || runtime == 0 || !resident.find()) {
            throw new BenchException("jcmd and /proc tell nothing of the server's memory");
        }
        return new Memory(heap, direct, runtime, Long.parseLong(resident.group(1)) << 10);
    }

    /** The CPU time that it has used so far, user and system, in seconds; resolution 10 ms. */
    double cpuSeconds() throws IOException {
        String stat = proc("stat");
        // The second field is the program's name in parentheses; utime and stime are the 14th and 15th.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
    }

    private String proc(String file) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    }

    private String jcmd(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(Long.toString(process.pid()));
        command.addAll(List.of(words));
        Process asked = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader out = asked.inputReader(StandardCharsets.UTF_8)) {
            String answer = out.readAllAsString();
            asked.waitFor();
            return answer;
        }
    }

    @Override
    public void close() throws IOException {
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
