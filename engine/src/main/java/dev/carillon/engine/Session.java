package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The conversation with one client over one {@link Wire}, on the event loop of its connection. WebSocket, event stream, long
 * poll, GET and POST are all sessions; they differ in their wires and in who says the commands.
 *
 * <p><b>Slow readers.</b> A publication goes to the wire only while that has room. A subscription that finds none is parked;
 * when there is room again, parked subscriptions ask for pages in turn ({@link Backlog}).
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

    private final Subscriptions subscriptions = new Subscriptions(this);

    /** Null until there was one. */
    private @Nullable Backlog backlog;

    /** The channels to which later publishes of this session are held back. */
    private Set<ChannelName> heldChannels = Set.of();

    /** Commands that wait for their answers, and the bytes of data in them. */
    private int outstanding;

    private long outstandingBytes;
    /** True exactly while the wire was told not to read. */
    private boolean paused;

    /** True once it was resumed: that can be had cheaply once. */
    private boolean hasResumed;

    private boolean closed;
    /** True exactly where it was revoked before it began; then it ends without having done anything. */
    private boolean isRevoked;

    /**
     * @param id the session's id: 22 characters of base64url
     * @param loop the loop that the wire's connection belongs to; everything here is called on it
     * @param principal who it is; one whose proof was revoked meanwhile is told so in the loop's next turn, and not obeyed
     */
    public Session(Node node, Loop loop, Wire wire, String id, Principal principal) {
        this(node, loop, wire, id, principal, node.ports.limits().rates());
    }

    /**
     * A session at a pace of its own.
     *
     * @param rates how fast it may speak
     */
    public Session(Node node, Loop loop, Wire wire, String id, Principal principal, SessionRates rates) {
        this.node = node;
        this.loop = loop;
        this.wire = wire;
        this.id = id;
        this.identity = new Identity(this, node.ports, loop.timers(), principal);
        this.pace = new Pace(node.ports.clock(), rates);
        counters().sessions.increment();
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

    Node node() {
        return node;
    }

    Shard shardOf(ChannelName channel) {
        return node.shardOf(channel);
    }

    EngineCounters counters() {
        return node.ports.counters();
    }

    EngineLimits limits() {
        return node.ports.limits();
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
            refuse(message, refused -> ServerMessage.Refusal.of(refused.id(), Code.UNAUTHENTICATED, null));
        } else if (message instanceof ClientMessage.Publish publish && publish.idempotencyKey() != null) {
            // Even if it came too fast: only its channel knows whether it is a retry, and what waits behind it.
            publish(new Attempt(publish, retryMillis));
        } else if (retryMillis > 0) {
            refuse(message, refused -> Pace.refusal(refused, retryMillis));
        } else {
            obey(message);
        }
    }

    /** A session's first resume is refused as so many subscribes would be, so that whoever waits for their answers has them. */
    private void refuse(ClientMessage message, Function<ClientMessage, ServerMessage.Refusal> why) {
        if (message instanceof ClientMessage.Resume resume && !hasResumed) {
            hasResumed = true;
            resume.channels().forEach(channel -> refuse(why.apply(channel)));
        } else {
            refuse(why.apply(message));
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
            case ClientMessage.Resume resume -> onResume(resume);
            case ClientMessage.Unsubscribe unsubscribe -> subscriptions.unsubscribe(unsubscribe);
            case ClientMessage.Track track -> subscriptions.track(track);
            case ClientMessage.History history -> ask(new Question.OfHistory(this, history));
            case ClientMessage.Abandon abandon -> onAbandon(abandon);
            case ClientMessage.Authenticate authenticate -> identity.prove(authenticate);
            case ClientMessage.Ping ping -> send(new ServerMessage.Pong(ping.id()));
            case ClientMessage.Signal signal -> onSignal(signal);
            case ClientMessage.Presence presence -> ask(new Question.OfPresence(this, presence));
        }
    }

    void refuse(@Nullable RequestId requestId, @Nullable ChannelName channel, Code code) {
        refuse(ServerMessage.Refusal.of(requestId, code, channel));
    }

    /** Tells the client that something of it was refused. */
    public void refuse(ServerMessage.Refusal refusal) {
        counters().refused(refusal.code());
        send(refusal);
    }

    // ---- publishing

    private void publish(Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        asked(publish.data().length());
        Shard shard = shardOf(publish.channel());
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
        counters().outstanding.increment();
        outstanding++;
        outstandingBytes += bytes;
        EngineLimits limits = limits();
        if (!paused && (outstanding >= limits.outstandingMax() || outstandingBytes >= limits.outstandingBytesMax())) {
            paused = true;
            counters().paused.increment();
            wire.read(false);
        }
    }

    void answered(int bytes) {
        counters().outstanding.decrement();
        outstanding--;
        outstandingBytes -= bytes;
        EngineLimits limits = limits();
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
        if (answer instanceof ServerMessage.Published published) {
            subscriptions.beforeAcknowledged(published.channel());
        }
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
        Shard shard = shardOf(channel);
        shard.mailbox.post(() -> {
            Channel attached = shard.attached(channel);
            if (attached != null) {
                attached.onPublisherGone(this);
            }
        });
    }

    private void onAbandon(ClientMessage.Abandon abandon) {
        asked(0);
        Shard shard = shardOf(abandon.channel());
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(abandon.channel());
            if (channel != null) {
                channel.onAbandon(this, abandon.idempotencyKey());
            }
            mailbox().post(() -> {
                answered(0);
                send(new ServerMessage.Abandoned(abandon.id(), abandon.channel()));
            });
        });
    }

    // ---- reading

    private void onSubscribe(ClientMessage.Subscribe subscribe) {
        subscribe(subscribe.id(), subscribe.channel(), startOf(subscribe), subscribe.presence(), subscribe.track());
    }

    static Start startOf(ClientMessage.Subscribe subscribe) {
        Position after = subscribe.after();
        return after != null ? new Start.After(after) : new Start.Newest(subscribe.last());
    }

    /** The first one of a session is one command, whatever it names; a later one is as many as it names channels. */
    private void onResume(ClientMessage.Resume resume) {
        resume.unreadable().forEach(this::refuse);
        List<ClientMessage.Subscribe> channels = hasResumed ? inTime(resume.channels()) : resume.channels();
        hasResumed = true;
        counters().resumes.increment();
        subscriptions.resume(channels);
    }

    /** Those for which there is time; the others are refused. The first one was counted with its command. */
    private List<ClientMessage.Subscribe> inTime(List<ClientMessage.Subscribe> channels) {
        List<ClientMessage.Subscribe> taken = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            long retryMillis = i == 0 ? 0 : pace.command();
            if (retryMillis > 0) {
                refuse(Pace.refusal(channels.get(i), retryMillis));
            } else {
                taken.add(channels.get(i));
            }
        }
        return taken;
    }

    /** Subscribes without asking who is present. */
    public void subscribe(@Nullable RequestId requestId, ChannelName name, Start start) {
        subscribe(requestId, name, start, ClientMessage.Subscribe.NO_PRESENCE, null);
    }

    /**
     * Subscribes, as the command {@code subscribe} does.
     *
     * @param presence as {@link ClientMessage.Subscribe#presence}
     * @param track what is wanted of a map; null for everything
     */
    public void subscribe(
            @Nullable RequestId requestId, ChannelName name, Start start, long presence, @Nullable Selection track) {
        if (!closed && !isRevoked) {
            subscriptions.subscribe(new Subscription.Request(requestId, start, Tracking.of(track)), name, presence);
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

    /**
     * The shard has refused a subscription.
     *
     * @param asked what was asked for, if that is refused; null for a page later
     */
    void onRefused(Subscription subscription, Subscription.@Nullable Request asked, CatchUp.Refused refused) {
        subscriptions.onRefused(subscription, asked, refused);
    }

    /** Gives a publication to the wire, if that has room. */
    boolean deliver(EncodedPublication publication) {
        if (!wire.hasRoom()) {
            return false;
        }
        wire.deliver(publication);
        counters().delivered.increment();
        return true;
    }

    /** Gives publications to the wire, as far as that has room; returns how many. */
    int deliver(EncodedRun run, boolean more) {
        int taken = wire.deliver(run, more);
        counters().delivered.add(taken);
        return taken;
    }

    boolean hasRoom() {
        return wire.hasRoom();
    }

    /** Gives news of who is present to the wire. */
    void tell(EncodedEvent news) {
        wire.deliver(news);
    }

    void send(ServerMessage message) {
        if (!closed) {
            wire.send(message);
        }
    }

    void onStalePage() {
        if (!closed) {
            wire.onStalePage();
        }
    }

    void onGap() {
        counters().gaps.increment();
    }

    void onReset() {
        counters().resets.increment();
    }

    long nanos() {
        return node.ports.clock().nanos();
    }

    /** Does something on this loop once the delay has passed. */
    void later(Duration delay, Runnable task) {
        var _ = loop.timers().schedule(delay, task);
    }

    // ---- what is owed

    /** The subscription is behind and wants a page. */
    void onParked(Subscription subscription) {
        if (!wire.hasRoom()) {
            counters().parked.increment();
        }
        Backlog owed = backlog();
        owed.onAnswered(subscription);
        owed.add(subscription);
        owed.askNext();
    }

    /** The reader of presence missed something, which is asked for once there is room. */
    void onBehind(PresenceReader reader) {
        backlog().add(reader);
    }

    /** The reader of presence wants a page of the list, in its turn: the next one, or of another list. */
    void onMore(PresenceReader reader) {
        Backlog owed = backlog();
        owed.onAnswered(reader);
        owed.add(reader);
        owed.askNext();
    }

    /** It was given what it was owed. */
    void onTold(Backlog.Owed owed) {
        if (backlog != null) {
            backlog.onAnswered(owed);
            askNext();
        }
    }

    /** It is owed nothing any more. */
    void forget(Backlog.Owed owed) {
        if (backlog != null) {
            backlog.remove(owed);
        }
    }

    private void ask(Question question) {
        asked(0);
        backlog().add(question);
        askNext();
    }

    /** A question was answered, or is not to be asked any more. */
    void onAnswered(Question question) {
        answered(0);
        onTold(question);
    }

    private Backlog backlog() {
        Backlog made = backlog == null ? new Backlog(wire) : backlog;
        backlog = made;
        return made;
    }

    /** Whether more is kept for one of its subscriptions than the wire was given: it waits for room, or for a page. */
    public boolean isBehind() {
        return backlog != null && !backlog.isEmpty();
    }

    /** Whether every command that it took has its answer, as far as the wire was given it. */
    public boolean isAnswered() {
        assert loop.mailbox().isOwner();
        return outstanding == 0;
    }

    /** The wire has room again. */
    public void onRoom() {
        assert loop.mailbox().isOwner();
        askNext();
    }

    void askNext() {
        if (backlog != null && !closed) {
            backlog.askNext();
        }
    }

    // ---- erasing

    /** Has something taken out of a channel. It is carried out, or refused. */
    public void erase(ChannelName channel, Erasure erasure) {
        assert loop.mailbox().isOwner();
        if (closed || isRevoked) {
            return;
        }
        long retryMillis = pace.command();
        if (retryMillis > 0) {
            refuse(Pace.refusal(null, channel, retryMillis));
            return;
        }
        ask(new Question.OfErasure(this, channel, erasure));
    }

    /** What has no reply was done. */
    void onCarriedOut() {
        if (!closed) {
            wire.onCarriedOut();
        }
    }

    // ---- signals

    private void onSignal(ClientMessage.Signal signal) {
        int bytes = signal.data().length();
        int max = limits().signalBytesMax();
        if (bytes > max) {
            String message =
                    "a signal has at most " + max + " bytes of data (limits: signalBytes), this one has " + bytes;
            refuse(ServerMessage.Refusal.of(signal.id(), Code.TOO_LARGE, signal.channel(), message));
            return;
        }
        long retryMillis = pace.signal();
        if (retryMillis > 0) {
            refuse(Pace.refusal(signal, retryMillis));
            return;
        }
        asked(bytes);
        Sender sender = new Sender(this, principal());
        Shard shard = shardOf(signal.channel());
        shard.mailbox.post(() -> shard.signals.onSignal(sender, signal));
    }

    /** A signal of this session has gone to whoever was there, or was refused. */
    void onSignalled(ClientMessage.Signal signal, ServerMessage.@Nullable Refusal refusal) {
        answered(signal.data().length());
        if (refusal != null) {
            refuse(refusal);
        } else if (!closed) {
            wire.onCarriedOut();
        }
    }

    boolean carriesSignals() {
        return wire.carriesSignals();
    }

    /** Gives a signal to the wire, which has room. */
    void signal(EncodedEvent signal) {
        wire.deliver(signal);
        counters().signalsDelivered.increment();
    }

    void onSignalDropped() {
        counters().signalsDropped.increment();
    }

    // ---- the session itself

    boolean isClosed() {
        return closed;
    }

    /** Who it is has changed: what it may no longer read ends. */
    void onGrantsChanged() {
        subscriptions.onGrantsChanged();
    }

    /** Asks a decision about this session, and goes on with its verdict on this loop, at once or later. */
    void decide(BiConsumer<Decisions, Consumer<Decisions.Verdict>> question, Consumer<Decisions.Verdict> then) {
        Asked.<Decisions.Verdict>ask(
                loop.mailbox(),
                loop.timers(),
                limits().decisionTimeMax(),
                answer -> question.accept(node.ports.decisions(), answer),
                () -> {},
                code -> new Decisions.Verdict.Refuse(code, code.text()),
                then);
    }

    /**
     * Ends the session for a reason of the server's: nothing is delivered any more, and the peer is told. One whose proof is
     * over leaves presence at once.
     */
    public void end(Code code) {
        if (!closed) {
            end(endsPresence(code));
            counters().sessionEnded(code);
            wire.close(code, code.wire());
        }
    }

    /** The connection is gone: nothing is delivered any more. Its client may come back on another one. */
    public void onClosed() {
        end(false);
    }

    /** The client has left for good, and said so: its presence ends at once. Nothing is delivered any more. */
    public void onGoodbye() {
        end(true);
    }

    /** Whether who is ended with this code is known not to come back as who it was. */
    static boolean endsPresence(Code code) {
        return code == Code.REVOKED || code == Code.TOKEN_EXPIRED;
    }

    private void end(boolean isForGood) {
        assert loop.mailbox().isOwner();
        if (closed) {
            return;
        }
        closed = true;
        identity.end();
        loop.end(this);
        subscriptions.end(isForGood);
        if (backlog != null) {
            backlog.forgetAll();
        }
        heldChannels.forEach(this::releaseHold);
        counters().sessions.decrement();
    }
}
