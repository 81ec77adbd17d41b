package dev.carillon.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.compression.ZlibCodecFactory;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import java.net.InetSocketAddress;

/** Netty's own WebSocket codec as an echo with compression and whole messages, for the conformance suite. */
public final class NettyEcho {

    private static final int MESSAGE_BYTES_MAX = 16 << 20;
    private static final int LEVEL = 6;
    private static final int WINDOW_BITS = 15;

    private NettyEcho() {}

    /** Serves until it is killed. */
    public static void main(String[] words) throws InterruptedException {
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        socket.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(65_536))
                                .addLast(new WebSocketServerExtensionHandler(deflate()))
                                .addLast(new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                                        .websocketPath("/")
                                        .checkStartsWith(true)
                                        .allowExtensions(true)
                                        .maxFramePayloadLength(MESSAGE_BYTES_MAX)
                                        .build()))
                                .addLast(new WebSocketFrameAggregator(MESSAGE_BYTES_MAX), new Echo());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        Words.sayReady(((InetSocketAddress) server.localAddress()).getPort());
        server.closeFuture().sync();
    }

    /** With all that it can be given: windows as far as its zlib has them, and messages that start anew. */
    private static PerMessageDeflateServerExtensionHandshaker deflate() {
        return new PerMessageDeflateServerExtensionHandshaker(
                LEVEL,
                ZlibCodecFactory.isSupportingWindowSizeAndMemLevel(),
                WINDOW_BITS,
                true,
                false,
                MESSAGE_BYTES_MAX);
    }

    private static final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame message) {
            context.writeAndFlush(message.retain());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
