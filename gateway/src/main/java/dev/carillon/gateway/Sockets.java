package dev.carillon.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What the kernel knows of a socket's peer (tcp(7), TCP_INFO). */
// What becomes of a close is told by the channel's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Sockets {

    private static final long LINGER_MILLIS = 2000;

    private Sockets() {}

    /**
     * Whether bytes that were sent have gone without an acknowledgement for so long. A peer that doesn't read, but whose
     * kernel answers, is not dead: its window is closed, and nothing that was sent lacks an acknowledgement. Always false
     * where the transport cannot tell.
     */
    static boolean isDead(Channel channel, long silentNanosMax) {
        // A socket that is closed has nothing more to tell, and asking it is an error.
        if (!(channel instanceof EpollSocketChannel socket) || !channel.isOpen()) {
            return false;
        }
        EpollTcpInfo info = socket.tcpInfo();
        return info.unacked() > 0 && Duration.ofMillis(info.lastAckRecv()).toNanos() >= silentNanosMax;
    }

    /** The bytes that wait for the socket to take them. */
    static long waitingBytes(Channel channel) {
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
