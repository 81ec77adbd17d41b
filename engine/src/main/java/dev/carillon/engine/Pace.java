package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** How fast a session may speak. Owned by its loop. */
final class Pace {

    private static final long MILLI_NANOS = 1_000_000;

    private final Clock clock;
    private final SessionRates rates;
    private final TokenBucket commands;
    /** Null until the first signal. */
    private @Nullable TokenBucket signals;

    Pace(Clock clock, SessionRates rates) {
        this.clock = clock;
        this.rates = rates;
        this.commands = new TokenBucket(clock.nanos());
    }

    /** Counts a command; 0 where it may be taken, else after how many milliseconds there is room for one. */
    long command() {
        return millis(commands.take(rates.commands(), clock.nanos()));
    }

    /** Counts a signal, which was counted as a command before; likewise. */
    long signal() {
        TokenBucket bucket = signals == null ? new TokenBucket(clock.nanos()) : signals;
        signals = bucket;
        return millis(bucket.take(rates.signals(), clock.nanos()));
    }

    private static long millis(long nanos) {
        return (nanos + MILLI_NANOS - 1) / MILLI_NANOS;
    }

    static ServerMessage.Refusal refusal(@Nullable RequestId id, @Nullable ChannelName channel, long retryMillis) {
        return new ServerMessage.Refusal(id, Code.RATE_LIMITED, channel, Code.RATE_LIMITED.text(), retryMillis);
    }

    static ServerMessage.Refusal refusal(ClientMessage command, long retryMillis) {
        return refusal(command.id(), channelOf(command), retryMillis);
    }

    private static @Nullable ChannelName channelOf(ClientMessage command) {
        return switch (command) {
            case ClientMessage.Subscribe subscribe -> subscribe.channel();
            case ClientMessage.Unsubscribe unsubscribe -> unsubscribe.channel();
            case ClientMessage.Track track -> track.channel();
            case ClientMessage.Publish publish -> publish.channel();
            case ClientMessage.Abandon abandon -> abandon.channel();
            case ClientMessage.Signal signal -> signal.channel();
            case ClientMessage.History history -> history.channel();
            case ClientMessage.Presence presence -> presence.channel();
            case ClientMessage.Resume _, ClientMessage.Authenticate _, ClientMessage.Ping _ -> null;
        };
    }
}
