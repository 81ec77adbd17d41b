package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The conversation with one client over one {@link Wire}, on the event loop of its connection. WebSocket, event stream, long
 * poll, GET and POST are all sessions; they differ in their wires and in who says the commands.
 *
 * <p><b>Slow readers.</b> A publication goes to the wire only while that has room. A subscription that finds none is parked;
 * when there is room again, parked subscriptions ask for pages in the order in which they were parked, one page on its way at
 * a time, so that no channel of a connection starves another and a connection never holds more than its wire's bound and one
 * page.
 */
public final class Session implements Publisher {

    private final Node node;
    private final Loop loop;
    private final Wire wire;
    private final String id;
    private final Pace pace;
    private final Identity identity;
    /** Its index in its loop's list. */
    int place;

    /** Immutable and small with none or one, which is what most sessions have; {@link #keep} and {@link #drop} change it. */
    private Map<ChannelName, Subscription> subscriptions = Map.of();

    private @Nullable ArrayDeque<Subscription> parked;
    /** The one whose page is on its way; null without. */
    private @Nullable Subscription reading;

    /** The channels to which later publishes of this session are held back. */
    private Set<ChannelName> heldChannels = Set.of();

    /** Commands that wait for their answers, and the bytes of data in them. */
    private int outstanding;

    private long outstandingBytes;
    /** True exactly while the wire was told not to read. */
    private boolean paused;

    private boolean closed;
    /** True exactly where it was revoked before it began; then it ends without having done anything. */
    private boolean isRevoked;

    /**
     * @param id the session's id: 22 characters of base64url
     * @param loop the loop that the wire's connection belongs to; everything here is called on it
     * @param principal who it is; one whose proof was revoked meanwhile is told so in the loop's next turn, and not obeyed
     */
    public Session(Node node, Loop loop, Wire wire, String id, Principal principal) {
        this.node = node;
        this.loop = loop;
        this.wire = wire;
        this.id = id;
        this.identity = new Identity(this, node.ports, loop.timers(), principal);
        this.pace = new Pace(node.ports.clock(), node.ports.limits().rates());
        node.ports.counters().sessions.increment();
        loop.begin(this);
        if (node.ports.decisions().isRevoked(principal, id)) {
            isRevoked = true;
            loop.mailbox().post(() -> end(Code.REVOKED));
        }
    }

    /** The session's id. */
    public String id() {
        return id;
    }

    @Override
    public Principal principal() {
        return identity.principal();
    }

    @Override
    public Mailbox mailbox() {
        return loop.mailbox();
    }

    Loop loop() {
        return loop;
    }

    /**
     * Says hello.
     *
     * @param heartbeatMillis a peer that is silent for so long is taken for dead
     */
    public void greet(long heartbeatMillis) {
        if (isRevoked) {
            return;
        }
        wire.send(new ServerMessage.Hello(
                id, principal().name(), identity.expiresMillis(), heartbeatMillis, node.ports.hello()));
        identity.watch();
    }

    /** A command of the client. */
    public void onMessage(ClientMessage message) {
        assert loop.mailbox().isOwner();
        if (!closed && !isRevoked && !identity.holdsBack(message)) {
            take(message);
        }
    }

    /** Does a command whose turn it is. */
    void take(ClientMessage message) {
        long retryMillis = pace.command();
        boolean isAllowed = message instanceof ClientMessage.Authenticate || message instanceof ClientMessage.Ping;
        if (principal().isStranger() && !isAllowed) {
            refuse(ServerMessage.Refusal.of(message.id(), Code.UNAUTHENTICATED, null));
        } else if (message instanceof ClientMessage.Publish publish && publish.idempotencyKey() != null) {
            // Even if it came too fast: only its channel knows whether it is a retry, and what waits behind it.
            publish(new Attempt(publish, retryMillis));
        } else if (retryMillis > 0) {
            refuse(Pace.refusal(message, retryMillis));
        } else {
            obey(message);
        }
    }

    /** A message of the client that is no command, and why: it counts as one, so that nobody is faster by nonsense. */
    public void onUnreadable(ServerMessage.Refusal refusal) {
        assert loop.mailbox().isOwner();
        long retryMillis = pace.command();
        refuse(retryMillis > 0 ? Pace.refusal(refusal.id(), null, retryMillis) : refusal);
    }

    private void obey(ClientMessage message) {
        switch (message) {
            case ClientMessage.Publish publish -> publish(new Attempt(publish, 0));
            case ClientMessage.Subscribe subscribe -> onSubscribe(subscribe);
            case ClientMessage.Unsubscribe unsubscribe -> onUnsubscribe(unsubscribe);
            case ClientMessage.History history -> onHistory(history);
            case ClientMessage.Abandon abandon -> onAbandon(abandon);
            case ClientMessage.Authenticate authenticate -> identity.prove(authenticate);
            case ClientMessage.Ping ping -> send(new ServerMessage.Pong(ping.id()));
            case ClientMessage.Signal signal -> refuse(signal.id(), signal.channel(), Code.UNSUPPORTED);
            case ClientMessage.Presence presence -> refuse(presence.id(), presence.channel(), Code.UNSUPPORTED);
        }
    }

    private void refuse(@Nullable RequestId requestId, @Nullable ChannelName channel, Code code) {
        refuse(ServerMessage.Refusal.of(requestId, code, channel));
    }

    /** Tells the client that something of it was refused. */
    public void refuse(ServerMessage.Refusal refusal) {
        node.ports.counters().refused(refusal.code());
        send(refusal);
    }

    // ---- publishing

    private void publish(Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        asked(publish.data().length());
        Shard shard = node.shardOf(publish.channel());
        shard.mailbox.post(() -> shard.withChannel(
                publish.channel(),
                channel -> channel.onPublish(this, attempt),
                code -> mailbox().post(() -> {
                    answered(publish.data().length());
                    refuse(publish.id(), publish.channel(), code);
                })));
    }

    /** A command waits for its answer. A session that says more than is answered is not read from for a while. */
    void asked(int bytes) {
        node.ports.counters().outstanding.increment();
        outstanding++;
        outstandingBytes += bytes;
        EngineLimits limits = node.ports.limits();
        if (!paused && (outstanding >= limits.outstandingMax() || outstandingBytes >= limits.outstandingBytesMax())) {
            paused = true;
            node.ports.counters().paused.increment();
            wire.read(false);
        }
    }

    void answered(int bytes) {
        node.ports.counters().outstanding.decrement();
        outstanding--;
        outstandingBytes -= bytes;
        EngineLimits limits = node.ports.limits();
        if (paused
                && !closed
                && outstanding <= limits.outstandingMax() / 2
                && outstandingBytes <= limits.outstandingBytesMax() / 2) {
            paused = false;
            wire.read(true);
        }
    }

    @Override
    public void onPublished(ServerMessage answer, int bytes, boolean holds) {
        assert loop.mailbox().isOwner();
        answered(bytes);
        if (holds && answer instanceof ServerMessage.Refusal refusal && refusal.channel() != null) {
            hold(refusal.channel());
        }
        send(answer);
    }

    private void hold(ChannelName channel) {
        if (closed) {
            releaseHold(channel);
        } else {
            if (heldChannels.isEmpty()) {
                heldChannels = new HashSet<>();
            }
            heldChannels.add(channel);
        }
    }

    private void releaseHold(ChannelName channel) {
        Shard shard = node.shardOf(channel);
        shard.mailbox.post(() -> {
            Channel attached = shard.attached(channel);
            if (attached != null) {
                attached.onPublisherGone(this);
            }
        });
    }

    private void onAbandon(ClientMessage.Abandon abandon) {
        asked(0);
        Shard shard = node.shardOf(abandon.channel());
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(abandon.channel());
            if (channel != null) {
                channel.onAbandon(this, abandon.idempotencyKey());
            }
            answer(new ServerMessage.Abandoned(abandon.id(), abandon.channel()));
        });
    }

    // ---- reading

    private void onSubscribe(ClientMessage.Subscribe subscribe) {
        Position after = subscribe.after();
        Start start = after != null ? new Start.After(after) : new Start.Newest(subscribe.last());
        subscribe(subscribe.id(), subscribe.channel(), start);
    }

    /** Subscribes, as the command {@code subscribe} does. */
    public void subscribe(@Nullable RequestId requestId, ChannelName name, Start start) {
        if (closed || isRevoked) {
            return;
        }
        if (subscriptions.containsKey(name)) {
            refuse(requestId, name, Code.ALREADY_SUBSCRIBED);
            return;
        }
        int max = node.ports.limits().subscriptionsMax();
        if (subscriptions.size() >= max) {
            refuse(ServerMessage.Refusal.of(
                    requestId,
                    Code.TOO_MANY_SUBSCRIPTIONS,
                    name,
                    "a session may be subscribed to " + max + " channels"));
            return;
        }
        asked(0);
        Audience audience = loop.audience(name);
        Subscription subscription = new Subscription(this, audience, requestId, start);
        audience.add(subscription);
        keep(subscription);
        node.ports.counters().subscriptions.increment();
        Shard shard = node.shardOf(name);
        Principal reader = principal();
        shard.mailbox.post(() -> shard.withChannel(
                name,
                channel -> channel.onSubscribe(audience, subscription, reader, start),
                code -> mailbox().post(() -> subscription.onCatchUp(new CatchUp.Refused(code, code.text())))));
    }

    private void onUnsubscribe(ClientMessage.Unsubscribe unsubscribe) {
        Subscription subscription = drop(unsubscribe.channel());
        if (subscription == null) {
            refuse(unsubscribe.id(), unsubscribe.channel(), Code.NOT_SUBSCRIBED);
        } else {
            leave(subscription);
            send(new ServerMessage.Unsubscribed(unsubscribe.id(), unsubscribe.channel(), 0));
            readParked(); // it may have been the one whose page was on its way
        }
    }

    /** The shard has answered a subscribe, whatever has become of the subscription meanwhile. */
    void onJoined() {
        answered(0);
        if (!closed) {
            watch();
        }
    }

    /** A session that reads without having been greeted is watched from its first answer on. */
    private void watch() {
        if (identity.isOver()) {
            end(Code.TOKEN_EXPIRED);
        } else if (!identity.isWatched()) {
            identity.watch();
        }
    }

    /** The shard has refused a subscription: when it was asked for, or a page of it later. */
    void onRefused(Subscription subscription, boolean joining, @Nullable RequestId requestId, CatchUp.Refused refused) {
        pageArrived(subscription);
        if (drop(subscription.channel()) != null) {
            leave(subscription);
        }
        if (joining) {
            refuse(ServerMessage.Refusal.of(requestId, refused.code(), subscription.channel(), refused.message()));
        } else {
            node.ports.counters().refused(refused.code());
            send(new ServerMessage.Unsubscribed(
                    null, subscription.channel(), refused.code().number()));
        }
        readParked();
    }

    private void keep(Subscription subscription) {
        if (subscriptions.isEmpty()) {
            subscriptions = Map.of(subscription.channel(), subscription);
            return;
        }
        if (subscriptions.size() == 1) {
            subscriptions = new HashMap<>(subscriptions);
        }
        subscriptions.put(subscription.channel(), subscription);
    }

    private @Nullable Subscription drop(ChannelName name) {
        if (subscriptions.size() > 1) {
            return subscriptions.remove(name);
        }
        Subscription dropped = subscriptions.get(name);
        if (dropped != null) {
            subscriptions = Map.of();
        }
        return dropped;
    }

    private void leave(Subscription subscription) {
        if (parked != null) {
            parked.remove(subscription);
        }
        pageArrived(subscription);
        subscription.end();
        node.ports.counters().subscriptions.decrement();
        if (loop.leave(subscription)) {
            Shard shard = node.shardOf(subscription.channel());
            shard.mailbox.post(() -> {
                Channel channel = shard.attached(subscription.channel());
                if (channel != null) {
                    channel.onAudienceGone(subscription.audience);
                }
            });
        }
    }

    /** Gives a publication to the wire, if that has room. */
    boolean deliver(EncodedPublication publication) {
        if (!wire.hasRoom()) {
            return false;
        }
        wire.deliver(publication);
        node.ports.counters().delivered.increment();
        return true;
    }

    void send(ServerMessage message) {
        if (!closed) {
            wire.send(message);
        }
    }

    void onGap() {
        node.ports.counters().gaps.increment();
    }

    /** The subscription is behind and wants a page. */
    void onParked(Subscription subscription) {
        pageArrived(subscription);
        if (parked == null) {
            parked = new ArrayDeque<>(2);
        }
        parked.add(subscription);
        if (!wire.hasRoom()) {
            node.ports.counters().parked.increment();
        }
        readParked();
    }

    /** The subscription follows the live flow again. */
    void onCaughtUp(Subscription subscription) {
        pageArrived(subscription);
        readParked();
    }

    private void pageArrived(Subscription subscription) {
        if (reading == subscription) {
            reading = null;
        }
    }

    /** Whether more is kept for one of its subscriptions than the wire was given: it waits for room, or for a page. */
    public boolean isBehind() {
        return reading != null || (parked != null && !parked.isEmpty());
    }

    /** The wire has room again. */
    public void onRoom() {
        assert loop.mailbox().isOwner();
        readParked();
    }

    private void readParked() {
        if (closed || reading != null || parked == null || parked.isEmpty() || !wire.hasRoom()) {
            return;
        }
        Subscription next = parked.removeFirst();
        reading = next;
        next.onAsked();
        Position after = next.position();
        Shard shard = node.shardOf(next.channel());
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(next.channel());
            if (channel == null) {
                CatchUp lost = new CatchUp.Refused(Code.STORAGE_FAULT, Code.STORAGE_FAULT.text());
                mailbox().post(() -> next.onCatchUp(lost));
            } else {
                channel.onCatchUp(next, after);
            }
        });
    }

    private void onHistory(ClientMessage.History history) {
        ChannelName name = history.channel();
        Shard shard = node.shardOf(name);
        Principal reader = principal();
        Broker.ReadFrom from = history.after() != null
                ? new Broker.ReadFrom.After(history.after())
                : history.before() != null
                        ? new Broker.ReadFrom.Before(history.before())
                        : new Broker.ReadFrom.Newest();
        int limit = history.limit() == 0 ? node.ports.limits().historyPageMax() : history.limit();
        asked(0);
        shard.mailbox.post(() -> shard.withChannel(
                name,
                channel -> channel.onHistory(
                        reader,
                        from,
                        limit,
                        page -> answer(historyPage(history, page)),
                        refused -> answerRefused(history, refused.code(), refused.message())),
                code -> answerRefused(history, code, code.text())));
    }

    private void answer(ServerMessage answer) {
        mailbox().post(() -> {
            answered(0);
            send(answer);
        });
    }

    private void answerRefused(ClientMessage.History history, Code code, String message) {
        mailbox().post(() -> {
            answered(0);
            refuse(ServerMessage.Refusal.of(history.id(), code, history.channel(), message));
        });
    }

    private static ServerMessage historyPage(ClientMessage.History history, Broker.Page.Publications page) {
        Position asked = history.after() != null ? history.after() : history.before();
        Gap gap =
                page.gap() == null ? null : new Gap(page.gap(), asked == null ? null : asked.toString(), page.start());
        boolean more = history.after() != null ? page.moreAfter() : page.moreBefore();
        return new ServerMessage.HistoryPage(
                history.id(), history.channel(), page.publications(), page.end(), more, gap);
    }

    // ---- the session itself

    boolean isClosed() {
        return closed;
    }

    /** Who it is has changed: what it may no longer read ends. */
    void onGrantsChanged() {
        for (Subscription subscription : List.copyOf(subscriptions.values())) {
            Asked.<Decisions.Verdict>ask(
                    loop.mailbox(),
                    loop.timers(),
                    node.ports.limits().decisionTimeMax(),
                    answer -> node.ports.decisions().onSubscribe(principal(), subscription.channel(), answer),
                    () -> {},
                    code -> new Decisions.Verdict.Refuse(code, code.text()),
                    verdict -> endUnlessMayRead(subscription, verdict));
        }
    }

    private static void endUnlessMayRead(Subscription subscription, Decisions.Verdict verdict) {
        if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
            subscription.onCatchUp(new CatchUp.Refused(code, message));
        }
    }

    /** Ends the session for a reason of the server's: nothing is delivered any more, and the peer is told. */
    public void end(Code code) {
        if (!closed) {
            onClosed();
            node.ports.counters().sessionEnded(code);
            wire.close(code, code.wire());
        }
    }

    /** The connection is gone: nothing is delivered any more. */
    public void onClosed() {
        assert loop.mailbox().isOwner();
        if (closed) {
            return;
        }
        closed = true;
        identity.end();
        loop.end(this);
        subscriptions.values().forEach(this::leave);
        subscriptions = Map.of();
        heldChannels.forEach(this::releaseHold);
        node.ports.counters().sessions.decrement();
    }
}
