package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a channel holds of what it keeps, and how it answers its readers from that or through the broker: one for each
 * {@link ChannelKind}. Owned by the shard.
 */
abstract sealed class Retention permits StreamRetention, MapRetention, SignalRetention {

    static Retention of(Channel channel, ChannelSettings settings) {
        return switch (settings.kind()) {
            case STREAM -> new StreamRetention(channel, settings);
            case MAP, DOCUMENT -> new MapRetention(channel, settings);
            case SIGNAL -> new SignalRetention(channel);
        };
    }

    /** Whether the broker keeps anything of it. */
    abstract boolean isKept();

    /** Begins, or begins anew, with what the broker keeps. */
    abstract void onAttached(Broker.Attached.Done attached);

    /** The next publication. */
    abstract void onPublication(EncodedPublication publication);

    /** A publication has lost its data. */
    abstract void onRedacted(EncodedPublication publication);

    /** Why the channel takes no such publish; null where it does. */
    abstract @Nullable Code refusalOf(ClientMessage.Publish publish);

    /** Gives a new reader its first page. */
    abstract void start(Subscription subscription, Subscription.Request request);

    /** Gives a reader its next page. */
    abstract void catchUp(Subscription subscription, Ask ask);

    /** Reads a page for whoever asks. */
    abstract void history(Broker.ReadFrom from, int limit, Consumer<Past> onPage, Consumer<CatchUp.Refused> onRefused);

    /** Whether one publication can lose its data. */
    abstract boolean canRedact();
}
