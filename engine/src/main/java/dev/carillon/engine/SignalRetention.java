package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import java.util.List;
import java.util.function.Consumer;

/** A channel that keeps nothing: its readers stand at the origin, and there is nothing that they could miss. */
final class SignalRetention extends Retention {

    private final Channel channel;

    SignalRetention(Channel channel) {
        this.channel = channel;
    }

    @Override
    boolean isKept() {
        return false;
    }

    /** Where several nodes share a broker it is attached for their signals. */
    @Override
    void onAttached(Broker.Attached.Done attached) {}

    @Override
    void onPublication(EncodedPublication publication) {
        throw new IllegalStateException("nothing is published to it");
    }

    @Override
    void onRedacted(EncodedPublication publication) {
        throw new IllegalStateException("nothing is kept of it");
    }

    @Override
    Code refusalOf(ClientMessage.Publish publish) {
        return Code.SIGNALS_ONLY;
    }

    @Override
    void start(Subscription subscription, Subscription.Request request) {
        if (request.track() != null) {
            channel.answer(subscription, Channel.refusedWith(Code.UNSUPPORTED));
        } else {
            channel.answer(subscription, page());
        }
    }

    /** Nobody is ever behind, unless a log of several nodes still has a stream of this name. */
    @Override
    void catchUp(Subscription subscription, Ask ask) {
        channel.answer(subscription, page());
    }

    private CatchUp page() {
        return new CatchUp.Page(channel.number(), Position.ORIGIN, null, List.of(), Position.ORIGIN, true);
    }

    @Override
    void history(Broker.ReadFrom from, int limit, Consumer<Past> onPage, Consumer<CatchUp.Refused> onRefused) {
        onPage.accept(new Past(Position.ORIGIN, null, List.of(), Position.ORIGIN, false, false, false, false));
    }

    @Override
    boolean canRedact() {
        return false;
    }
}
