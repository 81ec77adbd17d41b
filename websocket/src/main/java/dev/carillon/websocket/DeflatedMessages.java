package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * permessage-deflate on one connection that negotiated it. Owned by the connection's event loop; {@link #close} gives back
 * what it held, and may be called again.
 */
public final class DeflatedMessages implements AutoCloseable {
    private final LoopDeflate loop;
    private final DeflateCounters counters;

    /** No message that is sent may refer further back. */
    private final int windowBits;

    private final boolean keepsContext;

    /** Null once the response holds it: it is needed no more. */
    private @Nullable String answer;

    /** Null where nothing is kept of what goes this way. */
    private final @Nullable Context sent;

    private final @Nullable Context received;
    private boolean isClosed;

    DeflatedMessages(LoopDeflate loop, DeflateAgreement agreement, DeflateCounters counters) {
        this.loop = loop;
        this.counters = counters;
        this.windowBits = agreement.serverWindowBits();
        this.keepsContext = agreement.keepsContext();
        this.answer = agreement.answer();
        this.sent = contextOf(agreement.serverContextBytes());
        this.received = contextOf(agreement.clientContextBytes());
    }

    private @Nullable Context contextOf(int bytes) {
        return bytes == 0 ? null : new Context(bytes, counters.contextBytes);
    }

    /** The value of {@code Sec-WebSocket-Extensions} in the response, which asks for it once. */
    String takeAnswer() {
        String taken = Objects.requireNonNull(answer, "taken already");
        answer = null;
        return taken;
    }

    /**
     * True exactly when {@link LoopDeflate#sharedFrame} of a message of so many bytes may be sent on this connection: nothing
     * in it refers to what this connection was sent before, or further back than its window.
     */
    public boolean takesShared(int payloadBytes) {
        return sent == null && payloadBytes <= 1 << windowBits;
    }

    /**
     * A whole message as one final frame, which must be the next data frame that is sent: what this connection is sent later
     * may refer to it.
     */
    public byte[] frame(Opcode opcode, byte[] payload) {
        byte[] frame = loop.frame(opcode, payload, sent, windowBits);
        if (sent != null && !isClosed && FrameEncoder.isDeflated(frame)) {
            sent.append(payload);
        }
        return frame;
    }

    /** Inflates the next message that came. */
    Inflated inflate(ByteBuf deflated, boolean isText, int bytesMax, ByteBufAllocator allocator) {
        Inflated inflated = loop.inflate(deflated, received, isText, bytesMax, allocator);
        switch (inflated) {
            case Inflated.Message(ByteBuf bytes) -> {
                counters.inDeflated.add(deflated.readableBytes());
                counters.inPlain.add(bytes.readableBytes());
                if (received != null && !isClosed) {
                    received.append(bytes);
                }
            }
            case Inflated.Refused(Refusal why) ->
                (why.code() == CloseCode.MESSAGE_TOO_BIG ? counters.tooLarge : counters.corrupt).increment();
        }
        return inflated;
    }

    DeflateCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        counters.connections.decrementAndGet();
        if (keepsContext) {
            counters.contexts.decrementAndGet();
        }
        if (sent != null) {
            sent.drop();
        }
        if (received != null) {
            received.drop();
        }
    }
}
