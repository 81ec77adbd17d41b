package dev.carillon.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code ./carillon echo} in a process of its own, as everybody starts it. Closing it kills it. */
final class EchoServer implements AutoCloseable {
    private static final String READY = "ready ";

    private final Process process;
    private final URI address;

    private EchoServer(Process process, URI address) {
        this.process = process;
        this.address = address;
    }

    /** Starts it and waits for its ready line. */
    static EchoServer start(String... options) throws IOException {
        String home = System.getProperty("carillon.home", System.getenv().getOrDefault("CARILLON_HOME", ".."));
        Path program = Path.of(home).toAbsolutePath().normalize().resolve("carillon");
        List<String> command = new ArrayList<>(List.of(program.toString(), "echo", "--port", "0"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = builder.start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null || !line.startsWith(READY)) {
            process.destroyForcibly();
            throw new AssertionError("instead of the ready line: " + line);
        }
        return new EchoServer(process, URI.create(line.substring(READY.length())));
    }

    URI address() {
        return address;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
