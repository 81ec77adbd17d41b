package dev.carillon.bench;

import dev.carillon.websocket.FrameDecoder;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.FrameSink;
import dev.carillon.websocket.Opcode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.CharsetUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket of a {@link Crowd}: shakes hands, subscribes, then answers pings and counts what comes. Owned by the event
 * loop, {@link #send} excepted.
 */
// What becomes of a write is told by the socket's end, which the crowd counts.
@SuppressWarnings("FutureReturnValueIgnored")
final class Client extends ChannelInboundHandlerAdapter implements FrameSink {

    /** No proxy stands between us and our own server, so the key needn't be unpredictable. */
    private static final int MASK = 0x5eed_cafe;

    private static final int HEAD_BYTES_MAX = 4096;
    private static final ByteBuf END_OF_HEAD =
            Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("\r\n\r\n", StandardCharsets.US_ASCII));

    /** Where the type of a server's message begins: it is the first field. */
    private static final int TYPE_AT = 9;

    private final Crowd crowd;
    private @Nullable ChannelHandlerContext context;

    /** The answer to the handshake as far as it has come; null once it is whole. */
    private @Nullable StringBuilder head = new StringBuilder();

    private @Nullable FrameDecoder decoder;
    private boolean isReady;

    Client(Crowd crowd) {
        this.crowd = crowd;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        context = active;
        String request = "GET /live HTTP/1.1\r\nHost: " + crowd.host()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        active.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (head != null) {
                readHead(from, bytes, head);
            }
            if (decoder != null && decoder.decode(bytes) != null) {
                fail(from, "the server sent a frame that is none");
            }
        } finally {
            bytes.release();
        }
    }

    private void readHead(ChannelHandlerContext from, ByteBuf bytes, StringBuilder soFar) {
        int length = ByteBufUtil.indexOf(END_OF_HEAD, bytes);
        int taken = length < 0 ? bytes.readableBytes() : length + END_OF_HEAD.readableBytes();
        soFar.append(bytes.readCharSequence(taken, CharsetUtil.US_ASCII));
        if (length < 0) {
            // A head whose end is split over two reads doesn't happen to a server that writes it at once.
            if (soFar.length() > HEAD_BYTES_MAX) {
                fail(from, "the answer to the handshake has no end");
            }
            return;
        }
        if (soFar.indexOf("HTTP/1.1 101 ") != 0) {
            fail(from, "the handshake was answered with " + soFar.substring(0, soFar.indexOf("\r\n")));
            return;
        }
        head = null;
        decoder = new FrameDecoder(FrameDecoder.Role.CLIENT, 1 << 20, from.alloc(), this, null);
    }

    private void fail(ChannelHandlerContext from, String why) {
        crowd.onFailure(why);
        from.close();
    }

    /** Sends one text message in a frame of its own, in one write with what the caller sends until it flushes. */
    void send(byte[] json) {
        ChannelHandlerContext to = context;
        if (to != null) {
            to.write(Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.TEXT, true, json, MASK)));
        }
    }

    void flush() {
        if (context != null) {
            context.flush();
        }
    }

    @Override
    public void onText(ByteBuf payload) {
        int at = payload.readerIndex() + TYPE_AT;
        if (isReady) {
            // "publication", and not "published" or "pong"
            if (payload.readableBytes() > TYPE_AT + 5 && payload.getByte(at) == 'p' && payload.getByte(at + 5) == 'c') {
                crowd.onDelivery();
            }
            return;
        }
        String json = payload.toString(StandardCharsets.UTF_8);
        byte[] subscribe = crowd.subscribe();
        if (json.startsWith("hello", TYPE_AT) && subscribe != null) {
            send(subscribe);
            flush();
        } else if (json.startsWith("hello", TYPE_AT) || json.startsWith("subscribed", TYPE_AT)) {
            isReady = true;
            crowd.onReady();
        } else if (context != null) {
            fail(context, "the server sent " + json);
        }
    }

    @Override
    public void onBinary(ByteBuf payload) {}

    @Override
    public void onPing(ByteBuf payload) {
        if (context != null) {
            byte[] answer = ByteBufUtil.getBytes(payload);
            context.writeAndFlush(
                    Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(Opcode.PONG, true, answer, MASK)),
                    context.voidPromise());
            crowd.onPing();
        }
    }

    @Override
    public void onPong(ByteBuf payload) {}

    @Override
    public void onClose(int code, String reason) {
        crowd.onFailure("the server closed a connection with " + code + " " + reason);
    }

    @Override
    public void channelInactive(ChannelHandlerContext gone) {
        crowd.onFailure("a connection has ended");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        fail(failed, "a connection failed: " + cause);
    }
}
