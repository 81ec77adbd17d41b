package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An echo over real sockets on the loopback address, against the JDK's client and against bare bytes. */
@Timeout(30)
class RealPeersTest {
    private static final int LIMIT = 1 << 20;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<String> serverHeard = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> clientHeard = new LinkedBlockingQueue<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private @Nullable Channel server;

    @BeforeEach
    void listen() throws Exception {
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        HttpServerCodec codec = new HttpServerCodec();
                        socket.pipeline().addLast(codec, new Router(codec));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    @Test
    void theJdksClientEchoesPingsAndCloses() throws Exception {
        WebSocket client = connect();
        assertThat(client.getSubprotocol()).isEqualTo("carillon.v1");
        client.sendText("κόσμε 𝄞", true).join();
        assertThat(nextOf(clientHeard)).isEqualTo("text κόσμε 𝄞");

        client.sendText("split ", false).join();
        client.sendPing(ByteBuffer.wrap(new byte[] {1, 2})).join();
        client.sendText("message", true).join();
        assertThat(nextOf(clientHeard)).isEqualTo("pong 0102");
        assertThat(nextOf(clientHeard)).isEqualTo("text split message");

        client.sendClose(1000, "User navigated away").join();
        assertThat(nextOf(clientHeard)).isEqualTo("close 1000 User navigated away");
        assertThat(nextOf(serverHeard)).isEqualTo("closed 1000 User navigated away true");
    }

    @Test
    void aLargeMessageComesBackWhole() throws Exception {
        WebSocket client = connect();
        byte[] large = "0123456789abcdef".repeat(LIMIT / 16).getBytes(UTF_8);
        client.sendBinary(ByteBuffer.wrap(large), true).join();
        assertThat(nextOf(clientHeard)).isEqualTo("binary " + ByteBufUtil.hexDump(large));
        client.abort();
        assertThat(nextOf(serverHeard)).isEqualTo("closed 1006  false");
    }

    @Test
    void theServersCloseIsAnsweredByTheJdksClient() throws Exception {
        WebSocket client = connect();
        client.sendText("close me", true).join();
        assertThat(nextOf(clientHeard)).isEqualTo("close 4000 as you wish");
        assertThat(nextOf(serverHeard)).isEqualTo("closed 4000  true");
    }

    @Test
    void aCloseFrameReachesAPeerThatIsStillSending() throws Exception {
        try (Socket peer = rawUpgrade()) {
            OutputStream out = peer.getOutputStream();
            byte[] tooBig = FrameEncoder.maskedFrame(Opcode.BINARY, true, new byte[4 * LIMIT], 7);
            try {
                out.write(tooBig); // more than the socket buffers hold: refused long before its end
            } catch (IOException e) {
                throw new AssertionError("the server reset the connection instead of discarding", e);
            }
            byte[] reply = peer.getInputStream().readAllBytes();
            assertThat(ByteBufUtil.hexDump(reply)).startsWith("88").contains("03f1");
        }
        assertThat(nextOf(serverHeard)).startsWith("closed 1009").endsWith("false");
    }

    private WebSocket connect() {
        URI address = URI.create("ws://127.0.0.1:" + port() + "/live");
        return http.newWebSocketBuilder()
                .subprotocols("carillon.v1", "other")
                .buildAsync(address, new Heard())
                .join();
    }

    private Socket rawUpgrade() throws IOException {
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), port());
        peer.setSoTimeout(20_000);
        peer.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                        .getBytes(ISO_8859_1));
        InputStream in = peer.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        assertThat(head).startsWith("HTTP/1.1 101 ");
        return peer;
    }

    private int port() {
        Channel listening = server;
        if (listening == null) {
            throw new AssertionError("not listening");
        }
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private static String nextOf(BlockingQueue<String> heard) throws InterruptedException {
        String line = heard.poll(20, TimeUnit.SECONDS);
        return line == null ? "nothing" : line;
    }

    private final class Router extends ChannelInboundHandlerAdapter {
        private final HttpServerCodec codec;

        private Router(HttpServerCodec codec) {
            this.codec = codec;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request
                    && Handshake.check(request, List.of("carillon.v1")) instanceof Handshake.Accepted accepted) {
                WebSocketLimits limits = new WebSocketLimits(LIMIT, Duration.ofSeconds(10));
                WebSocketHandler.upgrade(context.pipeline(), codec, accepted, new WebSocketHandler(limits, new Echo()));
            }
            ReferenceCountUtil.release(message);
        }
    }

    private final class Echo extends RecordingListener {
        @Override
        public void onText(ByteBuf payload) {
            String text = payload.toString(UTF_8);
            if (text.equals("close me")) {
                connection().close(4000, "as you wish");
            } else {
                connection().sendText(text.getBytes(UTF_8));
            }
        }

        @Override
        public void onBinary(ByteBuf payload) {
            connection().sendBinary(ByteBufUtil.getBytes(payload));
        }

        @Override
        public void onClosed(int code, String reason, boolean clean) {
            serverHeard.add("closed " + code + " " + reason + " " + clean);
        }
    }

    private final class Heard implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder binary = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                clientHeard.add("text " + text);
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            binary.append(ByteBufUtil.hexDump(part));
            if (last) {
                clientHeard.add("binary " + binary);
                binary.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
            byte[] payload = new byte[data.remaining()];
            data.get(payload);
            clientHeard.add("pong " + ByteBufUtil.hexDump(payload));
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            clientHeard.add("close " + code + " " + reason);
            return null;
        }
    }
}
