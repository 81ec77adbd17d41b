package dev.carillon.peers;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.xnio.Options;

/** Undertow. It has no channels: the readers of each are a set, and a publication is sent to one after the other. */
public final class UndertowPeer {

    private static final int BACKLOG = 4096;

    private static final Map<String, Set<WebSocketChannel>> CHANNELS = new ConcurrentHashMap<>();

    private UndertowPeer() {}

    /** Serves until it is killed. */
    public static void main(String[] words) {
        Undertow server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setSocketOption(Options.BACKLOG, BACKLOG)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, -1)
                .setIoThreads(1)
                .setHandler(new WebSocketProtocolHandshakeHandler((WebSocketConnectionCallback) (exchange, socket) -> {
                    boolean isEcho = exchange.getRequestURI().equals("/echo");
                    socket.getReceiveSetter().set(isEcho ? new Echo() : new Live(socket));
                    socket.resumeReceives();
                }))
                .build();
        server.start();
        Words.sayReady(((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort());
    }

    private static Set<WebSocketChannel> readersOf(String channel) {
        return CHANNELS.computeIfAbsent(channel, name -> ConcurrentHashMap.newKeySet());
    }

    private static final class Echo extends AbstractReceiveListener {

        @Override
        protected void onFullTextMessage(WebSocketChannel socket, BufferedTextMessage message) {
            WebSockets.sendText(message.getData(), socket, null);
        }
    }

    private static final class Live extends AbstractReceiveListener {

        private final List<Set<WebSocketChannel>> own = new ArrayList<>();

        Live(WebSocketChannel socket) {
            socket.addCloseTask(closed -> own.forEach(readers -> readers.remove(closed)));
        }

        @Override
        protected void onFullTextMessage(WebSocketChannel socket, BufferedTextMessage message) {
            String text = message.getData();
            Words.read(text, new Words.Listener() {
                @Override
                public void onSubscribe(String channel) {
                    Set<WebSocketChannel> readers = readersOf(channel);
                    readers.add(socket);
                    own.add(readers);
                    WebSockets.sendText(text, socket, null);
                }

                @Override
                public void onPublish(String channel, String data) {
                    for (WebSocketChannel reader : readersOf(channel)) {
                        WebSockets.sendText(data, reader, null);
                    }
                }
            });
        }

        @Override
        protected void onError(@Nullable WebSocketChannel socket, Throwable error) {
            if (socket != null) {
                super.onError(socket, error);
            }
        }
    }
}
