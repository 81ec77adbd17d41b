package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes to many readers in one pass, over real sockets. */
@Timeout(60)
class VolleyTest {

    /** Enough of them that the volley's first arrays are too small. */
    private static final int READERS = 70;

    /** More than the buffers of both ends can hold. */
    private static final int PUBLICATIONS = 250;

    private static final String BODY = "a".repeat(60_000);

    @Test
    void readersGetAllInOrderBesideOneWhoseSocketIsFull() throws Exception {
        try (TestServer server = new TestServer()) {
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
        }
    }
}
