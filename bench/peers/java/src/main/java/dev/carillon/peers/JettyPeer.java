package dev.carillon.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Jetty 12. It has no channels: the readers of each are a set, and a publication is sent to one after the other. */
public final class JettyPeer {

    private static final int MESSAGE_BYTES_MAX = 1 << 20;
    private static final int BACKLOG = 4096;

    private static final Map<String, Set<Session>> CHANNELS = new ConcurrentHashMap<>();

    private JettyPeer() {}

    /** Serves until it is killed. */
    public static void main(String[] words) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setAcceptQueueSize(BACKLOG);
        server.addConnector(connector);
        server.setHandler(WebSocketUpgradeHandler.from(server, container -> {
            container.setMaxTextMessageSize(MESSAGE_BYTES_MAX);
            container.addMapping("/echo", (request, response, callback) -> new Echo());
            container.addMapping("/live", (request, response, callback) -> new Live());
        }));
        server.start();
        Words.sayReady(connector.getLocalPort());
        server.join();
    }

    private static Set<Session> readersOf(String channel) {
        return CHANNELS.computeIfAbsent(channel, name -> ConcurrentHashMap.newKeySet());
    }

    /** Public, with public methods, because Jetty calls them by reflection. */
    public static final class Echo extends Session.Listener.AbstractAutoDemanding {

        @Override
        public void onWebSocketText(String message) {
            getSession().sendText(message, Callback.NOOP);
        }
    }

    /** As {@link Echo}. */
    public static final class Live extends Session.Listener.AbstractAutoDemanding {

        private final List<Set<Session>> own = new ArrayList<>();

        @Override
        public void onWebSocketText(String message) {
            Session session = getSession();
            Words.read(message, new Words.Listener() {
                @Override
                public void onSubscribe(String channel) {
                    Set<Session> readers = readersOf(channel);
                    readers.add(session);
                    own.add(readers);
                    session.sendText(message, Callback.NOOP);
                }

                @Override
                public void onPublish(String channel, String data) {
                    for (Session reader : readersOf(channel)) {
                        reader.sendText(data, Callback.NOOP);
                    }
                }
            });
        }

        @Override
        public void onWebSocketClose(int code, String reason, Callback callback) {
            own.forEach(readers -> readers.remove(getSession()));
            callback.succeed();
        }
    }
}
