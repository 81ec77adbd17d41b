package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ServerMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session of many channels goes on by one message with another process, after the first was killed. */
@Tag("process")
final class ResumeTest {

    private static final int CHANNELS = 50;

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess start() throws Exception {
        Files.writeString(folder.resolve("carillon.yaml"), "channels: [{pattern: \"orders:*\", durability: disk}]\n");
        return ServerProcess.carillon(folder, "serve", "--port", "0", "--config", "carillon.yaml");
    }

    private static String resume(String after) {
        return IntStream.range(0, CHANNELS)
                .mapToObj(i -> "{\"id\":" + i + ",\"channel\":\"orders:" + i + "\",\"after\":\"" + after + "\"}")
                .collect(Collectors.joining(",", "{\"type\":\"resume\",\"channels\":[", "]}"));
    }

    @Test
    void allChannelsGoOnAfterAKillByOneMessage() throws Exception {
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready())) {
            for (int i = 0; i < CHANNELS; i++) {
                peer.publish("orders:" + i, "key-of-the-order-" + i, "{\"n\":" + i + "}");
            }
            server.kill();
            server.exitCode();
        }
        try (ServerProcess server = start();
                Peer peer = new Peer(server.ready());
                Live.Asked asked = Live.ask(peer, "live")) {
            assertThat(asked.next()).isInstanceOf(ServerMessage.Hello.class);
            asked.live().send(resume("0"));
            List<String> recovered = new ArrayList<>();
            List<String> delivered = new ArrayList<>();
            while (delivered.size() < CHANNELS) {
                switch (asked.next()) {
                    case ServerMessage.Subscribed subscribed -> {
                        assertThat(subscribed.recovered()).isTrue();
                        recovered.add(subscribed.channel().value());
                    }
                    case ServerMessage.Delivery delivery ->
                        delivered.add(delivery.publication().channel().value());
                    case ServerMessage other -> throw new AssertionError(other);
                }
            }
            assertThat(delivered).doesNotHaveDuplicates();
            assertThat(recovered).containsExactlyInAnyOrderElementsOf(delivered);
        }
    }
}
