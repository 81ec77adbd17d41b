package dev.carillon.gateway;

import dev.carillon.engine.Rate;
import dev.carillon.websocket.DeflateSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is set for the gateway, all bounds finite.
 *
 * @param addresses where it listens: host names or addresses; each is bound to the same port
 * @param port 0 picks a free one
 * @param access who may come in at all
 * @param heartbeat a peer that is silent for so long is taken for dead; at least 100 ms
 * @param messageBytesMax the largest WebSocket message or HTTP body
 * @param headerBytesMax the largest head of an HTTP request; its first line may take half of it
 * @param connectionsMax the most TCP connections at a time
 * @param outboxBytesMax the most bytes that wait for one connection's socket, beside one message
 * @param waitMax the longest that a long poll waits
 * @param requestTimeMax how long a request's head and body may take to come in, and a connection may idle between two
 * @param closeTimeMax how long a closing handshake may take
 * @param perAddress how much one remote address may do
 * @param proxies peers that may say for whom they ask ({@code X-Forwarded-For}), and whose own address isn't limited
 * @param tls where the certificate is; null for plain HTTP and WebSocket
 * @param http2 what the peer of an HTTP/2 connection may do; null where only HTTP/1.1 is spoken. Means something over TLS
 *     only: without it a client has no way to choose
 * @param deflate what is agreed to of permessage-deflate, and how messages are deflated
 * @param admission how often a session that lasts may begin, on all connections together
 * @param slowReaderTimeMax a reader whose socket takes nothing for so long, while publications wait for it, is disconnected;
 *     zero for never
 * @param documents what is kept of documents
 */
public record GatewaySettings(
        List<String> addresses,
        int port,
        Access access,
        Duration heartbeat,
        int messageBytesMax,
        int headerBytesMax,
        int connectionsMax,
        int outboxBytesMax,
        Duration waitMax,
        Duration requestTimeMax,
        Duration closeTimeMax,
        AddressLimits perAddress,
        List<Network> proxies,
        @Nullable TlsFiles tls,
        @Nullable Http2Limits http2,
        DeflateSettings deflate,
        Rate admission,
        Duration slowReaderTimeMax,
        DocumentSettings documents) {

    /** Wide enough for a load test. */
    public static final Rate ADMISSION_DEVELOPMENT = new Rate(Rate.MAX, Rate.MAX);

    /** For peers that others run: what all come back with at once after a restart is spread over some seconds. */
    public static final Rate ADMISSION_PRODUCTION = new Rate(2_000, 4_000);

    /** What holds when nothing else is set: loopback, development mode. */
    public static final GatewaySettings DEFAULT = new GatewaySettings(
            List.of("127.0.0.1", "::1"),
            8080,
            Access.DEVELOPMENT,
            Duration.ofSeconds(25),
            64 << 10,
            16 << 10,
            19_000,
            256 << 10,
            Duration.ofSeconds(55),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            AddressLimits.DEVELOPMENT,
            List.of(),
            null,
            Http2Limits.DEFAULT);

    /** As the other, without permessage-deflate, with the admission of development mode; nobody is disconnected for being slow. */
    public GatewaySettings(
            List<String> addresses,
            int port,
            Access access,
            Duration heartbeat,
            int messageBytesMax,
            int headerBytesMax,
            int connectionsMax,
            int outboxBytesMax,
            Duration waitMax,
            Duration requestTimeMax,
            Duration closeTimeMax,
            AddressLimits perAddress,
            List<Network> proxies,
            @Nullable TlsFiles tls,
            @Nullable Http2Limits http2) {
        this(
                addresses,
                port,
                access,
                heartbeat,
                messageBytesMax,
                headerBytesMax,
                connectionsMax,
                outboxBytesMax,
                waitMax,
                requestTimeMax,
                closeTimeMax,
                perAddress,
                proxies,
                tls,
                http2,
                DeflateSettings.OFF,
                ADMISSION_DEVELOPMENT,
                Duration.ZERO,
                DocumentSettings.DEFAULT);
    }

    public GatewaySettings {
        addresses = List.copyOf(addresses);
        proxies = List.copyOf(proxies);
    }

    /** The same with permessage-deflate as given. */
    public GatewaySettings with(DeflateSettings other) {
        return new GatewaySettings(
                addresses,
                port,
                access,
                heartbeat,
                messageBytesMax,
                headerBytesMax,
                connectionsMax,
                outboxBytesMax,
                waitMax,
                requestTimeMax,
                closeTimeMax,
                perAddress,
                proxies,
                tls,
                http2,
                other,
                admission,
                slowReaderTimeMax,
                documents);
    }

    /** The same with this admission. */
    public GatewaySettings with(Rate other) {
        return new GatewaySettings(
                addresses,
                port,
                access,
                heartbeat,
                messageBytesMax,
                headerBytesMax,
                connectionsMax,
                outboxBytesMax,
                waitMax,
                requestTimeMax,
                closeTimeMax,
                perAddress,
                proxies,
                tls,
                http2,
                deflate,
                other,
                slowReaderTimeMax,
                documents);
    }

    /** The same with another bound for slow readers; zero for none. */
    public GatewaySettings withSlowReaderTimeMax(Duration other) {
        return new GatewaySettings(
                addresses,
                port,
                access,
                heartbeat,
                messageBytesMax,
                headerBytesMax,
                connectionsMax,
                outboxBytesMax,
                waitMax,
                requestTimeMax,
                closeTimeMax,
                perAddress,
                proxies,
                tls,
                http2,
                deflate,
                admission,
                other,
                documents);
    }

    /** The same that keeps of documents what is set here. */
    public GatewaySettings with(DocumentSettings other) {
        return new GatewaySettings(
                addresses,
                port,
                access,
                heartbeat,
                messageBytesMax,
                headerBytesMax,
                connectionsMax,
                outboxBytesMax,
                waitMax,
                requestTimeMax,
                closeTimeMax,
                perAddress,
                proxies,
                tls,
                http2,
                deflate,
                admission,
                slowReaderTimeMax,
                other);
    }

    /**
     * Who may come in at all, before anybody asks who they are (docs/configuration.md).
     *
     * @param development loopback only: pages of any loopback origin, requests without an origin, no forwarded request
     * @param origins allowed origins beside the server's own, as {@code https://example.com:8443}
     * @param hosts the host names that it answers to beside loopback's, without a port; none in development mode
     */
    public record Access(boolean development, List<String> origins, List<String> hosts) {

        /** Development mode. */
        public static final Access DEVELOPMENT = new Access(true, List.of(), List.of());

        public Access {
            origins = List.copyOf(origins);
            hosts = List.copyOf(hosts);
        }
    }
}
