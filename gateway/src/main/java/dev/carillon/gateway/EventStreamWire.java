package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.Action;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session over an event stream (WHATWG HTML §9.2). Owned by the event loop.
 *
 * <p>A native {@code EventSource} gives up for good on any answer but 200, so only a refusal that would come again is told
 * as an HTTP status; any other is told in-band, and the stream ends with a time to come back.
 */
final class EventStreamWire implements Wire, HttpConnection.Stream {

    private static final long RETRY_MILLIS = 1000;

    private final Exchange exchange;
    private final HttpConnection connection;
    private final Hall hall;
    private final Framings framing;
    private final Gathered gathered;
    private final long heartbeatNanos;
    private @Nullable Session session;
    private boolean begun;
    private boolean ended;
    private long wroteNanos = System.nanoTime();
    /** Since when the socket's queue is full; 0 while it isn't. */
    private long fullSinceNanos;

    EventStreamWire(Exchange exchange, Framings framing) {
        this.exchange = exchange;
        this.connection = exchange.connection;
        this.hall = connection.hall;
        this.framing = framing;
        this.heartbeatNanos = hall.settings().heartbeat().toNanos();
        this.gathered =
                new Gathered(connection.context().alloc(), connection.member().turn(), this::flush);
    }

    /** Takes its session, which has this wire in it. */
    Session open(Session opened) {
        session = opened;
        connection.wait(this);
        hall.counters().openOf(Traffic.Transport.EVENT_STREAM).incrementAndGet();
        return opened;
    }

    private Session session() {
        return Objects.requireNonNull(session, "not open yet");
    }

    private boolean isLive() {
        return framing == Framings.LIVE_STREAM;
    }

    @Override
    public boolean hasRoom() {
        return !ended
                && connection.context().channel().isWritable()
                && gathered.size() < hall.settings().outboxBytesMax();
    }

    @Override
    public void deliver(EncodedMessage message) {
        if (ended) {
            return; // news that was asked for before
        }
        begin();
        gather(message.framed(framing), message.json().length, message.dataBytes());
    }

    @Override
    public void send(ServerMessage message) {
        if (ended) {
            return;
        }
        if (isLive()) {
            begin();
            write("data: ", message);
            return;
        }
        switch (message) {
            case ServerMessage.Subscribed subscribed -> {
                begin();
                write(head("hello", subscribed.position()) + "data: ", message);
                if (subscribed.gap() != null) {
                    ServerMessage gap = new ServerMessage.Gapped(subscribed.channel(), subscribed.gap());
                    write(head("gap", subscribed.position()) + "data: ", gap);
                }
            }
            case ServerMessage.Gapped gapped -> write(head("gap", gapped.gap().next()) + "data: ", message);
            case ServerMessage.Reset _ -> write(head("reset", Position.ORIGIN) + "data: ", message);
            case ServerMessage.Current current -> write(head("current", current.position()) + "data: ", message);
            case ServerMessage.Redacted _ -> write("event: redacted\ndata: ", message);
            case ServerMessage.Refusal refusal -> onRefusal(refusal);
            case ServerMessage.Unsubscribed unsubscribed -> {
                write("event: unsubscribed\ndata: ", message);
                comeBack(Action.of(unsubscribed.code()), RETRY_MILLIS);
            }
            default -> write("data: ", message);
        }
    }

    private static String head(String event, Position id) {
        return "event: " + event + "\nid: " + id + "\n";
    }

    /** Before anything else it refuses the stream itself; later it is about a part of it, or a notice. */
    private void onRefusal(ServerMessage.Refusal refusal) {
        if (begun) {
            write("event: error\ndata: ", refusal);
        } else {
            end(refusal, RETRY_MILLIS);
        }
    }

    /**
     * Ends the stream, or never begins it.
     *
     * @param retryMillis when to come back, where that is worth while
     */
    private void end(ServerMessage.Refusal refusal, long retryMillis) {
        if (!begun && refusal.code().action() == Action.STOP) {
            over();
            exchange.refuse(refusal);
            return;
        }
        begin();
        write(isLive() ? "data: " : "event: error\ndata: ", refusal);
        comeBack(refusal.code().action(), retryMillis);
    }

    /** Ends the stream; the browser's EventSource comes back by itself after the time given. */
    private void comeBack(Action action, long retryMillis) {
        if (action != Action.STOP) {
            ServerMessage reconnect = new ServerMessage.Reconnect(retryMillis);
            write((isLive() ? "" : "event: reconnect\n") + "retry: " + retryMillis + "\ndata: ", reconnect);
        }
        finish();
    }

    private void begin() {
        if (!begun) {
            begun = true;
            connection.beginStream(exchange, "text/event-stream", this);
            gather(("retry: " + RETRY_MILLIS + "\n\n").getBytes(StandardCharsets.US_ASCII), 0, 0);
        }
    }

    private void write(String head, ServerMessage message) {
        byte[] json = message.toJson();
        gather(Framings.event(head, json), json.length, 0);
    }

    private void gather(byte[] event, int json, long data) {
        gathered.add(event, json, Math.min(data, json));
        if (gathered.size() >= Gathered.WRITE_BYTES) {
            flush();
        }
    }

    private void flush() {
        ByteBuf part = gathered.take();
        if (part == null) {
            return;
        }
        if (!begun || connection.context().isRemoved()) {
            part.release();
            return;
        }
        wroteNanos = System.nanoTime();
        connection.writePart(part);
        connection.count(exchange, gathered.takeJson(), gathered.takeData());
    }

    @Override
    public void read(boolean wanted) {
        // There is one request to read, and it has been.
    }

    @Override
    public void close(Code code, String reason) {
        if (ended) {
            return;
        }
        end(ServerMessage.Refusal.of(null, code, null), RETRY_MILLIS);
    }

    private void finish() {
        flush();
        if (!ended) {
            over();
            connection.endStream(exchange);
        }
    }

    /** Nothing more is said. The session hears of it in a turn of its own, because it may be the one that is calling. */
    private void over() {
        ended = true;
        hall.counters().openOf(Traffic.Transport.EVENT_STREAM).decrementAndGet();
        connection.member().loop().mailbox().post(session()::onClosed);
    }

    // ---- the connection's side

    @Override
    public void onBeat(long nowNanos) {
        if (!begun || ended) {
            return;
        }
        if (Sockets.isDead(connection.context().channel(), heartbeatNanos)) {
            hall.counters().heartbeatsMissed.increment();
            connection.close();
        } else if (hall.isTooSlow(fullSinceNanos, nowNanos)) {
            session().end(Code.SLOW);
        } else if (nowNanos - wroteNanos >= heartbeatNanos / 2 && gathered.size() == 0 && hasRoom()) {
            gather("event: heartbeat\ndata: {}\n\n".getBytes(StandardCharsets.US_ASCII), 2, 0);
        }
    }

    @Override
    public void onWritabilityChanged(boolean isWritable) {
        fullSinceNanos = isWritable ? 0 : System.nanoTime();
        if (isWritable && !ended) {
            session().onRoom();
        }
    }

    @Override
    public void onNodeEnds(long afterMillis) {
        if (!ended) {
            hall.counters().movedOf(Traffic.Transport.EVENT_STREAM).increment();
            ServerMessage.Refusal moving =
                    new ServerMessage.Refusal(null, Code.MOVING, null, Code.MOVING.text(), afterMillis);
            end(moving, afterMillis);
        }
    }

    @Override
    public void onClosed() {
        gathered.drop();
        if (!ended) {
            over();
        }
    }
}
