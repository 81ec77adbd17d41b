package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.EncodedRun;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.CloseCode;
import dev.carillon.websocket.DeflatedMessages;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.WebSocketConnection;
import dev.carillon.websocket.WebSocketListener;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over a WebSocket. Owned by the event loop.
 *
 * <p><b>Bounds.</b> Publications are taken while the socket's buffer and what this turn has gathered are below the bound;
 * beyond that the engine parks the subscription. A peer that doesn't read is not read from, so it cannot ask for more
 * answers either.
 */
final class WebSocketWire implements Wire, WebSocketListener, Heartbeats.Beating {

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketWire.class);

    private final Hall hall;
    private final Dialect dialect;
    private final EventLoops.Member member;
    private final Inspector.@Nullable Tap tap;
    private final Traffic traffic;
    private final @Nullable Ledger ledger;

    /** Null once it is open. */
    private @Nullable Opening opening;

    private @Nullable WebSocketConnection connection;
    private @Nullable Session session;
    private @Nullable Gathered gathered;
    private @Nullable Pulse pulse;
    private boolean isWanted = true;
    /** What the socket's queue said last; asked for every delivery, so it is kept where the delivery looks anyway. */
    private boolean isWritable = true;
    /** True from when the node has told it to end: it is not read from any more. */
    private boolean isLeaving;

    /** Since when the socket's queue is full; 0 while it isn't. */
    private long fullSinceNanos;

    private long countedIn;
    private int place;

    /**
     * What opens with the connection.
     *
     * @param dialect what is spoken
     * @param sessionId 22 characters of base64url
     * @param account counts its bytes; null for nobody
     * @param then is told once the session has greeted
     */
    record Opening(
            Dialect dialect,
            Principal principal,
            String sessionId,
            @Nullable Account account,
            Consumer<WebSocketWire> then) {}

    WebSocketWire(Hall hall, EventLoops.Member member, Inspector.@Nullable Tap tap, Opening opening) {
        this.hall = hall;
        this.member = member;
        this.tap = tap;
        this.opening = opening;
        this.dialect = opening.dialect();
        this.traffic = hall.counters().traffic(Traffic.Transport.WEBSOCKET);
        this.ledger = opening.account() == null ? null : new Ledger(opening.account());
    }

    Session session() {
        return Objects.requireNonNull(session, "not open yet");
    }

    private WebSocketConnection connection() {
        return Objects.requireNonNull(connection, "not open yet");
    }

    private Gathered gathered() {
        return Objects.requireNonNull(gathered, "not open yet");
    }

    // ---- the peer's side

    @Override
    public void onOpen(WebSocketConnection open) {
        connection = open;
        gathered = new Gathered(open.channel().alloc(), member.turn(), this::flush);
        pulse = new Pulse.OfWebSocket(open, hall.settings().heartbeat());
        Opening first = Objects.requireNonNull(opening, "open already");
        opening = null;
        session = new Session(hall.node(), member.loop(), this, first.sessionId(), first.principal());
        member.heartbeats().add(this);
        hall.counters().openOf(Traffic.Transport.WEBSOCKET).incrementAndGet();
        session.greet(hall.settings().heartbeat().toMillis());
        if (tap != null) {
            Pulse shown = pulse;
            member.turn().atEnd(() -> shown.ping(System.nanoTime())); // whoever looks sees a round trip at once
        }
        first.then().accept(this);
    }

    @Override
    public void onText(ByteBuf payload) {
        onPayload(payload, Dialect.JSON);
    }

    @Override
    public void onBinary(ByteBuf payload) {
        onPayload(payload, Dialect.BINARY);
    }

    /** @param in what such frames are for */
    private void onPayload(ByteBuf payload, Dialect in) {
        int length = payload.readableBytes();
        if (in != dialect) {
            countIn(length, 0);
            session().onUnreadable(ServerMessage.Refusal.of(null, Code.MALFORMED, null, dialect.otherFrames));
            return;
        }
        byte[] bytes = new byte[length];
        payload.readBytes(bytes);
        switch (dialect.read(bytes)) {
            case JsonReader.Outcome.Read<ClientMessage>(ClientMessage message) -> {
                countIn(length, Math.min(dataBytes(message), length));
                session().onMessage(message);
            }
            case JsonReader.Outcome.Refused<ClientMessage>(ServerMessage.Refusal refusal) -> {
                countIn(length, 0);
                session().onUnreadable(refusal);
            }
        }
    }

    private static long dataBytes(ClientMessage message) {
        if (message instanceof ClientMessage.Publish publish) {
            return publish.data().length();
        }
        return message instanceof ClientMessage.Signal signal ? signal.data().length() : 0;
    }

    private void countIn(int message, long data) {
        traffic.inEnvelope.add(message - data);
        traffic.inData.add(data);
        if (tap != null) {
            tap.countIn(message, data);
        }
        if (ledger != null) {
            ledger.hear(data);
        }
    }

    @Override
    public void onPong(ByteBuf payload) {
        if (pulse != null && tap != null) {
            long roundTrip = pulse.roundTripNanos(System.nanoTime());
            if (roundTrip >= 0) {
                tap.onRoundTrip(roundTrip);
            }
        }
    }

    @Override
    public void onReadComplete() {
        long framing = connection().inboundBytes() - connection().inboundPayloadBytes();
        traffic.inFraming.add(framing - countedIn);
        countedIn = framing;
        if (ledger != null) {
            ledger.settle(connection());
        }
    }

    @Override
    public void onWritabilityChanged(boolean is) {
        isWritable = is;
        fullSinceNanos = is ? 0 : System.nanoTime();
        readOrNot();
        if (is) {
            session().onRoom();
        }
    }

    @Override
    public void read(boolean wanted) {
        isWanted = wanted;
        readOrNot();
    }

    /** A peer is read from as long as its session wants to hear more, and the answers find room. */
    private void readOrNot() {
        WebSocketConnection from = connection();
        if (from.isOpen()) {
            from.channel().config().setAutoRead(isWanted && isWritable && !isLeaving);
        }
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {
        LOG.debug("closed with {} {}", code, clean ? "cleanly" : "without a handshake");
        if (code == CloseCode.MESSAGE_TOO_BIG) {
            hall.counters().messagesTooLarge.increment();
        }
        if (tap != null) {
            tap.onClosed(code, reason, clean);
        }
        if (ledger != null) {
            ledger.settle(connection());
        }
        member.heartbeats().remove(this);
        hall.counters().openOf(Traffic.Transport.WEBSOCKET).decrementAndGet();
        gathered().drop();
        session().onClosed();
    }

    @Override
    public void onClosing(int code, String reason) {
        if (tap != null) {
            tap.onClosing(connection().isOpen());
        }
        if (code == CloseCode.NORMAL) {
            session().onGoodbye();
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        hall.onFailure("a WebSocket", cause);
    }

    // ---- the session's side

    @Override
    public boolean hasRoom() {
        return isWritable
                && connection().isOpen()
                && gathered().size() < hall.settings().outboxBytesMax();
    }

    @Override
    public void deliver(EncodedMessage message) {
        if (!connection().isOpen()) {
            return;
        }
        DeflatedMessages deflate = connection().deflate();
        if (deflate == null) {
            Framings framing = dialect.framing;
            gathered().addShared(message.framed(framing), framing.messageBytes(message), message.dataBytes());
        } else {
            deflates().gather(gathered(), deflate, message);
        }
        flushIfMuch();
    }

    @Override
    public int deliver(EncodedRun run, boolean more) {
        DeflatedMessages deflate = connection().deflate();
        if (deflate != null && !deflates().isShared(deflate, run)) {
            return Wire.super.deliver(run, more); // one by one
        }
        if (!hasRoom()) {
            return 0;
        }
        if (deflate != null) {
            deflates().gather(gathered(), run);
        } else if (more || !sendAtOnce(run)) {
            gathered().addShared(run.framed(dialect.framing), run.messageBytes(dialect.framing), run.dataBytes());
        }
        flushIfMuch();
        return run.size();
    }

    /** Sends a run whose frames others are sent too; false where others were gathered before, or it has no place among what is shared. */
    private boolean sendAtOnce(EncodedRun run) {
        byte[] frames = run.framed(dialect.framing);
        int at = gathered().size() == 0 ? member.turn().share(frames) : -1;
        if (at < 0) {
            return false;
        }
        long message = run.messageBytes(dialect.framing);
        if (member.turn().volley().add(connection(), at, frames.length, (int) message)) {
            countOut(frames.length - message, message, run.dataBytes());
        } else if (connection().sendShared(member.turn().sharedMemory(), at, frames.length, (int) message)) {
            countOut(frames.length - message, message, run.dataBytes());
        }
        return true;
    }

    @Override
    public void send(ServerMessage message) {
        if (!connection().isOpen()) {
            return;
        }
        DeflatedMessages deflate = connection().deflate();
        if (deflate == null) {
            byte[] frame = dialect.frame(message);
            gathered().add(frame, FrameEncoder.payloadBytes(frame), 0);
        } else {
            deflates().gather(gathered(), deflate, message);
        }
        flushIfMuch();
    }

    private LoopDeflates.Member deflates() {
        return hall.deflates().of(connection().channel().eventLoop());
    }

    private void flushIfMuch() {
        if (gathered().size() >= Gathered.WRITE_BYTES) {
            flush();
        }
    }

    private void flush() {
        int size = gathered().size();
        if (size == 0) {
            return;
        }
        long json = gathered().takeJson();
        long data = gathered().takeData();
        long payload = json - gathered().takeSaved();
        long framing = size - payload;
        if (gathered().sendTo(connection(), (int) payload)) {
            countOut(framing, json, data);
        }
    }

    private void countOut(long framing, long json, long data) {
        traffic.outFraming.add(framing);
        traffic.outEnvelope.add(json - data);
        traffic.outData.add(data);
        if (tap != null) {
            tap.countOut(json, data);
        }
        if (ledger != null) {
            ledger.say(framing, json, data);
        }
    }

    @Override
    public void close(Code code, String reason) {
        flush();
        connection().close(code.number(), reason);
    }

    // ---- signs of life

    @Override
    public void onBeat(long nowNanos) {
        if (pulse != null && pulse.onBeat(nowNanos)) {
            hall.counters().heartbeatsMissed.increment();
            close(Code.HEARTBEAT_MISSED, Code.HEARTBEAT_MISSED.wire());
            // A peer that was silent for so long won't answer a close frame either.
            var _ = connection().channel().close();
        } else if (hall.isTooSlow(fullSinceNanos, nowNanos)) {
            session().end(Code.SLOW);
        }
        if (tap != null) {
            tap.onTotals(connection());
        }
        if (ledger != null) {
            ledger.settle(connection());
        }
    }

    @Override
    public boolean onNodeEnds(long afterMillis, boolean isLast) {
        if (!connection().isOpen()) {
            return true;
        }
        isLeaving = true;
        readOrNot();
        if (!isLast && !session().isAnswered()) {
            return false;
        }
        hall.counters().movedOf(Traffic.Transport.WEBSOCKET).increment();
        send(new ServerMessage.Reconnect(afterMillis));
        close(Code.MOVING, Code.MOVING.wire());
        return true;
    }

    @Override
    public long waitingBytes() {
        return Sockets.waitingBytes(connection().channel());
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public void place(int index) {
        place = index;
    }
}
