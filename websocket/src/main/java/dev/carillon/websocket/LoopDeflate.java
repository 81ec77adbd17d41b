package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * permessage-deflate (RFC 7692) on one event loop: the one deflater and the one inflater that all its connections use, each
 * made when it is first needed. Owned by the loop.
 */
public final class LoopDeflate implements AutoCloseable {
    private final DeflateSettings settings;
    private final DeflateCounters counters;
    private @Nullable MessageDeflater deflater;
    private @Nullable MessageInflater inflater;

    /**
     * @param counters those of all loops: they also bound how many connections keep context
     */
    public LoopDeflate(DeflateSettings settings, DeflateCounters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * Agrees to the first valid offer among those of a handshake.
     *
     * @return what the connection then needs, which its {@link WebSocketHandler} closes; null where there is nothing to agree to
     */
    public @Nullable DeflatedMessages agree(List<ExtensionOffer> offers) {
        DeflateOffer offer = settings.mode() == DeflateSettings.Mode.OFF ? null : DeflateOffer.firstOf(offers);
        if (offer == null) {
            return null;
        }
        DeflateAgreement agreement = DeflateAgreement.withoutContext(offer);
        if (settings.mode() == DeflateSettings.Mode.DEDICATED) {
            DeflateAgreement wanted = DeflateAgreement.withContext(offer, settings);
            if (!wanted.keepsContext() || takeContext()) {
                agreement = wanted;
            }
        }
        counters.connections.incrementAndGet();
        return new DeflatedMessages(this, agreement, counters);
    }

    private boolean takeContext() {
        if (counters.contexts.incrementAndGet() <= settings.contextsMax()) {
            return true;
        }
        counters.contexts.decrementAndGet();
        counters.contextsRefused.increment();
        return false;
    }

    /**
     * A whole message as one final frame for every connection that keeps no context of what it is sent and whose window it
     * fits ({@link DeflatedMessages#takesShared}): deflated by itself, or as it is where that gains nothing.
     */
    public byte[] sharedFrame(Opcode opcode, byte[] payload) {
        return frame(opcode, payload, null, DeflateSettings.WINDOW_BITS_MAX);
    }

    /** A whole message as one final frame, deflated where it is worth it. */
    byte[] frame(Opcode opcode, byte[] payload, @Nullable Context before, int windowBits) {
        if (payload.length == 0 || payload.length < settings.thresholdBytes()) {
            return FrameEncoder.frame(opcode, payload);
        }
        MessageDeflater by = deflater;
        if (by == null) {
            by = new MessageDeflater(settings.level());
            deflater = by;
        }
        int bytes = by.deflate(payload, before, windowBits);
        byte[] frame = bytes == MessageDeflater.NO_GAIN
                ? FrameEncoder.frame(opcode, payload)
                : FrameEncoder.deflatedFrame(opcode, by.out(), bytes);
        by.trim();
        return frame;
    }

    Inflated inflate(
            ByteBuf deflated, @Nullable Context before, boolean isText, int bytesMax, ByteBufAllocator allocator) {
        MessageInflater by = inflater;
        if (by == null) {
            by = new MessageInflater();
            inflater = by;
        }
        return by.inflate(deflated, before, isText, bytesMax, allocator);
    }

    /** Frees zlib's memory; a message that still goes through makes it anew. */
    @Override
    public void close() {
        MessageDeflater oldDeflater = deflater;
        deflater = null;
        if (oldDeflater != null) {
            oldDeflater.close();
        }
        MessageInflater oldInflater = inflater;
        inflater = null;
        if (oldInflater != null) {
            oldInflater.close();
        }
    }
}
