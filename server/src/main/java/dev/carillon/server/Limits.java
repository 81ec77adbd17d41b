package dev.carillon.server;

import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.SessionRates;
import dev.carillon.gateway.GatewaySettings;
import dev.carillon.gateway.Http2Limits;
import java.time.Duration;

/**
 * The node's bounds; each has the name of its key in the configuration and of its series {@code carillon_limit}.
 *
 * @param messageBytes the largest WebSocket message or HTTP body
 * @param headerBytes the largest head of an HTTP request
 * @param connections the most TCP connections at a time
 * @param http2Streams the most streams of one HTTP/2 connection at a time
 * @param http2Resets the most streams of one HTTP/2 connection that its peer may reset within 30 s
 * @param http2Controls the most control frames of one HTTP/2 connection within 30 s
 * @param outboxBytes the most bytes that wait for one connection's socket, beside one message
 * @param slowReaderTime how long a connection's outbox may stay full before it is closed as slow; zero for as long as it likes
 * @param subscriptions the most channels that a session may be subscribed to
 * @param channels the most channels that the node keeps anything about
 * @param attached the most channels that a shard holds in memory at a time
 * @param catchUpBytes a page of a catch-up ends once it holds so many bytes
 * @param historyPage the most publications in one page of history
 * @param historyPageBytes the most bytes in one page of history, unless one publication is larger
 * @param tailBytes the newest publications of a channel in use that stay in memory
 * @param tailsBytes the same for all channels of a shard together
 * @param outstanding the most commands of one session that wait for an answer while more are read
 * @param outstandingBytes the most bytes of data in them
 * @param waiting the most operations that wait for one channel, or behind one publisher's decision
 * @param decisionTime how long a decision may take
 * @param signalBytes the most bytes of data in a signal
 * @param presence the most users listed in one channel's presence
 * @param presencePage the most users in one page of that list
 * @param presenceDifferences how many joins and leaves of a channel are remembered for those who return
 * @param presenceCountInterval who wants to know only how many are present is told at most once in so long
 * @param presenceGrace how long a user whose connections ended without a goodbye counts as present
 * @param idleTime a channel that nobody uses for so long leaves the node's memory
 */
public record Limits(
        int messageBytes,
        int headerBytes,
        int connections,
        int http2Streams,
        int http2Resets,
        int http2Controls,
        int outboxBytes,
        Duration slowReaderTime,
        int subscriptions,
        int channels,
        int attached,
        int catchUpBytes,
        int historyPage,
        int historyPageBytes,
        int tailBytes,
        int tailsBytes,
        int outstanding,
        int outstandingBytes,
        int waiting,
        Duration decisionTime,
        int signalBytes,
        int presence,
        int presencePage,
        int presenceDifferences,
        Duration presenceCountInterval,
        Duration presenceGrace,
        Duration idleTime) {

    /** What holds when nothing else is set. */
    public static final Limits DEFAULT = of(GatewaySettings.DEFAULT, EngineLimits.DEFAULT);

    private static Limits of(GatewaySettings gateway, EngineLimits engine) {
        return new Limits(
                gateway.messageBytesMax(),
                gateway.headerBytesMax(),
                gateway.connectionsMax(),
                Http2Limits.DEFAULT.streamsMax(),
                Http2Limits.DEFAULT.resetsMax(),
                Http2Limits.DEFAULT.controlsMax(),
                gateway.outboxBytesMax(),
                gateway.slowReaderTimeMax(),
                engine.subscriptionsMax(),
                engine.channelsMax(),
                engine.attachedMax(),
                engine.pageBytesMax(),
                engine.historyPageMax(),
                engine.historyBytesMax(),
                engine.tailBytesMax(),
                (int) engine.tailsBytesMax(),
                engine.outstandingMax(),
                engine.outstandingBytesMax(),
                engine.waitingMax(),
                engine.decisionTimeMax(),
                engine.signalBytesMax(),
                engine.presenceMax(),
                engine.presencePageMax(),
                engine.presenceDifferencesMax(),
                engine.presenceCountInterval(),
                engine.presenceGrace(),
                engine.idleTimeMax());
    }

    EngineLimits engine(SessionRates rates, Times times) {
        return new EngineLimits(
                subscriptions,
                channels,
                attached,
                catchUpBytes,
                historyPage,
                historyPageBytes,
                tailBytes,
                tailsBytes,
                outstanding,
                outstandingBytes,
                waiting,
                decisionTime,
                signalBytes,
                presence,
                presencePage,
                presenceDifferences,
                presenceCountInterval,
                presenceGrace,
                times.authenticateTime(),
                times.refreshTime(),
                idleTime,
                rates);
    }
}
