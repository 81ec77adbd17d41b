package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;

/**
 * The way of publishes into one channel: in each publisher's order ({@link Lanes}), past the idempotency check and the
 * decision, to the broker. Owned by the shard.
 */
final class Publishing {

    private final Channel channel;
    private final Shard shard;
    private final Lanes lanes;

    Publishing(Channel channel) {
        this.channel = channel;
        this.shard = channel.shard();
        this.lanes = new Lanes(shard.limits.waitingMax(), shard.counters.waiting);
    }

    boolean isIdle() {
        return lanes.isEmpty();
    }

    void onAbandon(Publisher publisher, String idempotencyKey) {
        lanes.release(publisher, idempotencyKey);
    }

    void onPublisherGone(Publisher publisher) {
        lanes.forget(publisher);
    }

    /** The channel could not be loaded, and all that waited for it was refused. */
    void onNotLoaded() {
        lanes.spareNobody();
    }

    /** @param isEarlier whether it has waited for the channel to be loaded, as in {@link Lanes#enter} */
    void admit(Publisher publisher, Attempt attempt, boolean isEarlier) {
        ClientMessage.Publish publish = attempt.publish();
        Code unfit = channel.refusalOf(publisher.principal(), publish);
        if (unfit != null) {
            refuse(publisher, publish, unfit, unfit.text());
            return;
        }
        switch (lanes.enter(publisher, attempt, isEarlier)) {
            case HELD -> refuse(publisher, publish, Code.EARLIER_PUBLISH_REFUSED, Code.EARLIER_PUBLISH_REFUSED.text());
            case FULL -> turnAway(publisher, publish);
            case QUEUED -> {}
            case FREE -> begin(publisher, attempt);
        }
    }

    void turnAway(Publisher publisher, ClientMessage.Publish publish) {
        boolean holds = lanes.turnedAway(publisher, publish);
        answerRefused(
                publisher, ServerMessage.Refusal.of(publish.id(), Code.OVERLOADED, channel.name()), publish, holds);
    }

    /** The idempotency check comes before the decision and the pace: a retry is answered as its first try was. */
    private void begin(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        String key = publish.idempotencyKey();
        if (key == null) {
            decide(publisher, publish);
            return;
        }
        lanes.occupy(publisher);
        shard.broker.find(channel.name(), key, publish.data(), publish.change(), channel.counted(found -> {
            switch (found) {
                case Broker.Found.Unused _
                when attempt.isTooFast() -> {
                    refuseTooFast(publisher, attempt);
                    next(publisher);
                }
                case Broker.Found.Unused _ -> decide(publisher, publish);
                case Broker.Found.Duplicate(Position position) -> {
                    acknowledge(publisher, publish, position, true);
                    next(publisher);
                }
                case Broker.Found.Refused(Code code) -> {
                    refuse(publisher, publish, code, code.text());
                    next(publisher);
                }
            }
        }));
    }

    private void decide(Publisher publisher, ClientMessage.Publish publish) {
        shard.decide(
                answer -> shard.decisions.onPublish(publisher.principal(), channel.name(), publish.data(), answer),
                () -> lanes.occupy(publisher),
                verdict -> {
                    switch (verdict) {
                        case Decisions.Verdict.Accept _ -> append(publisher, publish, publish.data());
                        case Decisions.Verdict.Rewrite(Data data) ->
                            append(publisher, publish, publish.hasData() ? data : publish.data());
                        case Decisions.Verdict.Refuse(Code code, String message) ->
                            refuse(publisher, publish, code, message);
                    }
                    next(publisher);
                });
    }

    private void append(Publisher publisher, ClientMessage.Publish publish, Data data) {
        if (lanes.isHeldBack(publisher, publish)) {
            refuse(publisher, publish, Code.EARLIER_PUBLISH_REFUSED, Code.EARLIER_PUBLISH_REFUSED.text());
            return;
        }
        Broker.Draft draft =
                new Broker.Draft(data, publisher.principal().name(), publish.idempotencyKey(), publish.change());
        shard.broker.publish(channel.name(), draft, channel.counted(published -> {
            switch (published) {
                case Broker.Published.Accepted(Position position) -> acknowledge(publisher, publish, position, false);
                case Broker.Published.Duplicate(Position position) -> acknowledge(publisher, publish, position, true);
                case Broker.Published.Refused(Code code) -> refuse(publisher, publish, code, code.text());
            }
        }));
    }

    private void acknowledge(Publisher publisher, ClientMessage.Publish publish, Position position, boolean duplicate) {
        shard.counters.published(duplicate);
        if (publish.idempotencyKey() != null) {
            // A retry that was sent before its first try was refused takes back what that refusal held.
            lanes.release(publisher, publish.idempotencyKey());
        }
        ServerMessage answer = new ServerMessage.Published(publish.id(), channel.name(), position, duplicate);
        int bytes = publish.data().length();
        publisher.mailbox().post(() -> publisher.onPublished(answer, bytes, false));
    }

    void refuse(Publisher publisher, ClientMessage.Publish publish, Code code, String message) {
        boolean holds = lanes.refused(publisher, publish, code);
        answerRefused(publisher, ServerMessage.Refusal.of(publish.id(), code, channel.name(), message), publish, holds);
    }

    private void refuseTooFast(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        boolean holds = lanes.refused(publisher, publish, Code.RATE_LIMITED);
        answerRefused(publisher, Pace.refusal(publish.id(), channel.name(), attempt.retryMillis()), publish, holds);
    }

    private void answerRefused(
            Publisher publisher, ServerMessage.Refusal refusal, ClientMessage.Publish publish, boolean holds) {
        shard.counters.refused(refusal.code());
        int bytes = publish.data().length();
        publisher.mailbox().post(() -> publisher.onPublished(refusal, bytes, holds));
    }

    /** The publisher's next publish that waited goes on: in a task of its own, since thousands may wait. */
    private void next(Publisher publisher) {
        Attempt next = lanes.leave(publisher);
        if (next != null) {
            shard.mailbox.post(() -> goOn(publisher, next));
        }
    }

    private void goOn(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        if (lanes.isHeldBack(publisher, publish)) {
            refuse(publisher, publish, Code.EARLIER_PUBLISH_REFUSED, Code.EARLIER_PUBLISH_REFUSED.text());
            next(publisher);
        } else {
            begin(publisher, attempt);
        }
    }
}
