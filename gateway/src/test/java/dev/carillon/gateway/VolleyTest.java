package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.websocket.SendRings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to many readers in one pass, over real sockets. */
@Timeout(60)
class VolleyTest {

    /** Enough of them that the volley's first arrays are too small. */
    private static final int READERS = 70;

    /** More than the buffers of both ends can hold. */
    private static final int PUBLICATIONS = 250;

    private static final String BODY = "a".repeat(60_000);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readersGetAllInOrderBesideOneWhoseSocketIsFull(boolean byRing) throws Exception {
        AtomicReference<String> refused = new AtomicReference<>(byRing ? "" : "not asked for");
        SendRings rings = byRing ? SendRings.on(8, refused::set) : SendRings.off();
        try (TestServer server = new TestServer(rings)) {
            List<TestSocket> readers = new ArrayList<>();
            TestSocket slow = new TestSocket(server.http, server.ws("/channels/orders"));
            slow.next();
            slow.next();
            slow.hold();
            for (int i = 1; i < READERS; i++) {
                TestSocket reader = new TestSocket(server.http, server.ws("/channels/orders"));
                reader.next();
                reader.next();
                readers.add(reader);
            }
            for (int i = 1; i <= PUBLICATIONS; i++) {
                String body = "\"" + i + ":" + BODY + "\"";
                assertThat(server.post("/channels/orders", body).statusCode()).isEqualTo(201);
                for (TestSocket reader : readers) {
                    assertThat(reader.next()).contains("\"" + i + ":a");
                }
            }
            Await.until(() -> server.waitingBytes() > 0 || server.engineCounters.parked() > 0);
            slow.goOn();
            for (int i = 1; i <= PUBLICATIONS; i++) {
                assertThat(slow.next()).contains("\"" + i + ":a").endsWith("a\"}");
            }
            assertThat(rings.sends() > 0).isEqualTo(refused.get().isEmpty());
        }
        assertThat(rings.openRings()).isZero();
    }
}
