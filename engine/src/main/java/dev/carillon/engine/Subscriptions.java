package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One session's subscriptions: how they begin and how they end. On the session's event loop. */
final class Subscriptions {

    private final Session session;

    /** Immutable and small with none or one, which is what most sessions have; {@link #keep} and {@link #drop} change it. */
    private Map<ChannelName, Subscription> byChannel = Map.of();

    /** Who unsubscribed only because they were slow, and so stay present; immutable while there are none. */
    private Map<ChannelName, Attendee> away = Map.of();

    Subscriptions(Session session) {
        this.session = session;
    }

    // ---- beginning

    /** @param presence as {@link ClientMessage.Subscribe#presence} */
    void subscribe(Subscription.Request request, ChannelName name, long presence) {
        Runnable join = begin(request, name, presence);
        if (join != null) {
            session.shardOf(name).mailbox.post(join);
        }
    }

    /** As many subscribes, in one task for each shard: so what can be answered at once is answered in one turn. */
    void resume(List<ClientMessage.Subscribe> channels) {
        Map<Shard, List<Runnable>> joins = new LinkedHashMap<>();
        for (ClientMessage.Subscribe subscribe : channels) {
            Subscription.Request request = new Subscription.Request(
                    subscribe.id(), Session.startOf(subscribe), Tracking.of(subscribe.track()));
            Runnable join = begin(request, subscribe.channel(), subscribe.presence());
            if (join != null) {
                joins.computeIfAbsent(session.shardOf(subscribe.channel()), _ -> new ArrayList<>())
                        .add(join);
            }
        }
        joins.forEach((shard, tasks) -> shard.mailbox.post(() -> runAll(tasks)));
    }

    /** One channel's failure is told once all others have had their turn. */
    private static void runAll(List<Runnable> tasks) {
        RuntimeException failure = null;
        for (Runnable task : tasks) {
            try {
                task.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Begins a subscription, and gives what its channel's shard has to do; null where it was refused. */
    private @Nullable Runnable begin(Subscription.Request request, ChannelName name, long presence) {
        if (byChannel.containsKey(name)) {
            session.refuse(request.id(), name, Code.ALREADY_SUBSCRIBED);
            return null;
        }
        int max = session.limits().subscriptionsMax();
        if (byChannel.size() + away.size() - (away.containsKey(name) ? 1 : 0) >= max) {
            session.refuse(ServerMessage.Refusal.of(
                    request.id(),
                    Code.TOO_MANY_SUBSCRIPTIONS,
                    name,
                    "a session may be subscribed to " + max + " channels"));
            return null;
        }
        session.asked(0);
        Audience audience = session.loop().audience(name);
        Subscription subscription = new Subscription(session, audience, request, readerOf(audience, presence));
        audience.add(subscription);
        keep(subscription);
        session.counters().subscriptions.increment();
        Shard shard = session.shardOf(name);
        Principal reader = session.principal();
        return () -> shard.withChannel(
                name,
                channel -> channel.onSubscribe(audience, subscription, reader, request),
                code -> session.mailbox().post(() -> subscription.onCatchUp(new CatchUp.Refused(code, code.text()))));
    }

    private @Nullable PresenceReader readerOf(Audience audience, long since) {
        Attendee held = returned(audience.channel);
        if (since == ClientMessage.Subscribe.NO_PRESENCE) {
            if (held != null) {
                atChannel(audience.channel, channel -> channel.onLeft(held, true));
            }
            return null;
        }
        Principal principal = session.principal();
        String user = principal.name();
        Lease lease = user == null ? null : new Lease(user, principal, session.id());
        return new PresenceReader(session, audience, lease, since, held == null ? null : held.lease);
    }

    /** Who was away from this channel, and is so no longer; null where nobody was. */
    private @Nullable Attendee returned(ChannelName channel) {
        if (away.isEmpty()) {
            return null;
        }
        Attendee held = away.remove(channel);
        if (away.isEmpty()) {
            away = Map.of();
        }
        return held;
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
        ChannelName name = unsubscribe.channel();
        Subscription subscription = drop(name);
        Attendee held = subscription == null && !unsubscribe.staysPresent() ? returned(name) : null;
        if (subscription != null) {
            end(subscription, unsubscribe.staysPresent());
        } else if (held != null) {
            atChannel(name, channel -> channel.onLeft(held, true));
        } else {
            session.refuse(unsubscribe.id(), name, Code.NOT_SUBSCRIBED);
            return;
        }
        session.send(new ServerMessage.Unsubscribed(unsubscribe.id(), name, 0));
        session.askNext(); // it may have been the one whose page was on its way
    }

    /** The client has ended it, for good or only until it has caught up. */
    private void end(Subscription subscription, boolean staysPresent) {
        Attendee attendee = subscription.attendee();
        if (!staysPresent || attendee == null || attendee.lease == null) {
            leave(subscription, attendee, true);
            return;
        }
        if (away.isEmpty()) {
            away = new HashMap<>();
        }
        away.put(subscription.channel(), attendee);
        leave(subscription, null, false);
    }

    /**
     * The shard has refused a subscription.
     *
     * @param asked what was asked for, if that is refused; null for a page later
     */
    void onRefused(Subscription subscription, Subscription.@Nullable Request asked, CatchUp.Refused refused) {
        if (drop(subscription.channel()) != null) {
            leave(subscription, subscription.attendee(), false);
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
        for (ChannelName name : List.copyOf(away.keySet())) {
            session.decide(
                    (decisions, answer) -> decisions.onPresence(session.principal(), name, answer),
                    ifRefused(_ -> endAway(name)));
        }
    }

    private void endAway(ChannelName name) {
        Attendee held = returned(name);
        if (held != null) {
            atChannel(name, channel -> channel.onLeft(held, true));
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
        atChannel(subscription.channel(), channel -> channel.onLeft(subscription.attendee(), true));
        session.askNext(); // it may have been the one whose list was on its way
    }

    /** All of them. */
    void end(boolean isForGood) {
        byChannel.values().forEach(subscription -> leave(subscription, subscription.attendee(), isForGood));
        byChannel = Map.of();
        away.forEach((name, attendee) -> atChannel(name, channel -> channel.onLeft(attendee, isForGood)));
        away = Map.of();
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

    /**
     * @param leaving who leaves the channel's presence with it; null for nobody
     * @param isForGood whether it is known not to come back
     */
    private void leave(Subscription subscription, @Nullable Attendee leaving, boolean isForGood) {
        session.forget(subscription);
        subscription.end();
        session.counters().subscriptions.decrement();
        boolean isLast = session.loop().leave(subscription);
        if (isLast || leaving != null) {
            atChannel(subscription.channel(), channel -> {
                channel.onLeft(leaving, isForGood);
                if (isLast) {
                    channel.onAudienceGone(subscription.audience);
                }
            });
        }
    }

    /** Does something with a channel on its shard, as far as it is there. */
    private void atChannel(ChannelName name, Consumer<Channel> task) {
        Shard shard = session.shardOf(name);
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(name);
            if (channel != null) {
                task.accept(channel);
            }
        });
    }
}
