package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandler;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One {@code send(2)} from memory, past the pipeline and its queue of outbound buffers, which cost about as much again as
 * all else that a small message costs outside the kernel. Only where nothing is queued before it; what the kernel does not
 * take goes the long way, and so does every failure.
 */
final class DirectSend {

    private DirectSend() {}

    /** The socket, where the bytes that are written behind this handler are the bytes on the wire; null elsewhere. */
    static @Nullable Socket socketOf(ChannelHandlerContext context) {
        for (Map.Entry<String, ChannelHandler> handler : context.pipeline()) {
            if (handler.getValue() instanceof ChannelOutboundHandler) {
                return null;
            }
        }
        return context.channel() instanceof UnixChannel unix && unix.fd() instanceof Socket socket ? socket : null;
    }

    /** Whether bytes that were written before wait in the channel, or it is closed. */
    static boolean isQueued(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null || queue.totalPendingWriteBytes() > 0;
    }

    /** Where direct memory begins, for a kernel that reads it. */
    static long addressOf(ByteBuf memory) {
        return memory.hasMemoryAddress()
                ? memory.memoryAddress()
                : MemorySegment.ofBuffer(memory.internalNioBuffer(0, memory.capacity()))
                        .address();
    }

    /** Sends what can be sent now, to a socket without a queue; returns how many bytes. On the event loop. */
    static int send(Socket socket, ByteBuf memory, int at, int length) {
        if (!memory.isDirect() || !socket.isOpen()) {
            return 0;
        }
        try {
            if (memory.hasMemoryAddress()) {
                return socket.sendAddress(memory.memoryAddress(), at, at + length);
            }
            ByteBuffer bytes = memory.internalNioBuffer(at, length);
            return socket.send(bytes, bytes.position(), bytes.limit());
        } catch (IOException e) {
            return 0; // the long way meets it again, and knows what to do
        }
    }
}
