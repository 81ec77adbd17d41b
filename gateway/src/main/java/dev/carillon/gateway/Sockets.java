package dev.carillon.gateway;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import java.time.Duration;

/** What the kernel knows of a socket's peer (tcp(7), TCP_INFO). */
final class Sockets {

    private Sockets() {}

    /**
     * Whether bytes that were sent have gone without an acknowledgement for so long. A peer that doesn't read, but whose
     * kernel answers, is not dead. Always false where the transport cannot tell.
     */
    static boolean isDead(Channel channel, long silentNanosMax) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return false;
        }
        EpollTcpInfo info = socket.tcpInfo();
        return info.unacked() > 0 && silent(info) >= silentNanosMax;
    }

    /** Whether the peer's kernel has acknowledged something within this time. True where the transport cannot tell. */
    static boolean acknowledgedWithin(Channel channel, long nanos) {
        return !(channel instanceof EpollSocketChannel socket) || silent(socket.tcpInfo()) < nanos;
    }

    private static long silent(EpollTcpInfo info) {
        return Duration.ofMillis(info.lastAckRecv()).toNanos();
    }
}
