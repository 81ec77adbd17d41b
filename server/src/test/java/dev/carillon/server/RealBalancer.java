package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** The programs that stand before nodes, with the files of {@code deploy} but for their ports. */
enum RealBalancer {
    NGINX("nginx", "nginx.conf"),
    HAPROXY("haproxy", "haproxy.cfg");

    private static final int FRONT_PORT = 8080;

    private final String program;
    private final String file;

    RealBalancer(String program, String file) {
        this.program = program;
        this.file = file;
    }

    /** One that runs; closing it ends it. */
    record Running(Program process, URI at) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    /**
     * Starts it before three nodes, and waits until it listens. Where it is not installed the test is skipped.
     *
     * @param nodePorts of the nodes, on loopback
     */
    Running start(Path folder, List<Integer> nodePorts) throws Exception {
        Path executable = find(program);
        Assumptions.assumeTrue(
                executable != null, program + " is missing. To install: sudo apt-get install " + program);
        String text = Files.readString(Path.of("..", "deploy", file));
        for (int i = 0; i < nodePorts.size(); i++) {
            String shipped = "127.0.0.1:" + (FRONT_PORT + 1 + i);
            assertThat(text).containsOnlyOnce(shipped);
            text = text.replace(shipped, "127.0.0.1:" + nodePorts.get(i));
        }
        int port = unclaimedPort();
        text = text.replace("127.0.0.1:" + FRONT_PORT, "127.0.0.1:" + port)
                .replace("http {\n", "http {\naccess_log off;\n" + temporaryFolders(folder));
        Path configuration = Files.writeString(folder.resolve(file), text);
        Program running =
                Program.start(folder, folder.resolve(program + ".log"), command(executable, configuration, folder));
        Peer.until(program + " listens", () -> {
            assertThat(running.isRunning()).as(program).isTrue();
            return listens(port);
        });
        return new Running(running, URI.create("http://127.0.0.1:" + port));
    }

    private List<String> command(Path executable, Path configuration, Path folder) {
        return switch (this) {
            case NGINX ->
                List.of(
                        executable.toString(),
                        "-p",
                        folder.toString(),
                        "-c",
                        configuration.toString(),
                        "-e",
                        folder.resolve("nginx-error.log").toString(),
                        "-g",
                        "daemon off; pid " + folder.resolve("nginx.pid") + ";");
            case HAPROXY -> List.of(executable.toString(), "-db", "-f", configuration.toString());
        };
    }

    /** Where nginx may write, whoever runs this. */
    private static String temporaryFolders(Path folder) {
        StringBuilder lines = new StringBuilder();
        for (String what : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            lines.append(what)
                    .append("_temp_path ")
                    .append(folder.resolve(what))
                    .append(";\n");
        }
        return lines.toString();
    }

    private static @Nullable Path find(String program) {
        for (String folder : (System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin").split(":", -1)) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    /** Below those that a system gives away by itself, so that nobody is given it before the program has it. */
    static int unclaimedPort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // somebody has it
            }
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
