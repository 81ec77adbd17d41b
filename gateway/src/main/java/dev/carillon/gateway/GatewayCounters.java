package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.websocket.DeflateCounters;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the gateway counts, for metrics; written by the event loops, read from any thread. */
public final class GatewayCounters {

    final AtomicInteger connections = new AtomicInteger();
    final LongAdder connectionsRefused = new LongAdder();
    final LongAdder connectionsDropped = new LongAdder();
    final LongAdder addressConnectionsRefused = new LongAdder();
    final LongAdder addressConnectsRefused = new LongAdder();
    final LongAdder addressRequestsRefused = new LongAdder();
    final LongAdder tlsHandshakes = new LongAdder();
    final LongAdder tlsFailed = new LongAdder();
    final LongAdder plainRefused = new LongAdder();
    final LongAdder certificatesTaken = new LongAdder();
    final LongAdder certificatesRefused = new LongAdder();
    final AtomicLong certificateExpires = new AtomicLong();
    final LongAdder addressesUnwatched = new LongAdder();
    final AtomicInteger addresses = new AtomicInteger();
    final LongAdder originsRefused = new LongAdder();
    final LongAdder hostsRefused = new LongAdder();
    final LongAdder heartbeatsMissed = new LongAdder();
    final LongAdder requestsMalformed = new LongAdder();
    final LongAdder requestsTooLarge = new LongAdder();
    final LongAdder requestsLate = new LongAdder();
    final LongAdder messagesTooLarge = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder inspectorDrops = new LongAdder();
    final LongAdder admissionsRefused = new LongAdder();
    final LongAdder leavingRefused = new LongAdder();
    final LongAdder waves = new LongAdder();
    final AtomicInteger staying = new AtomicInteger();
    volatile boolean draining;
    private final DeflateCounters deflate = new DeflateCounters();
    private final Accounts accounts = new Accounts();
    final AtomicInteger http2Connections = new AtomicInteger();
    final AtomicInteger http2Streams = new AtomicInteger();
    final LongAdder http2WebSockets = new LongAdder();
    final LongAdder http2BytesIn = new LongAdder();
    final LongAdder http2BytesOut = new LongAdder();
    final LongAdder http2Floods = new LongAdder();
    final LongAdder http2Violations = new LongAdder();
    final LongAdder streamsRefused = new LongAdder();
    private final Map<Code, LongAdder> refusals = new ConcurrentHashMap<>();
    private final Map<Traffic.Transport, Traffic> traffic = new EnumMap<>(Traffic.Transport.class);
    private final Map<Traffic.Transport, AtomicInteger> open = new EnumMap<>(Traffic.Transport.class);
    private final Map<Traffic.Transport, LongAdder> moved = new EnumMap<>(Traffic.Transport.class);

    public GatewayCounters() {
        for (Traffic.Transport transport : Traffic.Transport.values()) {
            traffic.put(transport, new Traffic());
            open.put(transport, new AtomicInteger());
            moved.put(transport, new LongAdder());
        }
    }

    void refused(Code code) {
        refusals.computeIfAbsent(code, _ -> new LongAdder()).increment();
    }

    /** Requests refused with this code for what proves who asks. */
    public long refusals(Code code) {
        LongAdder count = refusals.get(code);
        return count == null ? 0 : count.sum();
    }

    /** What was carried for some, where somebody asked for that. */
    public Accounts accounts() {
        return accounts;
    }

    /** What the transport has carried. */
    public Traffic traffic(Traffic.Transport transport) {
        return Objects.requireNonNull(traffic.get(transport));
    }

    AtomicInteger openOf(Traffic.Transport transport) {
        return Objects.requireNonNull(open.get(transport));
    }

    /** WebSockets, event streams or waiting long polls now. */
    public int open(Traffic.Transport transport) {
        return openOf(transport).get();
    }

    LongAdder movedOf(Traffic.Transport transport) {
        return Objects.requireNonNull(moved.get(transport));
    }

    /** WebSockets, event streams and long polls that were told when to come back because the node ends. */
    public long moved(Traffic.Transport transport) {
        return movedOf(transport).sum();
    }

    /** Whether the node takes leave of its clients. */
    public boolean isDraining() {
        return draining;
    }

    /** Connections that are yet to be moved, or have something to be answered before. */
    public int staying() {
        return staying.get();
    }

    /** Waves in which clients were moved. */
    public long waves() {
        return waves.sum();
    }

    /** Sessions refused because more began at once than the node takes in. */
    public long admissionsRefused() {
        return admissionsRefused.sum();
    }

    /** Sessions refused because the node takes leave. */
    public long leavingRefused() {
        return leavingRefused.sum();
    }

    /** TCP connections now. */
    public int connections() {
        return connections.get();
    }

    /** TCP connections refused because there were as many as the limit allows. */
    public long connectionsRefused() {
        return connectionsRefused.sum();
    }

    /** Of the connections refused those that were closed without a word, because too many were being told already. */
    public long connectionsDropped() {
        return connectionsDropped.sum();
    }

    /** TCP connections refused because their address had as many as the limit allows. */
    public long addressConnectionsRefused() {
        return addressConnectionsRefused.sum();
    }

    /** TCP connections refused because their address connected too often. */
    public long addressConnectsRefused() {
        return addressConnectsRefused.sum();
    }

    /** HTTP requests refused because their address asked too often. */
    public long addressRequestsRefused() {
        return addressRequestsRefused.sum();
    }

    /** Connections and requests let in without a limit of their own, because no more addresses could be remembered. */
    public long addressesUnwatched() {
        return addressesUnwatched.sum();
    }

    /** Addresses that are remembered now. */
    public int addresses() {
        return addresses.get();
    }

    /** TLS handshakes that succeeded. */
    public long tlsHandshakes() {
        return tlsHandshakes.sum();
    }

    /** TLS handshakes that failed, and connections that broke TLS afterwards. */
    public long tlsFailed() {
        return tlsFailed.sum();
    }

    /** Plain HTTP refused on a TLS port. */
    public long plainRefused() {
        return plainRefused.sum();
    }

    /** Certificates taken over while the server ran. */
    public long certificatesTaken() {
        return certificatesTaken.sum();
    }

    /** Certificates that could not be taken over. */
    public long certificatesRefused() {
        return certificatesRefused.sum();
    }

    /** When the certificate in use expires, in milliseconds since 1970; 0 without TLS. */
    public long certificateExpiresMillis() {
        return certificateExpires.get();
    }

    /** Connections that speak HTTP/2 now. */
    public int http2Connections() {
        return http2Connections.get();
    }

    /** Streams of HTTP/2 connections that are open now. */
    public int http2Streams() {
        return http2Streams.get();
    }

    /** WebSockets that were opened over HTTP/2. */
    public long http2WebSockets() {
        return http2WebSockets.sum();
    }

    /** All bytes received on HTTP/2 connections, within TLS. */
    public long http2BytesIn() {
        return http2BytesIn.sum();
    }

    /** All bytes sent on HTTP/2 connections, within TLS. */
    public long http2BytesOut() {
        return http2BytesOut.sum();
    }

    /** HTTP/2 connections ended because their peer flooded them with what costs only the server. */
    public long http2Floods() {
        return http2Floods.sum();
    }

    /** HTTP/2 connections ended because their peer broke the protocol. */
    public long http2Violations() {
        return http2Violations.sum();
    }

    /** Streams refused because their connection had as many as the limit allows. */
    public long streamsRefused() {
        return streamsRefused.sum();
    }

    /** Requests refused for their origin. */
    public long originsRefused() {
        return originsRefused.sum();
    }

    /** Requests refused for their host. */
    public long hostsRefused() {
        return hostsRefused.sum();
    }

    /** Peers taken for dead. */
    public long heartbeatsMissed() {
        return heartbeatsMissed.sum();
    }

    /** Requests that were not HTTP as it should be. */
    public long requestsMalformed() {
        return requestsMalformed.sum();
    }

    /** HTTP heads and bodies over their limit. */
    public long requestsTooLarge() {
        return requestsTooLarge.sum();
    }

    /** Requests that did not come in whole in time. */
    public long requestsLate() {
        return requestsLate.sum();
    }

    /** WebSocket messages over the limit. */
    public long messagesTooLarge() {
        return messagesTooLarge.sum();
    }

    /** What an inspector did not read fast enough, and was not told. */
    public long inspectorDrops() {
        return inspectorDrops.sum();
    }

    /** What deflating WebSocket messages comes to. */
    public DeflateCounters deflate() {
        return deflate;
    }

    /** Mistakes of the server's own. */
    public long failures() {
        return failures.sum();
    }
}
