package dev.carillon.gateway;

import dev.carillon.websocket.WebSocketConnection;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Whether a peer lives (RFC 6455 §5.5.2, RFC 9113 §6.7). Any inbound byte is a sign of life; a peer that was silent for half a
 * heartbeat is pinged, and one that is silent for a whole one is dead.
 *
 * <p>But one that is busy is not: a peer that reads slowly answers a ping only after all that lies before it. While bytes
 * wait for the socket, or many have gone since the ping, what its kernel acknowledges counts as life too.
 */
abstract class Pulse {

    /** A peer that was sent so much since its ping is busy taking it. */
    private static final long BUSY_BYTES = 64 << 10;

    private final long heartbeatNanos;
    private long seenBytes = -1;
    private long aliveNanos = System.nanoTime();
    /** When the unanswered ping was sent; 0 where there is none. */
    private long pingedNanos;

    private long sentBeforePing;

    Pulse(Duration heartbeat) {
        this.heartbeatNanos = heartbeat.toNanos();
    }

    /** The way to the peer, for what waits there. */
    abstract Channel channel();

    /** All bytes that came. */
    abstract long inboundBytes();

    /** All bytes that were written. */
    abstract long outboundBytes();

    /** Sends a ping. */
    abstract void ask(long now);

    /** Looks at the peer once; true if it is dead. */
    boolean onBeat(long now) {
        if (inboundBytes() != seenBytes) {
            seenBytes = inboundBytes();
            aliveNanos = now;
            pingedNanos = 0;
            return false;
        }
        long silent = now - aliveNanos;
        if (pingedNanos == 0) {
            if (silent >= heartbeatNanos / 2) {
                ping(now);
            }
            return false;
        }
        // The sweep comes ten times a heartbeat: one that is due before the next sweep is due now. And after a pause of
        // our own, whoever was asked only now has time to answer.
        boolean isDue = silent >= heartbeatNanos - heartbeatNanos / Heartbeats.SWEEPS
                && now - pingedNanos >= heartbeatNanos / 4;
        if (isDue && isBusy()) {
            aliveNanos = now;
            pingedNanos = 0;
            return false;
        }
        return isDue;
    }

    /** Asks for a sign of life. */
    void ping(long now) {
        pingedNanos = now;
        sentBeforePing = outboundBytes();
        ask(now);
    }

    /** How long the answer to the newest ping took; −1 where none was asked for. */
    long roundTripNanos(long now) {
        return pingedNanos == 0 ? -1 : now - pingedNanos;
    }

    private boolean isBusy() {
        boolean hasMuchToTake = outboundBytes() - sentBeforePing >= BUSY_BYTES;
        return (hasMuchToTake || Sockets.waitingBytes(channel()) > 0) && !Sockets.isDead(channel(), heartbeatNanos);
    }

    /** Of a WebSocket. */
    static final class OfWebSocket extends Pulse {

        private final WebSocketConnection connection;

        OfWebSocket(WebSocketConnection connection, Duration heartbeat) {
            super(heartbeat);
            this.connection = connection;
        }

        @Override
        Channel channel() {
            return connection.channel();
        }

        @Override
        long inboundBytes() {
            return connection.inboundBytes();
        }

        @Override
        long outboundBytes() {
            return connection.outboundBytes();
        }

        @Override
        void ask(long now) {
            if (connection.ping(ByteBuffer.allocate(Long.BYTES).putLong(now).array())) {
                connection.flush();
            }
        }
    }
}
