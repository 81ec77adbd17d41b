package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One session's subscriptions: how they begin and how they end. On the session's event loop. */
final class Subscriptions {

    private final Session session;

    /** Immutable and small with none or one, which is what most sessions have; {@link #keep} and {@link #drop} change it. */
    private Map<ChannelName, Subscription> byChannel = Map.of();

    Subscriptions(Session session) {
        this.session = session;
    }

    // ---- beginning

    /** @param presence as {@link ClientMessage.Subscribe#presence} */
    void subscribe(Subscription.Request request, ChannelName name, long presence) {
        if (byChannel.containsKey(name)) {
            session.refuse(request.id(), name, Code.ALREADY_SUBSCRIBED);
            return;
        }
        int max = session.limits().subscriptionsMax();
        if (byChannel.size() >= max) {
            session.refuse(ServerMessage.Refusal.of(
                    request.id(),
                    Code.TOO_MANY_SUBSCRIPTIONS,
                    name,
                    "a session may be subscribed to " + max + " channels"));
            return;
        }
        session.asked(0);
        Audience audience = session.loop().audience(name);
        Subscription subscription = new Subscription(session, audience, request, readerOf(audience, presence));
        audience.add(subscription);
        keep(subscription);
        session.counters().subscriptions.increment();
        Shard shard = session.shardOf(name);
        Principal reader = session.principal();
        shard.mailbox.post(() -> shard.withChannel(
                name,
                channel -> channel.onSubscribe(audience, subscription, reader, request),
                code -> session.mailbox().post(() -> subscription.onCatchUp(new CatchUp.Refused(code, code.text())))));
    }

    private @Nullable PresenceReader readerOf(Audience audience, long since) {
        if (since == ClientMessage.Subscribe.NO_PRESENCE) {
            return null;
        }
        String user = session.principal().name();
        Lease lease = user == null ? null : new Lease(user, session.id());
        return new PresenceReader(session, audience, lease, since);
    }

    private void keep(Subscription subscription) {
        if (byChannel.isEmpty()) {
            byChannel = Map.of(subscription.channel(), subscription);
            return;
        }
        if (byChannel.size() == 1) {
            byChannel = new HashMap<>(byChannel);
        }
        byChannel.put(subscription.channel(), subscription);
    }

    /** Says anew what is wanted of a map. */
    void track(ClientMessage.Track track) {
        Subscription subscription = byChannel.get(track.channel());
        if (subscription == null) {
            session.refuse(track.id(), track.channel(), Code.NOT_SUBSCRIBED);
        } else {
            subscription.track(track.id(), Tracking.of(track.selection()));
        }
    }

    // ---- order

    /** Acknowledgements and deliveries leave in offset order: what the channel has brought so far goes first. */
    void beforeAcknowledged(ChannelName channel) {
        Subscription subscription = byChannel.get(channel);
        if (subscription != null) {
            subscription.audience.deliverTo(subscription);
        }
    }

    // ---- ending

    void unsubscribe(ClientMessage.Unsubscribe unsubscribe) {
        Subscription subscription = drop(unsubscribe.channel());
        if (subscription == null) {
            session.refuse(unsubscribe.id(), unsubscribe.channel(), Code.NOT_SUBSCRIBED);
        } else {
            leave(subscription, true);
            session.send(new ServerMessage.Unsubscribed(unsubscribe.id(), unsubscribe.channel(), 0));
            session.askNext(); // it may have been the one whose page was on its way
        }
    }

    /**
     * The shard has refused a subscription.
     *
     * @param asked what was asked for, if that is refused; null for a page later
     */
    void onRefused(Subscription subscription, Subscription.@Nullable Request asked, CatchUp.Refused refused) {
        if (drop(subscription.channel()) != null) {
            leave(subscription, false);
        }
        if (asked != null) {
            session.refuse(
                    ServerMessage.Refusal.of(asked.id(), refused.code(), subscription.channel(), refused.message()));
        } else {
            session.counters().refused(refused.code());
            session.send(new ServerMessage.Unsubscribed(
                    null, subscription.channel(), refused.code().number()));
        }
        session.askNext();
    }

    /** Who the session is has changed: what it may no longer be told ends. */
    void onGrantsChanged() {
        for (Subscription subscription : List.copyOf(byChannel.values())) {
            ChannelName name = subscription.channel();
            session.decide(
                    (decisions, answer) -> decisions.onSubscribe(session.principal(), name, answer),
                    ifRefused(subscription::onCatchUp));
            if (subscription.attendee() != null) {
                session.decide(
                        (decisions, answer) -> decisions.onPresence(session.principal(), name, answer),
                        ifRefused(refused -> endPresence(subscription, refused)));
            }
        }
    }

    private static Consumer<Decisions.Verdict> ifRefused(Consumer<CatchUp.Refused> then) {
        return verdict -> {
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                then.accept(new CatchUp.Refused(code, message));
            }
        };
    }

    private void endPresence(Subscription subscription, CatchUp.Refused refused) {
        subscription.onPresence(PresenceNews.refused(refused));
        atChannelOf(subscription, channel -> channel.onLeft(subscription.attendee(), true));
        session.askNext(); // it may have been the one whose list was on its way
    }

    /** All of them. */
    void end(boolean isForGood) {
        byChannel.values().forEach(subscription -> leave(subscription, isForGood));
        byChannel = Map.of();
    }

    private @Nullable Subscription drop(ChannelName name) {
        if (byChannel.size() > 1) {
            return byChannel.remove(name);
        }
        Subscription dropped = byChannel.get(name);
        if (dropped != null) {
            byChannel = Map.of();
        }
        return dropped;
    }

    /** @param isForGood whether the client said that it leaves */
    private void leave(Subscription subscription, boolean isForGood) {
        session.forget(subscription);
        subscription.end();
        session.counters().subscriptions.decrement();
        boolean isLast = session.loop().leave(subscription);
        Attendee attendee = subscription.attendee();
        if (isLast || attendee != null) {
            atChannelOf(subscription, channel -> {
                channel.onLeft(attendee, isForGood);
                if (isLast) {
                    channel.onAudienceGone(subscription.audience);
                }
            });
        }
    }

    /** Does something with a subscription's channel on its shard, as far as it is there. */
    private void atChannelOf(Subscription subscription, Consumer<Channel> task) {
        Shard shard = session.shardOf(subscription.channel());
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(subscription.channel());
            if (channel != null) {
                task.accept(channel);
            }
        });
    }
}
