package dev.carillon.gateway;

import java.util.concurrent.atomic.LongAdder;

/**
 * What the server's sockets carried for those who came by one address: every byte of HTTP/1.1 and of WebSocket, handshakes and
 * control frames included, as it lay in the socket (within TLS, after compression). A stream of HTTP/2 counts its bodies only.
 * Written by the event loops, read from any thread.
 *
 * <p>A request is counted when it is whole, an answer when it is written, and a WebSocket's control frames with its next sign of
 * life; what is on its way is missing until then.
 */
public final class Account {

    final Traffic bytes = new Traffic();
    final LongAdder requests = new LongAdder();
    final LongAdder webSockets = new LongAdder();

    Account() {}

    void in(long framing, long envelope, long data) {
        bytes.inFraming.add(framing);
        bytes.inEnvelope.add(envelope);
        bytes.inData.add(data);
    }

    void out(long framing, long envelope, long data) {
        bytes.outFraming.add(framing);
        bytes.outEnvelope.add(envelope);
        bytes.outData.add(data);
    }

    /** In bytes: framing, envelope and data apart. */
    public Traffic bytes() {
        return bytes;
    }

    /** Requests that were read, handshakes of WebSockets and preflights included. */
    public long requests() {
        return requests.sum();
    }

    /** WebSockets that were opened. */
    public long webSockets() {
        return webSockets.sum();
    }
}
