package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, from outside. */
@Tag("process")
final class MainProcessTest {

    private static final int SIGTERM_EXIT = 143;
    private static final int CREATED = 201;

    @TempDir
    private Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> get(URI server, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private HttpResponse<String> post(URI server, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Runs a command that must fail, and gives what it said on stderr. */
    private List<String> complaints(int exitCode, String... arguments) throws Exception {
        try (ServerProcess command = ServerProcess.start(folder, arguments)) {
            assertThat(command.exitCode()).isEqualTo(exitCode);
            assertThat(command.out()).isEmpty();
            return command.err().lines().toList();
        }
    }

    @Test
    void stdoutHasTheReadyLineAndNothingElseUntilTheEnd() throws Exception {
        try (ServerProcess server = ServerProcess.start(folder, "serve", "--port", "0")) {
            URI at = server.ready();
            assertThat(at.toString()).matches("http://127\\.0\\.0\\.1:\\d+");
            assertThat(get(at, "/healthz").body()).isEqualTo("ok\n");
            assertThat(get(at, "/docs").body()).contains("<h1 id=\"documentation\">Documentation</h1>");
            assertThat(get(at, "/docs/docs.css").statusCode()).isEqualTo(200);
            assertThat(get(at, "/metrics").body())
                    .contains("carillon_limit{name=\"store.queueBytes\"}", "carillon_store_writable 1.0");
            assertThat(get(at, "/").body()).contains("without its home page");
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(SIGTERM_EXIT);
            assertThat(server.out()).isEqualTo("ready " + at + "\n");
            assertThat(server.err()).contains("closed").doesNotContain("Exception");
        }
        assertThat(folder.resolve("data").resolve("CARILLON-LOG")).exists();
    }

    @Test
    void whatWasAcknowledgedIsThereAfterKill() throws Exception {
        String position;
        try (ServerProcess server = ServerProcess.start(folder, "serve", "--port", "0")) {
            HttpResponse<String> answer = post(server.ready(), "/channels/orders", "{\"order\":1}");
            assertThat(answer.statusCode()).isEqualTo(CREATED);
            position = answer.body().strip().replaceAll(".*\"position\":\"([^\"]*)\".*", "$1");
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(folder, "serve", "--port", "0")) {
            assertThat(get(server.ready(), "/channels/orders").body())
                    .contains("{\"order\":1}", "\"position\":\"" + position + "\"");
        }
    }

    @Test
    void aBusyPortIsOneLine() throws Exception {
        try (ServerProcess first = ServerProcess.start(folder, "serve", "--port", "0")) {
            String port = Integer.toString(first.ready().getPort());
            assertThat(complaints(1, "serve", "--port", port, "--data", "other"))
                    .containsExactly("carillon: cannot listen on 127.0.0.1 port " + port
                            + ": the port is in use (another --port, or 0 for a free one)");
            assertThat(complaints(1, "echo", "--port", port)).hasSize(1);
        }
    }

    @Test
    void aFolderInUseIsOneLine() throws Exception {
        try (ServerProcess first = ServerProcess.start(folder, "serve", "--port", "0")) {
            first.ready();
            assertThat(complaints(1, "serve", "--port", "0"))
                    .containsExactly("carillon: data is in use by another running Carillon: stop that one, or give this"
                            + " one a folder of its own");
        }
    }

    @Test
    void aFolderThatIsNoLogIsOneLineAndStaysAsItIs() throws Exception {
        Path data = Files.createDirectory(folder.resolve("mine"));
        Files.writeString(data.resolve("letter.txt"), "dear");
        assertThat(complaints(1, "serve", "--port", "0", "--data", "mine"))
                .singleElement()
                .asString()
                .startsWith("carillon: mine is not empty and holds no Carillon log");
        try (Stream<Path> left = Files.list(data)) {
            assertThat(left).containsExactly(data.resolve("letter.txt"));
        }
    }

    @Test
    void aDamagedFolderIsOneLine() throws Exception {
        try (ServerProcess server = ServerProcess.start(folder, "serve", "--port", "0")) {
            post(server.ready(), "/channels/orders", "1");
            server.terminate();
            server.exitCode();
        }
        Files.writeString(folder.resolve("data").resolve("CURRENT"), "MANIFEST-999999\n");
        assertThat(complaints(1, "serve", "--port", "0"))
                .singleElement()
                .asString()
                .startsWith("carillon: data is damaged (");
    }

    @Test
    void withoutTheStoresJarTheServerSaysSoOrDoesWithoutIt() throws Exception {
        String classPath = ServerProcess.classPathWithout("store");
        try (ServerProcess server = ServerProcess.startWith(classPath, folder, "serve", "--port", "0")) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("carillon: the data folder data needs the jar carillon-store");
        }
        Files.writeString(
                folder.resolve("memory.yaml"), "data: none\nchannels: [{pattern: \"**\", durability: memory}]\n");
        try (ServerProcess server =
                ServerProcess.startWith(classPath, folder, "serve", "--port", "0", "--config", "memory.yaml")) {
            assertThat(post(server.ready(), "/channels/orders", "1").statusCode())
                    .isEqualTo(CREATED);
        }
    }

    @Test
    void aWrongConfigurationIsALineForEachProblem() throws Exception {
        Files.writeString(folder.resolve("wrong.yaml"), "heartbeat: soon\nlisten: {hosts: [0.0.0.0]}\n");
        for (String[] command : List.of(
                new String[] {"serve", "--config", "wrong.yaml"}, new String[] {"config", "check", "wrong.yaml"})) {
            assertThat(complaints(1, command))
                    .satisfiesExactly(
                            line -> assertThat(line).startsWith("carillon: wrong.yaml: line 1: heartbeat is soon"),
                            line -> assertThat(line).startsWith("carillon: wrong.yaml: line 2: listen.hosts[0] is"));
        }
        assertThat(complaints(1, "serve", "--config", "none.yaml"))
                .containsExactly("carillon: the configuration none.yaml does not exist");
    }

    @Test
    void aWrongCommandLineIsOneLineAndEndsWithTwo() throws Exception {
        assertThat(complaints(2, "serve", "--prot", "1")).hasSize(1);
        assertThat(complaints(2)).hasSize(1);
        assertThat(complaints(2, "echo")).hasSize(1);
        assertThat(complaints(1, "serve", "--host", "0.0.0.0").getFirst()).contains("set keys");
        assertThat(complaints(1, "echo", "--port", "0", "--max-message", "big"))
                .containsExactly("carillon: --max-message is big; it must be a size from 1KiB to 1GiB");
    }

    @Test
    void keysDecideWhoMayDoWhat() throws Exception {
        Files.writeString(folder.resolve("keys.yaml"), """
                keys:
                  - name: backend
                    secret: backend-0123456789
                    grants: [{channels: "orders:*", may: [publish]}]
                grants: [{channels: "orders:*", may: [subscribe]}]
                """);
        try (ServerProcess server = ServerProcess.start(folder, "serve", "--port", "0", "--config", "keys.yaml")) {
            URI at = server.ready();
            String[] key = {"Authorization", "Bearer backend-0123456789"};
            assertThat(post(at, "/channels/orders:1", "1").statusCode()).isEqualTo(403);
            assertThat(post(at, "/channels/orders:1", "1", "Authorization", "Bearer wrong")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(post(at, "/channels/orders:1", "1", key).statusCode()).isEqualTo(CREATED);
            assertThat(post(at, "/channels/other", "1", key).statusCode()).isEqualTo(403);
            assertThat(get(at, "/channels/orders:1").body()).contains("\"from\":\"backend\"");
            assertThat(get(at, "/channels/other").statusCode()).isEqualTo(403);
            server.terminate();
            server.exitCode();
            assertThat(server.err()).doesNotContain("backend-0123456789");
        }
    }

    @Test
    void echoSendsBackWhatItsLimitAllows() throws Exception {
        try (ServerProcess server = ServerProcess.start(folder, "echo", "--port", "0", "--max-message", "2KiB")) {
            Heard heard = new Heard();
            URI at = server.ready();
            WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + at.getPort() + "/any/path"), heard)
                    .get(10, TimeUnit.SECONDS);
            socket.sendText("a".repeat(2048), true).get(10, TimeUnit.SECONDS);
            assertThat(heard.next()).isEqualTo("a".repeat(2048));
            socket.sendText("a".repeat(2049), true).get(10, TimeUnit.SECONDS);
            assertThat(heard.next()).isEqualTo("closed 1009");
        }
    }

    /** What a WebSocket of the JDK hears. */
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            events.add("closed " + code);
            return null;
        }

        @Nullable
        String next() throws InterruptedException {
            return events.poll(10, TimeUnit.SECONDS);
        }
    }
}
