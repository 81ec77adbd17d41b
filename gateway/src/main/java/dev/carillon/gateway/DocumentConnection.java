package dev.carillon.gateway;

import dev.carillon.documents.Decoded;
import dev.carillon.documents.PeerMessage;
import dev.carillon.documents.PeerWriter;
import dev.carillon.engine.Decisions;
import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.CloseCode;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.WebSocketConnection;
import dev.carillon.websocket.WebSocketListener;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket on which a document is spoken of, as y-websocket does. It has a session for who it is and how long that holds, and subscribes to nothing. Owned by the event loop; what
 * {@link DocumentPeer} has comes from the document's.
 *
 * <p><b>Bounds.</b> A peer is not read from while {@link #OUTSTANDING_BYTES_MAX} of what it said wait for the document or the disk, nor while it doesn't read itself. What others change is not kept for
 * one that doesn't read: it is behind, and brought up by a difference once there is room.
 */
final class DocumentConnection implements DocumentPeer, Wire, WebSocketListener, Heartbeats.Beating {

    /** What a message has beside the update in it. */
    static final int MESSAGE_HEAD_BYTES_MAX = 64;

    private static final int OUTSTANDING_BYTES_MAX = 256 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(DocumentConnection.class);

    private final Hall hall;
    private final Documents documents;
    private final EventLoops.Member member;
    private final Opening opening;
    private final Traffic traffic;

    private @Nullable WebSocketConnection connection;
    private @Nullable Session session;
    private @Nullable Gathered gathered;
    private @Nullable Pulse pulse;

    /** Set before it joins the document, and not afterwards. */
    private boolean mayWrite;
    /** What came before it joined: no more than one read brings. Null since it did. */
    private @Nullable List<byte[]> early = new ArrayList<>();

    private long outstandingBytes;
    private boolean isWritable = true;
    private boolean isPaused;
    private boolean isLeaving;
    private long fullSinceNanos;

    /** True while it is not told what others change: until it was sent all that it lacks. */
    private boolean isBehind = true;
    /** True once it was sent all that it lacked. */
    private boolean wasBroughtUp;
    /** True while the document was asked for what it lacks. */
    private boolean isAsking;

    private long saved;
    private @Nullable String toldEpoch;
    private long countedIn;
    private int place;

    /**
     * What opens with the connection.
     *
     * @param epoch which document it has known under this name; null where it doesn't say
     * @param wantsReceipts whether it is told what is kept
     */
    record Opening(
            ChannelName channel,
            Principal principal,
            @Nullable String epoch,
            boolean wantsReceipts) {}

    DocumentConnection(Hall hall, EventLoops.Member member, Opening opening) {
        this.hall = hall;
        this.documents = hall.documents();
        this.member = member;
        this.opening = opening;
        this.traffic = hall.counters().traffic(Traffic.Transport.WEBSOCKET);
    }

    private WebSocketConnection connection() {
        return Objects.requireNonNull(connection, "not open yet");
    }

    private Session session() {
        return Objects.requireNonNull(session, "not open yet");
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
        Session begun = new Session(hall.node(), member.loop(), this, Hall.newSessionId(), opening.principal());
        session = begun;
        member.heartbeats().add(this);
        hall.counters().openOf(Traffic.Transport.WEBSOCKET).incrementAndGet();
        documents.counters().peers.incrementAndGet();
        readOrNot();
        begun.greet(hall.settings().heartbeat().toMillis());
        begun.ask(Permission.SUBSCRIBE, opening.channel(), this::onMayRead);
    }

    private void onMayRead(Decisions.Verdict verdict) {
        if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
            hall.counters().refused(code);
            close(code, message);
            return;
        }
        session().ask(Permission.PUBLISH, opening.channel(), write -> {
            mayWrite = !(write instanceof Decisions.Verdict.Refuse);
            join();
        });
    }

    private void join() {
        List<byte[]> waiting = early;
        if (waiting == null || !connection().isOpen()) {
            return;
        }
        early = null;
        documents.join(opening.channel(), this, opening.epoch());
        waiting.forEach(this::onMessage);
        readOrNot();
    }

    @Override
    public void onText(ByteBuf payload) {
        onMalformed("a text message");
    }

    @Override
    public void onBinary(ByteBuf payload) {
        byte[] bytes = new byte[payload.readableBytes()];
        payload.readBytes(bytes);
        traffic.inData.add(bytes.length);
        if (early != null) {
            early.add(bytes);
        } else {
            onMessage(bytes);
        }
    }

    private void onMessage(byte[] bytes) {
        if (!connection().isOpen()) {
            return;
        }
        long waitMillis = session().countMillis();
        if (waitMillis > 0 && !isPaused) {
            pause(waitMillis);
        }
        switch (PeerMessage.decode(bytes)) {
            case Decoded.Read<PeerMessage>(PeerMessage message) -> {
                outstandingBytes += bytes.length;
                readOrNot();
                obey(message, bytes.length);
            }
            case Decoded.Malformed<PeerMessage>(String reason) -> onMalformed(reason);
        }
    }

    private void onMalformed(String reason) {
        LOG.debug("{} is sent {}", opening.channel().value(), reason);
        documents.counters().malformed.increment();
        close(Code.MALFORMED, Code.MALFORMED.wire());
    }

    private void obey(PeerMessage message, int bytes) {
        ChannelName channel = opening.channel();
        switch (message) {
            case PeerMessage.Has has -> documents.at(channel, document -> document.onHas(this, has.vector(), bytes));
            case PeerMessage.Changes changes ->
                documents.at(channel, document -> document.onChanges(this, changes.update(), bytes));
            case PeerMessage.Seed seed ->
                documents.at(channel, document -> document.onSeed(this, seed.update(), bytes));
            case PeerMessage.Awareness awareness ->
                documents.at(channel, document -> document.onEntries(this, awareness.entries(), bytes));
            case PeerMessage.WhoIsThere _ -> documents.at(channel, document -> document.onWhoIsThere(this, bytes));
            case PeerMessage.Unknown _ -> close(Code.UNKNOWN_TYPE, Code.UNKNOWN_TYPE.wire());
        }
    }

    /** One that says too much is not read from for a while: what it said is a part of a document, and can't be refused. */
    private void pause(long millis) {
        isPaused = true;
        readOrNot();
        var _ = connection()
                .channel()
                .eventLoop()
                .schedule(
                        () -> {
                            isPaused = false;
                            readOrNot();
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    private void readOrNot() {
        WebSocketConnection from = connection();
        if (from.isOpen()) {
            boolean wants = early == null && isWritable && !isPaused && !isLeaving;
            from.channel().config().setAutoRead(wants && outstandingBytes < OUTSTANDING_BYTES_MAX);
        }
    }

    @Override
    public void onReadComplete() {
        long framing = connection().inboundBytes() - connection().inboundPayloadBytes();
        traffic.inFraming.add(framing - countedIn);
        countedIn = framing;
    }

    @Override
    public void onWritabilityChanged(boolean is) {
        isWritable = is;
        fullSinceNanos = is ? 0 : System.nanoTime();
        readOrNot();
        askForRest();
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {
        if (code == CloseCode.MESSAGE_TOO_BIG) {
            hall.counters().messagesTooLarge.increment();
        }
        member.heartbeats().remove(this);
        hall.counters().openOf(Traffic.Transport.WEBSOCKET).decrementAndGet();
        documents.counters().peers.decrementAndGet();
        gathered().drop();
        session().onClosed();
        documents.at(opening.channel(), document -> document.leave(this));
    }

    @Override
    public void onFailure(Throwable cause) {
        hall.onFailure("a WebSocket of a document", cause);
    }

    // ---- the document's side

    @Override
    public boolean mayWrite() {
        return mayWrite;
    }

    @Override
    public @Nullable String user() {
        return session().principal().name();
    }

    private void post(Runnable task) {
        member.loop().mailbox().post(() -> {
            if (connection().isOpen()) {
                task.run();
            }
        });
    }

    @Override
    public void send(byte[] frame) {
        post(() -> write(frame));
    }

    @Override
    public void sendChanges(byte[] frame) {
        post(() -> {
            if (isBehind) {
                return;
            }
            if (isWritable && gathered().size() < hall.settings().outboxBytesMax()) {
                write(frame);
            } else {
                isBehind = true;
                documents.counters().behind.increment();
            }
        });
    }

    @Override
    public void bringUp(byte[] frame) {
        post(() -> {
            isBehind = false;
            wasBroughtUp = true;
            isAsking = false;
            write(frame);
        });
    }

    /** Asks for what was not sent while there was no room. */
    private void askForRest() {
        if (isBehind && wasBroughtUp && isWritable && !isAsking) {
            isAsking = true;
            documents.at(opening.channel(), document -> document.onRoom(this));
        }
    }

    @Override
    public void onTaken(int bytes) {
        post(() -> {
            outstandingBytes -= bytes;
            readOrNot();
        });
    }

    @Override
    public void onSaved() {
        post(() -> {
            saved++;
            if (opening.wantsReceipts()) {
                write(FrameEncoder.binaryFrame(PeerWriter.saved(saved)));
            }
        });
    }

    @Override
    public void onDenied(String why) {
        send(FrameEncoder.binaryFrame(PeerWriter.denied(why)));
    }

    @Override
    public void onEpoch(@Nullable String epoch) {
        post(() -> {
            if (epoch != null && !epoch.equals(toldEpoch)) {
                toldEpoch = epoch;
                if (opening.wantsReceipts()) {
                    write(FrameEncoder.binaryFrame(PeerWriter.epoch(epoch)));
                }
            }
        });
    }

    @Override
    public void end(Code code, String why) {
        post(() -> close(code, why));
    }

    private void write(byte[] frame) {
        int payload = FrameEncoder.payloadBytes(frame);
        gathered().addShared(frame, payload, payload);
        if (gathered().size() >= Gathered.WRITE_BYTES) {
            flush();
        }
    }

    private void flush() {
        int size = gathered().size();
        if (size > 0) {
            long payload = gathered().takeJson();
            long data = gathered().takeData();
            if (gathered().sendTo(connection(), (int) payload)) {
                traffic.outFraming.add(size - payload);
                traffic.outData.add(data);
            }
        }
        askForRest();
    }

    // ---- the session's side

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void deliver(EncodedMessage message) {
        throw new IllegalStateException("nothing is subscribed to");
    }

    @Override
    public void send(ServerMessage message) {
        // What a session says has no words in y-protocols, but for its end.
    }

    @Override
    public void read(boolean wanted) {
        // Nothing is asked of the session that it would have to wait for.
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
    }

    @Override
    public boolean onNodeEnds(long afterMillis, boolean isLast) {
        if (!connection().isOpen()) {
            return true;
        }
        isLeaving = true;
        readOrNot();
        if (!isLast && outstandingBytes > 0) {
            return false;
        }
        hall.counters().movedOf(Traffic.Transport.WEBSOCKET).increment();
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
