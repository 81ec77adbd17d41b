package dev.carillon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The servers that are measured: Carillon, as everybody starts it, and what it is compared with. */
enum Peer {
    CARILLON("carillon", "Carillon", Runs.JAVA),
    BUN("bun", "Bun", Runs.JAVASCRIPT),
    WS("ws", "ws", Runs.JAVASCRIPT),
    SOCKET_IO("socketio", "Socket.IO", Runs.JAVASCRIPT),
    NETTY("netty", "Netty's codec", Runs.JAVA),
    JETTY("jetty", "Jetty", Runs.JAVA),
    UNDERTOW("undertow", "Undertow", Runs.JAVA),
    CENTRIFUGO("centrifugo", "Centrifugo", Runs.GO);

    /** What a server is written in, which says how its memory is asked for. */
    enum Runs {
        JAVA,
        JAVASCRIPT,
        GO
    }

    final String word;
    final String title;
    final Runs runs;

    Peer(String word, String title, Runs runs) {
        this.word = word;
        this.title = title;
        this.runs = runs;
    }

    static Peer of(String word) throws BenchException {
        for (Peer peer : values()) {
            if (peer.word.equals(word)) {
                return peer;
            }
        }
        throw new BenchException("there is no peer " + word + ", but "
                + Arrays.stream(values()).map(peer -> peer.word).collect(Collectors.joining(", ")));
    }

    /** The title of the one with this word; the word itself if there is none. */
    static String titleOf(String word) {
        return Arrays.stream(values())
                .filter(peer -> peer.word.equals(word))
                .map(peer -> peer.title)
                .findFirst()
                .orElse(word);
    }

    /** Why it can't be given a workload; null if it can. */
    @Nullable
    String refuses(Workload workload) {
        if (workload.deflates() && this != CARILLON && this != BUN && this != WS) {
            return "is not started with deflate here";
        }
        return this == CENTRIFUGO && workload.isEcho() ? "has no echo" : null;
    }

    /**
     * What is said behind its command so that it agrees to permessage-deflate.
     *
     * @param folder its own
     */
    List<String> deflating(boolean isEcho, Path folder) throws IOException {
        if (this != CARILLON) {
            return List.of("--deflate");
        }
        return isEcho
                ? List.of("--deflate", "shared")
                : List.of(
                        "--config",
                        Files.writeString(folder.resolve("deflate.yaml"), "deflate: {mode: shared}\n")
                                .toString());
    }

    Dialect dialect(boolean isEcho) {
        return switch (this) {
            case CARILLON -> isEcho ? Dialect.PLAIN : Dialect.CARILLON;
            case SOCKET_IO -> Dialect.SOCKET_IO;
            case CENTRIFUGO -> Dialect.CENTRIFUGO;
            case BUN, WS, NETTY, JETTY, UNDERTOW -> Dialect.PLAIN;
        };
    }

    /**
     * What starts it, without the pinning.
     *
     * @param port a free one, for a server that can't choose one itself
     * @param folder its own, empty
     * @param javaFlags for the virtual machine, if it has one; Carillon's are given by its environment
     */
    List<String> command(Path home, boolean isEcho, int port, Path folder, List<String> javaFlags) {
        return switch (this) {
            case CARILLON ->
                isEcho
                        ? List.of(home.resolve("carillon").toString(), "echo", "--port", "0")
                        : List.of(
                                home.resolve("carillon").toString(),
                                "serve",
                                "--port",
                                "0",
                                "--data",
                                folder.resolve("data").toString());
            case BUN -> List.of(home.resolve(".build/bun").toString(), javaScript(home), "--port", "0");
            case WS, SOCKET_IO -> List.of("node", "--expose-gc", javaScript(home), "--port", "0");
            case NETTY -> java(home, "NettyPeer", javaFlags);
            case JETTY -> java(home, "JettyPeer", javaFlags);
            case UNDERTOW -> java(home, "UndertowPeer", javaFlags);
            case CENTRIFUGO ->
                List.of(
                        home.resolve(".build/centrifugo").toString(),
                        "--config",
                        home.resolve("bench/peers/centrifugo/centrifugo.json").toString(),
                        "--port",
                        Integer.toString(port));
        };
    }

    /**
     * What starts its echo for the conformance suite, without the pinning.
     *
     * @throws BenchException if it has none
     */
    List<String> examinedCommand(Path home) throws BenchException {
        return switch (this) {
            case CARILLON ->
                List.of(
                        home.resolve("carillon").toString(),
                        "echo",
                        "--port",
                        "0",
                        "--max-message",
                        "16MiB",
                        "--deflate",
                        "dedicated");
            case BUN -> List.of(home.resolve(".build/bun").toString(), javaScript(home, "echo-bun"), "--port", "0");
            case WS -> List.of("node", javaScript(home, "echo-ws"), "--port", "0");
            case NETTY -> java(home, "NettyEcho", List.of());
            case SOCKET_IO, JETTY, UNDERTOW, CENTRIFUGO ->
                throw new BenchException(title + " has no echo for the conformance suite; bun, netty and ws have one");
        };
    }

    private String javaScript(Path home) {
        return javaScript(home, word);
    }

    private static String javaScript(Path home, String name) {
        return home.resolve("bench/peers/js/" + name + ".mjs").toString();
    }

    /** With the flags that Carillon's launcher gives. */
    private static List<String> java(Path home, String name, List<String> javaFlags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseCompactObjectHeaders"));
        command.addAll(javaFlags);
        command.addAll(
                List.of("-cp", home.resolve("bench/peers/java/target/lib") + "/*", "dev.carillon.peers." + name));
        return command;
    }

    /** Whether it chooses a port and says so; the others are given one. */
    boolean saysReady() {
        return this != CENTRIFUGO;
    }

    /**
     * Builds it where that is stale.
     *
     * @return its version
     * @throws BenchException if it can't be had here, and why
     */
    String build(Path home) throws BenchException {
        try {
            Process build = new ProcessBuilder(home.resolve("bench/peers/build").toString(), word)
                    .redirectErrorStream(false)
                    .start();
            String version;
            String said;
            try (var out = build.inputReader(StandardCharsets.UTF_8);
                    var err = build.errorReader(StandardCharsets.UTF_8)) {
                said = err.readAllAsString().strip();
                version = out.readAllAsString().strip();
            }
            if (build.waitFor() != 0) {
                throw new BenchException(
                        title + " can't be had here: " + said.lines().reduce("", (a, b) -> b));
            }
            return version;
        } catch (IOException e) {
            throw new BenchException(title + " can't be had here: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }
}
