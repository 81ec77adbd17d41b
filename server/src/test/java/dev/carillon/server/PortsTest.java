package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which ports a process listens on, as the system sees it. */
@Tag("process")
final class PortsTest {

    private static final String LISTENING = "0A";

    @TempDir
    private Path folder = Path.of("");

    /** The ports that a process listens on, whatever the address. */
    private static Set<Integer> portsOf(long pid) throws IOException {
        Set<String> sockets = socketsOf(pid);
        Set<Integer> ports = new HashSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            Path file = Path.of("/proc", Long.toString(pid), "net", table);
            if (!Files.exists(file)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] columns = line.strip().split("\\s+");
                if (columns.length > 9 && columns[3].equals(LISTENING) && sockets.contains(columns[9])) {
                    ports.add(Integer.parseInt(columns[1].substring(columns[1].indexOf(':') + 1), 16));
                }
            }
        }
        return ports;
    }

    /** The inodes of a process's sockets. */
    private static Set<String> socketsOf(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : files.toList()) {
                String target = targetOf(file);
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring("socket:[".length(), target.length() - 1));
                }
            }
        }
        return inodes;
    }

    private static String targetOf(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return ""; // closed in the meantime
        }
    }

    private ServerProcess serve(String configuration) throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "this system doesn't tell a process's ports");
        Path file = Files.writeString(folder.resolve("carillon.yaml"), configuration);
        return ServerProcess.start(folder, "serve", "--port", "0", "--config", file.toString());
    }

    @Test
    void developmentModeHasASecondPortWhichTheLogNames() throws Exception {
        try (ServerProcess server = serve("limits: {}\n")) {
            int main = server.ready().getPort();
            Set<Integer> ports = portsOf(server.pid());
            assertThat(ports).hasSize(2).contains(main);
            ports.remove(main);
            assertThat(server.err()).contains("port " + ports.iterator().next() + " leads here too");
        }
    }

    @Test
    void outsideDevelopmentModeThereIsOnePort() throws Exception {
        try (ServerProcess server = serve("keys: [{name: backend, secret: 0123456789abcdef}]\nnetwork: {port: 0}\n")) {
            int main = server.ready().getPort();
            assertThat(portsOf(server.pid())).containsExactly(main);
            assertThat(server.err()).doesNotContain("leads here too");
        }
    }

    @Test
    void withoutTheFaultProxyThereIsOnePort() throws Exception {
        try (ServerProcess server = serve("network: {port: none}\n")) {
            int main = server.ready().getPort();
            assertThat(portsOf(server.pid())).containsExactly(main);
        }
    }
}
