package dev.carillon.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Netty's own WebSocket codec on its epoll transport; channels are its channel groups. */
public final class NettyPeer {

    private static final int MESSAGE_BYTES_MAX = 1 << 20;
    private static final int BACKLOG = 4096;

    private static final Map<String, ChannelGroup> CHANNELS = new ConcurrentHashMap<>();

    private NettyPeer() {}

    /** Serves until it is killed. */
    public static void main(String[] words) throws InterruptedException {
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        socket.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(65_536))
                                .addLast(new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                                        .websocketPath("/")
                                        .checkStartsWith(true)
                                        .maxFramePayloadLength(MESSAGE_BYTES_MAX)
                                        .build()))
                                .addLast(new Talk());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        Words.sayReady(((InetSocketAddress) server.localAddress()).getPort());
        server.closeFuture().sync();
    }

    private static ChannelGroup readersOf(String channel) {
        return CHANNELS.computeIfAbsent(channel, name -> new DefaultChannelGroup(GlobalEventExecutor.INSTANCE));
    }

    private static final class Talk extends SimpleChannelInboundHandler<TextWebSocketFrame> {

        private boolean isEcho;

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete done) {
                isEcho = done.requestUri().startsWith("/echo");
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
            if (isEcho) {
                context.write(frame.retain());
                return;
            }
            Words.read(frame.text(), new Words.Listener() {
                @Override
                public void onSubscribe(String channel) {
                    readersOf(channel).add(context.channel());
                    context.write(frame.retain());
                }

                @Override
                public void onPublish(String channel, String data) {
                    readersOf(channel).writeAndFlush(new TextWebSocketFrame(data));
                }
            });
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
