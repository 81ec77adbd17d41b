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

    @Override
    void onAttached(Broker.Attached.Done attached) {
        throw new IllegalStateException("nothing is kept of it");
    }

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
            CatchUp page = new CatchUp.Page(channel.number(), Position.ORIGIN, null, List.of(), Position.ORIGIN, true);
            channel.answer(subscription, page);
        }
    }

    @Override
    void catchUp(Subscription subscription, Ask ask) {
        throw new IllegalStateException("nobody is ever behind");
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
