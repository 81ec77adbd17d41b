package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One open WebSocket, as its owner uses it: sending, closing and counting. Every method must be called on the
 * connection's event loop, {@link #channel} excepted.
 *
 * <p><b>Writing.</b> Nothing that is written is flushed by itself. What is written while a read is being handed on goes
 * out with one flush at its end; at any other time the caller calls {@link #flush}. Nothing is queued here: who writes
 * while {@link Channel#isWritable} is false fills the socket's outbound buffer.
 *
 * <p><b>Closing</b> (RFC 6455 §7) is a state machine, {@link State}. The server is the first to close the TCP connection.
 * After a refusal the peer may still be sending, and closing a socket with unread bytes resets it, which can destroy our
 * close frame on its way; so then only our direction is shut down (over TLS after a {@code close_notify}, RFC 8446 §6.1), and
 * what still comes is discarded until the peer ends its own. A timer exists only while a connection closes.
 *
 * <p><b>Pongs</b> (RFC 6455 §5.5.3): a ping is answered at once while the socket takes bytes. To a peer that pings but
 * does not read, only the newest ping is kept for an answer.
 */
// What becomes of a write or a close is told by the socket's own events, at the latest by the one that it is closed.
@SuppressWarnings("FutureReturnValueIgnored")
public final class WebSocketConnection {
    /** The life of a connection. {@link #become} refuses any step that is not in {@link #STEPS}. */
    enum State {
        /** Both directions are whole. */
        OPEN,
        /** Our close frame is out, the peer's has yet to come. Control frames are still answered. */
        CLOSE_SENT,
        /** Nothing more is read or written; the TCP connection is about to close. */
        ENDING,
        /** The TCP connection is closed. */
        CLOSED
    }

    static final Map<State, Set<State>> STEPS = Map.of(
            State.OPEN, Set.of(State.CLOSE_SENT, State.ENDING, State.CLOSED),
            State.CLOSE_SENT, Set.of(State.ENDING, State.CLOSED),
            State.ENDING, Set.of(State.CLOSED),
            State.CLOSED, Set.of());

    private final ChannelHandlerContext context;
    private final WebSocketListener listener;
    private final WebSocketLimits limits;
    private final FrameDecoder decoder;
    private final @Nullable FrameObserver observer;
    private final @Nullable DeflatedMessages deflate;

    /** What can be sent to past the pipeline; null where it does something to the bytes, or the transport is another. */
    private final @Nullable Socket socket;

    private State state = State.OPEN;

    /** Code and reason of each end's close frame; a code of 0 as long as there was none. */
    private int peerCode;

    private String peerReason = "";
    private int ownCode;
    private String ownReason = "";

    /** The writing of our close frame; null until there is one. */
    private @Nullable ChannelFuture closeFrame;

    /** True exactly when our close frame was given to the operating system. */
    private boolean isCloseFrameOut;

    /** Runs only between our close frame and the end of the TCP connection. */
    private @Nullable Future<?> closeTimer;

    /** The answer to the newest ping that came while the socket took nothing; null otherwise. */
    private @Nullable ByteBuf latePong;

    /** True between the first bytes of a read and its end: flushes wait for that end. */
    private boolean isReading;

    /** True when something was written since the last flush. */
    private boolean isDirty;

    /** False only while nothing lies in the channel's queue; at first there is the answer to the handshake. */
    private boolean mayBeQueued = true;

    /** True exactly while frames of this connection lie in its thread's {@link Cork}. */
    private boolean isCorked;

    private long inboundBytes;
    private long outboundBytes;
    private long outboundPayloadBytes;

    WebSocketConnection(
            ChannelHandlerContext context,
            WebSocketListener listener,
            WebSocketLimits limits,
            FrameDecoder decoder,
            @Nullable FrameObserver observer,
            @Nullable DeflatedMessages deflate) {
        this.context = context;
        this.listener = listener;
        this.limits = limits;
        this.decoder = decoder;
        this.observer = observer;
        this.deflate = deflate;
        this.socket = DirectSend.socketOf(context);
        if (socket != null) {
            ReadBuffer.share(context.channel());
        }
    }

    /** The socket below, for its addresses, options, writability and event loop. May be called from any thread. */
    public Channel channel() {
        return context.channel();
    }

    /** True until a closing handshake begins or the peer is gone. */
    public boolean isOpen() {
        return state == State.OPEN;
    }

    /**
     * Writes one text message.
     *
     * @param utf8 valid UTF-8, which is not checked; copied
     * @return false when the connection is not open, and nothing was written
     */
    public boolean sendText(byte[] utf8) {
        return send(Opcode.TEXT, utf8);
    }

    /** Writes one binary message; false when the connection is not open, and nothing was written. */
    public boolean sendBinary(byte[] payload) {
        return send(Opcode.BINARY, payload);
    }

    /** Writes one text message of valid UTF-8, which is not checked; its indexes do not move. False as for bytes. */
    public boolean sendText(ByteBuf utf8) {
        return send(Opcode.TEXT, utf8);
    }

    /** Writes one binary message; its indexes do not move. False when the connection is not open. */
    public boolean sendBinary(ByteBuf payload) {
        return send(Opcode.BINARY, payload);
    }

    /**
     * Writes a ping; the pong comes to {@link WebSocketListener#onPong} with the same payload.
     *
     * @param payload at most 125 bytes
     * @return false when the connection is not open, and nothing was written
     */
    public boolean ping(byte[] payload) {
        if (payload.length > FrameDecoder.CONTROL_BYTES_MAX) {
            throw new IllegalArgumentException("a ping of " + payload.length + " bytes, allowed are 125");
        }
        return send(Opcode.PING, payload);
    }

    /** What this connection does with permessage-deflate; null where that was not negotiated. */
    public @Nullable DeflatedMessages deflate() {
        return deflate;
    }

    /**
     * Writes whole unmasked frames as they are, and reads their headers to count framing and payload apart.
     *
     * @param frames becomes the socket's to release, in any case; pass a retained duplicate of shared frames
     * @return false when the connection is not open, and nothing was written
     */
    public boolean write(ByteBuf frames) {
        return write(frames, EncodedFrames.payloadBytes(frames));
    }

    /**
     * As {@link #write(ByteBuf)} for a caller that knows the count, so that no header is read.
     *
     * @param payloadBytes how many bytes of {@code frames} are payload of data frames
     */
    public boolean write(ByteBuf frames, int payloadBytes) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN) {
            frames.release();
            return false;
        }
        outboundPayloadBytes += payloadBytes;
        writeFrames(frames);
        return true;
    }

    /**
     * As {@link #write(ByteBuf, int)}, and sends it; within a read, at its end.
     *
     * @param frames becomes the socket's to release, in any case
     */
    public boolean send(ByteBuf frames, int payloadBytes) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN) {
            frames.release();
            return false;
        }
        outboundPayloadBytes += payloadBytes;
        outboundBytes += frames.readableBytes();
        EncodedFrames.show(frames, observer);
        frames.skipBytes(sendPast(frames, frames.readerIndex(), frames.readableBytes()));
        if (frames.isReadable()) {
            put(frames);
            flush();
        } else {
            frames.release();
        }
        return true;
    }

    /**
     * As {@link #send(ByteBuf, int)} for frames that others are sent too.
     *
     * @param memory is read within this call only, and stays the caller's
     */
    public boolean sendShared(ByteBuf memory, int at, int length, int payloadBytes) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN) {
            return false;
        }
        outboundPayloadBytes += payloadBytes;
        outboundBytes += length;
        if (observer != null) {
            EncodedFrames.show(memory.slice(at, length), observer);
        }
        int sent = sendPast(memory, at, length);
        if (sent < length) {
            put(context.alloc().directBuffer(length - sent).writeBytes(memory, at + sent, length - sent));
            flush();
        }
        return true;
    }

    /** Counts frames as written that its caller is about to send past the pipeline, and tells where to; null where they can't be. */
    @Nullable
    Socket promise(int length, int payloadBytes) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN || socket == null || isDirty || isReading || observer != null) {
            return null;
        }
        if (mayBeQueued) {
            mayBeQueued = DirectSend.isQueued(channel());
            if (mayBeQueued) {
                return null;
            }
        }
        outboundPayloadBytes += payloadBytes;
        outboundBytes += length;
        return socket;
    }

    /** What is left of frames that were {@link #promise promised}, and not sent. */
    void sendRest(ByteBuf memory, int at, int length) {
        put(context.alloc().directBuffer(length).writeBytes(memory, at, length));
        flush();
    }

    /** Ends the TCP connection: what of {@link #promise promised} frames was sent is not known, so nothing can follow. */
    void abandon() {
        context.close();
    }

    /** Sends what can be sent past the pipeline without overtaking anything; returns how many bytes. */
    private int sendPast(ByteBuf memory, int at, int length) {
        if (socket == null || isDirty || isReading) {
            return 0;
        }
        if (mayBeQueued) {
            mayBeQueued = DirectSend.isQueued(channel());
        }
        return mayBeQueued ? 0 : DirectSend.send(socket, memory, at, length);
    }

    /** Sends what was written; within a read, at its end. */
    public void flush() {
        assert context.executor().inEventLoop();
        if (isReading) {
            return;
        }
        uncork();
        if (isDirty) {
            isDirty = false;
            context.flush();
        }
    }

    /**
     * Begins the closing handshake: sends our close frame, waits for the peer's up to the limit, then closes the TCP
     * connection. Does nothing unless the connection is open.
     *
     * @param code a code that may be sent ({@link CloseCode#mayBeSent}), or {@link CloseCode#NO_CODE} for none
     * @param reason cut to 123 bytes of UTF-8 at a code point border
     */
    public void close(int code, String reason) {
        assert context.executor().inEventLoop();
        byte[] payload = FrameEncoder.closePayload(code, reason);
        if (state != State.OPEN) {
            return;
        }
        sendClose(payload, code, reason);
        become(State.CLOSE_SENT, "closed by its owner");
        boundClosing();
        listener.onClosing(code, reason);
    }

    /** All bytes that came since the upgrade. Any inbound byte counts as life, so who asks for life samples this. */
    public long inboundBytes() {
        return inboundBytes;
    }

    /** Whole frames that came, control frames included. */
    public long inboundFrames() {
        return decoder.frames();
    }

    /** Payload of data frames that came. The rest of {@link #inboundBytes} was framing, control frames included. */
    public long inboundPayloadBytes() {
        return decoder.payloadBytes();
    }

    /** All bytes written since the upgrade, flushed or not. */
    public long outboundBytes() {
        return outboundBytes;
    }

    /** Payload of data frames written. The rest of {@link #outboundBytes} was framing, control frames included. */
    public long outboundPayloadBytes() {
        return outboundPayloadBytes;
    }

    /** True when bytes that come are to be decoded. */
    boolean isListening() {
        return state == State.OPEN || state == State.CLOSE_SENT;
    }

    void onBytes(int bytes) {
        isReading = true;
        inboundBytes += bytes;
    }

    void onReadComplete() {
        try {
            if (state == State.OPEN) {
                listener.onReadComplete();
            }
        } finally {
            isReading = false;
            flush();
        }
    }

    void onWritabilityChanged() {
        boolean isWritable = channel().isWritable();
        if (isWritable && isListening()) {
            sendLatePong();
        }
        if (state == State.OPEN) {
            listener.onWritabilityChanged(isWritable);
        }
    }

    void onPing(ByteBuf payload) {
        if (state == State.OPEN) {
            listener.onPing(payload);
        }
        if (!isListening()) {
            return;
        }
        dropLatePong();
        if (channel().isWritable()) {
            writeFrame(Opcode.PONG, payload);
        } else {
            latePong = FrameEncoder.frame(context.alloc(), Opcode.PONG, payload);
        }
    }

    /** RFC 6455 §5.5.1: answers with the peer's own code and reason, unless this is the answer to ours. */
    void onPeerClose(int code, String reason) {
        peerCode = code;
        peerReason = reason;
        boolean isAnswer = state == State.CLOSE_SENT;
        if (!isAnswer) {
            sendClose(FrameEncoder.closePayload(code, reason), code, reason);
        }
        become(State.ENDING, "closed by the peer");
        boundClosing();
        if (isAnswer) {
            context.close();
            return;
        }
        try {
            listener.onClosing(code, reason);
        } finally {
            endWhenCloseFrameIsOut(false);
        }
    }

    /** Fails the connection (RFC 6455 §7.1.7). */
    void fail(int code, String reason) {
        if (!isListening()) {
            return;
        }
        boolean wasOpen = state == State.OPEN;
        if (wasOpen) {
            sendClose(FrameEncoder.closePayload(code, reason), code, reason);
        }
        become(State.ENDING, reason);
        boundClosing();
        try {
            if (wasOpen) {
                listener.onClosing(code, reason);
            }
        } finally {
            endWhenCloseFrameIsOut(true);
        }
    }

    /** The TCP connection is gone. Only the first call counts. */
    void onGone() {
        if (state == State.CLOSED) {
            return;
        }
        become(State.CLOSED, "the socket is closed");
        dropLatePong();
        if (isCorked) {
            isCorked = false;
            Cork.ofThread().close();
        }
        Future<?> timer = closeTimer;
        closeTimer = null;
        if (timer != null) {
            timer.cancel(false);
        }
        if (peerCode != 0) {
            listener.onClosed(peerCode, peerReason, isCloseFrameOut);
        } else if (ownCode != 0) {
            listener.onClosed(ownCode, ownReason, false);
        } else {
            listener.onClosed(CloseCode.ABNORMAL, "", false);
        }
    }

    private boolean send(Opcode opcode, byte[] payload) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN) {
            return false;
        }
        if (deflate != null && !opcode.isControl()) {
            sendDeflated(deflate, opcode, payload);
            return true;
        }
        if (!opcode.isControl()) {
            outboundPayloadBytes += payload.length;
        }
        writeFrames(FrameEncoder.frame(context.alloc(), opcode, payload));
        return true;
    }

    private void sendDeflated(DeflatedMessages by, Opcode opcode, byte[] payload) {
        byte[] frame = by.frame(opcode, payload);
        int payloadBytes = FrameEncoder.payloadBytes(frame);
        outboundPayloadBytes += payloadBytes;
        if (FrameEncoder.isDeflated(frame)) {
            by.counters().sent(payload.length, payloadBytes);
        }
        writeFrames(context.alloc().buffer(frame.length).writeBytes(frame));
    }

    private boolean send(Opcode opcode, ByteBuf payload) {
        assert context.executor().inEventLoop();
        if (state != State.OPEN) {
            return false;
        }
        if (deflate != null) {
            sendDeflated(deflate, opcode, ByteBufUtil.getBytes(payload));
            return true;
        }
        outboundPayloadBytes += payload.readableBytes();
        writeFrame(opcode, payload);
        return true;
    }

    /** Writes a frame: within a read to the cork, as long as all that was written in it lies there. */
    private void writeFrame(Opcode opcode, ByteBuf payload) {
        if (isReading && socket != null && !isDirty && observer == null) {
            int bytes = FrameEncoder.headerBytes(payload.readableBytes()) + payload.readableBytes();
            ByteBuf cork = Cork.ofThread().open(this, bytes);
            if (cork != null) {
                FrameEncoder.writeFrame(cork, opcode, payload);
                outboundBytes += bytes;
                isCorked = true;
                return;
            }
        }
        writeFrames(FrameEncoder.frame(context.alloc(), opcode, payload));
    }

    /** Sends what is corked, which was written before whatever is written next. */
    private void uncork() {
        if (!isCorked) {
            return;
        }
        isCorked = false;
        Cork cork = Cork.ofThread();
        ByteBuf memory = cork.memory();
        int length = memory.readableBytes();
        try {
            int sent = sendPast(memory, 0, length);
            if (sent < length) {
                put(context.alloc().directBuffer(length - sent).writeBytes(memory, sent, length - sent));
            }
        } finally {
            cork.close();
        }
    }

    private void writeFrames(ByteBuf frames) {
        outboundBytes += frames.readableBytes();
        EncodedFrames.show(frames, observer);
        put(frames);
    }

    private void put(ByteBuf bytes) {
        uncork();
        isDirty = true;
        mayBeQueued = true;
        context.write(bytes, context.voidPromise());
    }

    private void sendClose(byte[] payload, int code, String reason) {
        dropLatePong();
        uncork();
        ownCode = code;
        ownReason = reason;
        ByteBuf frame = FrameEncoder.frame(context.alloc(), Opcode.CLOSE, payload);
        outboundBytes += frame.readableBytes();
        EncodedFrames.show(frame, observer);
        isDirty = false;
        mayBeQueued = true;
        closeFrame = context.writeAndFlush(frame);
        closeFrame.addListener(sent -> isCloseFrameOut = sent.isSuccess());
    }

    private void endWhenCloseFrameIsOut(boolean peerMayStillSend) {
        ChannelFuture sent = closeFrame;
        if (sent == null) {
            context.close();
            return;
        }
        sent.addListener((ChannelFutureListener) done -> {
            if (peerMayStillSend && done.isSuccess() && channel() instanceof DuplexChannel duplex) {
                endOutput(duplex);
            } else {
                context.close();
            }
        });
    }

    private void endOutput(DuplexChannel duplex) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls == null) {
            duplex.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(_ -> duplex.shutdownOutput());
        }
    }

    /** Reads on, whatever the owner had set, so that the peer's end is seen, and bounds the wait for it. */
    private void boundClosing() {
        if (!channel().isActive()) {
            return;
        }
        channel().config().setAutoRead(true);
        if (closeTimer == null) {
            closeTimer = context.executor()
                    .schedule((Runnable) context::close, limits.closeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void sendLatePong() {
        ByteBuf pong = latePong;
        latePong = null;
        if (pong != null) {
            writeFrames(pong);
            flush();
        }
    }

    private void dropLatePong() {
        ByteBuf pong = latePong;
        latePong = null;
        if (pong != null) {
            pong.release();
        }
    }

    private void become(State next, String why) {
        if (!STEPS.getOrDefault(state, Set.of()).contains(next)) {
            throw new IllegalStateException("a connection that is " + state + " cannot become " + next + ": " + why);
        }
        state = next;
    }
}
