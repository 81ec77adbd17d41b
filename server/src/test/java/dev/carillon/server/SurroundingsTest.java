package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What surrounds a server may be wrong: then it says so in one line, and ends. {@link MainProcessTest} has the others. */
@Tag("process")
final class SurroundingsTest {

    private static final int PUBLICATIONS = 200;
    private static final int FLIPS = 9;

    @TempDir
    private Path folder = Path.of("");

    private AbstractStringAssert<?> complaint(List<String> program, String... options) throws Exception {
        String[] arguments = Stream.concat(Stream.of("serve", "--port", "0"), Stream.of(options))
                .toArray(String[]::new);
        try (ServerProcess server = ServerProcess.carillonUnder(program, Map.of(), folder, arguments)) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.out()).isEmpty();
            return assertThat(server.err().lines()).singleElement().asString();
        }
    }

    private AbstractStringAssert<?> complaint(String... options) throws Exception {
        return complaint(List.of(), options);
    }

    @Test
    void aDataFolderThatIsAFileIsOneLine() throws Exception {
        Files.writeString(folder.resolve("letter"), "dear");
        complaint("--data", "letter").startsWith("carillon: letter ").doesNotContain("Exception");
        complaint("--data", "letter/data").startsWith("carillon: letter/data ").doesNotContain("Exception");
        assertThat(folder.resolve("letter")).hasContent("dear");
    }

    @Test
    void aDataFolderThatMayNotBeWrittenIsOneLine() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("readonly"));
        try (SmallDisk disk = SmallDisk.mount(mount, 1, ",ro")) {
            assumeTrue(disk != null, "this system lets nobody mount a tmpfs");
            String data = disk.inside("data").toString();
            complaint(disk.entering(), "--data", data)
                    .startsWith("carillon: " + data + " cannot be made or written (")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void aConfigurationThatCannotBeUsedIsOneLine() throws Exception {
        config("limits: {messageByte: 1MiB}\n")
                .contains("carillon.yaml: line 1", "limits.messageByte is not", "did you mean messageBytes?");
        config("channels:\n  - {pattern: \"a:*\"}\n  - {pattern: \"a:*\", durability: memory}\n")
                .contains("carillon.yaml: line 3", "channels[1].pattern is a:*", "ties with a:*");
        config("listen: {hosts: [0.0.0.0]}\n").contains("carillon.yaml: ", "listen.hosts[0] is 0.0.0.0", "set keys");
        Files.createDirectory(folder.resolve("folder.yaml"));
        complaint("--config", "folder.yaml").startsWith("carillon: the configuration folder.yaml cannot be read");
        Files.write(folder.resolve("bytes.yaml"), new byte[] {'a', (byte) 0xff, (byte) 0xfe, ':'});
        complaint("--config", "bytes.yaml").startsWith("carillon: the configuration bytes.yaml cannot be read");
    }

    private AbstractStringAssert<?> config(String text) throws Exception {
        Files.writeString(folder.resolve("carillon.yaml"), text);
        return complaint("--config", "carillon.yaml");
    }

    /**
     * One byte in one of RocksDB's files is another than was written. The start says so, or the server serves: then each
     * read gives what was published, or a coded refusal. Nobody is given anything else.
     */
    @Test
    void aFlippedByteIsTold() throws Exception {
        Random random = new Random(Seed.of(SurroundingsTest.class));
        List<Publication> whole;
        try (ServerProcess server = serve("data");
                Peer peer = new Peer(server.ready())) {
            for (int n = 1; n <= PUBLICATIONS; n++) {
                peer.publish(
                        "orders", "key-of-the-order-" + n, "{\"n\":" + n + ",\"random\":" + random.nextLong() + "}");
            }
            whole = peer.history("orders");
            server.terminate();
            server.exitCode();
        }
        // A start replays the write-ahead log into sorted files.
        try (ServerProcess server = serve("data")) {
            server.ready();
            server.terminate();
            server.exitCode();
        }
        int told = 0;
        for (int i = 0; i < FLIPS; i++) {
            told += isToldOfAFlip(
                            random,
                            "flipped-" + i,
                            List.of("sst", "MANIFEST", "CURRENT").get(i % 3),
                            whole)
                    ? 1
                    : 0;
        }
        assertThat(told).as("of %d flips", FLIPS).isGreaterThan(FLIPS / 2);
    }

    private ServerProcess serve(String data) throws IOException {
        return ServerProcess.carillon(folder, "serve", "--port", "0", "--data", data);
    }

    private boolean isToldOfAFlip(Random random, String copy, String kind, List<Publication> whole) throws Exception {
        Path data = folder.resolve(copy);
        Files.createDirectory(data);
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            for (Path file : files.toList()) {
                Files.copy(file, data.resolve(file.getFileName()));
            }
        }
        String flip = flip(random, data, kind);
        try (ServerProcess server = serve(copy)) {
            if (!server.becomesReady()) {
                assertThat(server.exitCode()).as(flip).isEqualTo(1);
                assertThat(server.err().lines())
                        .as(flip)
                        .singleElement()
                        .asString()
                        .startsWith("carillon: " + copy + " is damaged (");
                return true;
            }
            try (Peer peer = new Peer(server.ready())) {
                HttpResponse<String> answer = peer.get("/channels/orders?limit=1000&after=0");
                if (answer.statusCode() == 200) {
                    ServerMessage.HistoryPage page = (ServerMessage.HistoryPage) Peer.message(answer.body());
                    assertThat(page.publications()).as(flip).isEqualTo(whole);
                    return false;
                }
                assertThat(answer.body()).as(flip).contains("\"code\":4002", "storage_fault");
                assertThat(peer.get("/healthz").statusCode()).isEqualTo(200);
                assertThat(server.err())
                        .as(flip)
                        .contains("ERROR RocksLog: channel orders in " + copy)
                        .doesNotContain("\tat ");
                return true;
            }
        }
    }

    private static String flip(Random random, Path data, String kind) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(data)) {
            files = all.filter(file -> file.getFileName().toString().contains(kind))
                    .sorted()
                    .toList();
        }
        assertThat(files).as(kind).isNotEmpty();
        Path file = files.get(random.nextInt(files.size()));
        byte[] bytes = Files.readAllBytes(file);
        int at = random.nextInt(bytes.length);
        int bit = 1 << random.nextInt(8);
        bytes[at] ^= (byte) bit;
        Files.write(file, bytes);
        String flip = "byte " + at + " of " + bytes.length + " in " + file.getFileName() + ", bit " + bit;
        System.out.println("SurroundingsTest: " + flip);
        return flip;
    }
}
