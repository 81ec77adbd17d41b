package dev.carillon.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What is known of a connection's socket, which may carry several streams of HTTP/2, and of its peer (tcp(7), TCP_INFO). */
// What becomes of a close is told by the channel's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Sockets {

    /** How long a peer may take to end its direction once ours has ended. */
    static final long LINGER_MILLIS = 2000;

    private Sockets() {}

    /**
     * Whether bytes that were sent have gone without an acknowledgement for so long. A peer that doesn't read, but whose
     * kernel answers, is not dead: its window is closed, and nothing that was sent lacks an acknowledgement. Always false
     * where the transport cannot tell.
     */
    static boolean isDead(Channel channel, long silentNanosMax) {
        Channel below = channel instanceof Http2StreamChannel stream ? stream.parent() : channel;
        // A socket that is closed has nothing more to tell, and asking it is an error.
        if (!(below instanceof EpollSocketChannel socket) || !socket.isOpen()) {
            return false;
        }
        EpollTcpInfo info = socket.tcpInfo();
        return info.unacked() > 0 && Duration.ofMillis(info.lastAckRecv()).toNanos() >= silentNanosMax;
    }

    /**
     * Whether data has gone to the peer within this time, which it does only as the peer takes what went before. Always false
     * for a stream of HTTP/2, and where the transport cannot tell.
     */
    static boolean hasSentWithin(Channel channel, long nanos) {
        return channel instanceof EpollSocketChannel socket
                && socket.isOpen()
                && Duration.ofMillis(socket.tcpInfo().lastDataSent()).toNanos() < nanos;
    }

    /** The bytes that wait for the socket to take them, or for the peer's leave on a stream of HTTP/2. */
    static long waitingBytes(Channel channel) {
        if (channel instanceof Http2StreamChannel stream) {
            WriteBufferWaterMark mark = stream.config().getWriteBufferWaterMark();
            // Either end of the mark tells how far away it is; 1 stands for the byte that crosses it.
            return stream.isWritable()
                    ? Math.max(0, mark.high() + 1 - stream.bytesBeforeUnwritable())
                    : Math.max(1, mark.low() - 1 + stream.bytesBeforeWritable());
        }
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /**
     * Closes a connection whose peer may still be sending: a socket that is closed with unread bytes is reset, which can
     * destroy our last words on their way. So our direction ends first, and the rest after the peer's, or after a while. Over
     * TLS it says so before (RFC 8446 §6.1), or the end could be somebody else's.
     */
    static void linger(Channel channel) {
        if (!(channel instanceof DuplexChannel duplex) || !channel.isActive()) {
            channel.close();
            return;
        }
        channel.eventLoop().schedule((Runnable) channel::close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            duplex.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(_ -> duplex.shutdownOutput());
        }
    }
}
