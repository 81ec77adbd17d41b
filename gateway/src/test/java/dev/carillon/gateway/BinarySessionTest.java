package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same messages in binary frames (PROTOCOL.md §11). */
class BinarySessionTest {

    private static final ChannelName ORDERS = new ChannelName("orders");
    private static final RequestId ID = new RequestId("1");

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private BinarySocket open(String path) throws InterruptedException {
        BinarySocket socket = new BinarySocket(server.http, server.ws(path));
        assertThat(socket.socket.getSubprotocol()).isEqualTo("carillon.v1.bin");
        socket.next(ServerMessage.Hello.class);
        return socket;
    }

    private static ClientMessage subscribe(ChannelName channel, @Nullable Position after) {
        return new ClientMessage.Subscribe(ID, channel, after, 0, ClientMessage.Subscribe.NO_PRESENCE);
    }

    private static ServerMessage json(String text) {
        return ((JsonReader.Outcome.Read<ServerMessage>)
                        JsonReader.serverMessage(text.getBytes(StandardCharsets.UTF_8)))
                .value();
    }

    private static Publication published(ServerMessage message) {
        return ((ServerMessage.Delivery) message).publication();
    }

    @Test
    void aBinaryReaderAndAJsonReaderAreToldTheSamePublications() throws Exception {
        TestSocket text = new TestSocket(server.http, server.ws("/channels/orders"));
        text.next(); // hello
        text.next(); // subscribed
        BinarySocket binary = open("/live");
        binary.say(subscribe(ORDERS, null));
        ServerMessage.Subscribed subscribed = binary.next(ServerMessage.Subscribed.class);
        assertThat(subscribed.position()).isEqualTo(Position.ORIGIN);
        assertThat(subscribed.number()).isPositive();
        server.post("/channels/orders", "{ \"n\" : 1.0E+2 }");
        server.post("/channels/orders", "\u0001\u0002", "Content-Type", "application/octet-stream");
        binary.say(new ClientMessage.Publish(ID, ORDERS, Data.bytes(new byte[] {2, 3}), "0123456789abcdef", null));
        for (int i = 0; i < 3; i++) {
            assertThat(binary.next()).isEqualTo(json(text.next()));
        }
        ServerMessage.Published acknowledged = binary.next(ServerMessage.Published.class);
        assertThat(acknowledged.id()).isEqualTo(ID);
        assertThat(acknowledged.position().offset()).isEqualTo(3);
    }

    @Test
    void aPositionGotInBinaryGoesOnElsewhereAndTheReverse() throws Exception {
        BinarySocket binary = open("/channels/orders");
        binary.next(ServerMessage.Subscribed.class);
        server.post("/channels/orders", "1");
        Position first = published(binary.next()).position();
        binary.socket.abort();
        server.post("/channels/orders", "2");
        try (TestServer.EventStream stream = server.events("/channels/orders", "Last-Event-ID", first.toString())) {
            assertThat(stream.next().toString()).contains("\"recovered\":true");
            List<String> event = stream.next();
            Position second = Position.parse(TestServer.EventStream.field(event, "id"));
            server.post("/channels/orders", "3");
            BinarySocket again = open("/live");
            again.say(subscribe(ORDERS, second));
            assertThat(again.next(ServerMessage.Subscribed.class).recovered()).isTrue();
            Publication third = published(again.next());
            assertThat(third.data().text()).isEqualTo("3");
            assertThat(TestServer.EventStream.field(stream.next(), "id"))
                    .isEqualTo(third.position().toString());
        }
    }

    /** Beside the data: what PROTOCOL.md §11 promises, first and later ones. */
    @Test
    void aPublicationOfItsDataAloneCostsEightBytes() throws Exception {
        BinarySocket binary = open("/channels/timeless:a");
        binary.next(ServerMessage.Subscribed.class);
        for (int i = 0; i < 3; i++) {
            server.post("/channels/timeless:a", "\"" + "x".repeat(62) + "\"");
            byte[] message = binary.nextBytes();
            assertThat(message).hasSize((i == 0 ? 16 : 8) + 64);
            assertThat(published(binary.read(message)).at()).isZero();
        }
        assertThat(server.get("/channels/timeless:a").body()).doesNotContain("\"at\"");
    }

    @Test
    void signalsPresenceAndHistoryComeInBinaryToo() throws Exception {
        BinarySocket reader = open("/live");
        reader.say(new ClientMessage.Subscribe(ID, ORDERS, null, 0, 0));
        reader.next(ServerMessage.Subscribed.class);
        assertThat(reader.next(ServerMessage.PresenceList.class).users()).isEmpty();
        BinarySocket sender = open("/live");
        Data bytes = Data.bytes(new byte[] {0, (byte) 0xFF});
        sender.say(new ClientMessage.Signal(null, ORDERS, bytes));
        assertThat(reader.next()).isEqualTo(new ServerMessage.Signalled(ORDERS, null, bytes, 0));
        sender.say(new ClientMessage.Publish(ID, ORDERS, bytes, null, null));
        assertThat(sender.next()).isInstanceOf(ServerMessage.Published.class);
        sender.say(new ClientMessage.History(ID, ORDERS, null, null, 0));
        ServerMessage.HistoryPage page = sender.next(ServerMessage.HistoryPage.class);
        assertThat(page.publications()).containsExactly(published(reader.next()));
        sender.say(new ClientMessage.Ping(new RequestId("\"a\"")));
        assertThat(sender.next()).isEqualTo(new ServerMessage.Pong(new RequestId("\"a\"")));
        reader.say(new ClientMessage.Unsubscribe(ID, ORDERS));
        assertThat(reader.next()).isEqualTo(new ServerMessage.Unsubscribed(ID, ORDERS, 0));
    }

    @Test
    void whatIsRefusedHasTheCodeThatItHasInJson() throws Exception {
        BinarySocket binary = open("/live");
        binary.say(subscribe(new ChannelName("forbidden"), null));
        assertThat(binary.next(ServerMessage.Refusal.class).code()).isEqualTo(Code.UNKNOWN_CHANNEL);
        binary.send(new byte[] {2, 1, 8, 1, '/'});
        ServerMessage.Refusal refusal = binary.next(ServerMessage.Refusal.class);
        assertThat(refusal.code()).isEqualTo(Code.INVALID_CHANNEL);
        assertThat(refusal.id()).isEqualTo(new RequestId("7"));
        binary.send(new byte[0]);
        assertThat(binary.next(ServerMessage.Refusal.class).code()).isEqualTo(Code.MALFORMED);
        binary.send(new byte[] {0x55, 0});
        assertThat(binary.next(ServerMessage.Refusal.class).code()).isEqualTo(Code.UNKNOWN_TYPE);
        binary.say(new ClientMessage.Ping(ID)); // and it goes on
        assertThat(binary.next()).isInstanceOf(ServerMessage.Pong.class);
    }

    @Test
    void framesOfTheOtherKindAreRefusedOnEither() throws Exception {
        BinarySocket binary = open("/live");
        binary.socket.sendText("{\"type\":\"ping\"}", true).join();
        assertThat(binary.next(ServerMessage.Refusal.class).code()).isEqualTo(Code.MALFORMED);
        TestSocket text = new TestSocket(server.http, server.ws("/live"));
        text.next(); // hello
        text.socket.sendBinary(ByteBuffer.wrap(new byte[] {9, 0}), true).join();
        assertThat(text.next()).contains("\"code\":4600");
    }

    @Test
    void aBinarySocketWhoseTokenIsRefusedIsToldSoInBinary() throws Exception {
        server.close();
        server = new TestServer(
                TestServer.settings(
                        java.time.Duration.ofSeconds(25),
                        GatewaySettings.Access.DEVELOPMENT,
                        java.time.Duration.ofSeconds(25),
                        100),
                new Guests());
        BinarySocket socket = new BinarySocket(server.http, server.ws("/live?token=wrong"));
        assertThat(socket.next(ServerMessage.Refusal.class).code().name()).startsWith("TOKEN");
        assertThat(socket.closed.get(30, TimeUnit.SECONDS)).startsWith("46");
    }
}
