package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A channel on its shard: it brings publications to the broker in each publisher's order, hands what the broker has kept to
 * the audiences, and gives returning readers what they missed.
 *
 * <p><b>The seam.</b> A subscription joins its loop's audience before its position is read here, and ignores live
 * publications until it has been given a page that ends at the head. Pages and publications reach a loop through the same
 * mailbox, so whatever is published after such a page was posted arrives after it: nothing falls between history and live,
 * nothing comes twice, and nothing needs to be buffered. What it keeps, and so where pages come from, is its
 * {@link Retention}'s.
 */
final class Channel implements Broker.Listener, Presence.Readers {

    private final ChannelName name;
    /** The shard's for it: no other channel of the node has it while this one is in memory. */
    private final long number;

    private final Shard shard;
    private final ChannelSettings settings;
    private final List<Audience> audiences = new ArrayList<>(2);
    private final Retention retention;
    private final Publishing publishing;

    /** What waits for the channel to be loaded; null while it isn't being loaded. */
    private @Nullable List<Runnable> waiting;

    /**
     * Why it could not be loaded; null while it could, or isn't loaded yet. It stays with its {@link Publishing}, so that
     * a publisher's order is kept, and the next who needs it has it loaded again.
     */
    private @Nullable Code broken;

    /** Who is here; null until somebody asked, or was to be listed. */
    private @Nullable Presence presence;

    /** How many answers of the broker, or about readers, are outstanding. */
    private int broking;

    private long usedAtNanos;

    /** True exactly while the broker can't ask anybody about it. */
    private boolean isStale;

    /** The pages that readers wait for until then, one for each reader at most. */
    private List<Runnable> heldPages = new ArrayList<>(0);

    Channel(ChannelName name, long number, Shard shard, ChannelSettings settings) {
        this.name = name;
        this.number = number;
        this.shard = shard;
        this.settings = settings;
        this.retention = Retention.of(this, settings);
        this.publishing = new Publishing(this);
        if (isBrokered()) {
            load();
        }
    }

    private void load() {
        waiting = new ArrayList<>();
        broken = null;
        shard.broker.attach(name, settings, this, this::onAttached);
    }

    private void onAttached(Broker.Attached attached) {
        List<Runnable> ready = Objects.requireNonNull(waiting, "attached twice");
        waiting = null;
        switch (attached) {
            case Broker.Attached.Done done -> retention.onAttached(done);
            case Broker.Attached.Failed(Code code) -> broken = code;
        }
        ready.forEach(Runnable::run);
        if (attached instanceof Broker.Attached.Failed) {
            publishing.onNotLoaded();
        }
    }

    /** Runs an operation once the channel is loaded, or refuses it where too many wait or it could not be loaded. */
    private void whenLoaded(Runnable operation, Consumer<Code> refuse) {
        usedAtNanos = shard.clock.nanos();
        if (broken != null) {
            load();
        }
        if (waiting == null) {
            operation.run();
        } else if (waiting.size() >= shard.limits.waitingMax()) {
            refuse.accept(Code.OVERLOADED);
        } else {
            shard.counters.waiting.increment();
            waiting.add(() -> {
                shard.counters.waiting.decrement();
                if (broken == null) {
                    operation.run();
                } else {
                    refuse.accept(broken);
                }
            });
        }
    }

    ChannelName name() {
        return name;
    }

    long number() {
        return number;
    }

    Shard shard() {
        return shard;
    }

    /** Whether the broker is to have it: for what it keeps, or for the signals of other nodes. */
    private boolean isBrokered() {
        return retention.isKept() || shard.broker.carriesSignals();
    }

    /** Whether the broker has it. */
    boolean isAttached() {
        return isBrokered() && waiting == null && broken == null;
    }

    /** Whether it is the one that the shard has, and the broker too. */
    boolean isInMemory() {
        return shard.attached(name) == this && isAttached();
    }

    /** An answer that the channel waits for: until it has come, the channel does not leave the memory. */
    <T> Consumer<T> counted(Consumer<T> then) {
        broking++;
        return answer -> {
            broking--;
            then.accept(answer);
        };
    }

    /** Why it takes no such publish of this one; null where it does. */
    @Nullable
    Code refusalOf(Principal publisher, ClientMessage.Publish publish) {
        boolean isForeign = settings.kind() == ChannelKind.DOCUMENT && !publisher.isDocuments();
        return isForeign ? Code.UNSUPPORTED : retention.refusalOf(publish);
    }

    /** Whether nobody has used it for so long, and nobody is about to: it may leave the memory. */
    boolean isIdle(long nowNanos, long idleNanos) {
        return waiting == null
                && audiences.isEmpty()
                && broking == 0
                && publishing.isIdle()
                && (presence == null || presence.isEmpty())
                && nowNanos - usedAtNanos >= idleNanos;
    }

    // ---- publishing

    void onPublish(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        if (waiting != null && waiting.size() >= shard.limits.waitingMax()) {
            publishing.turnAway(publisher, publish);
            return;
        }
        boolean isToWait = waiting != null || broken != null;
        whenLoaded(
                () -> publishing.admit(publisher, attempt, isToWait),
                code -> publishing.refuse(publisher, publish, code, code.text()));
    }

    void onAbandon(Publisher publisher, String idempotencyKey) {
        publishing.onAbandon(publisher, idempotencyKey);
    }

    void onPublisherGone(Publisher publisher) {
        publishing.onPublisherGone(publisher);
    }

    // ---- delivering

    @Override
    public void onPublication(Publication publication) {
        EncodedPublication encoded = encoded(publication);
        retention.onPublication(encoded);
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onPublication(encoded));
        }
    }

    EncodedPublication encoded(Publication publication) {
        return new EncodedPublication(publication, number, settings.tellsAt());
    }

    @Override
    public void onRedacted(Publication publication) {
        retention.onRedacted(encoded(publication));
        ServerMessage told = new ServerMessage.Redacted(name, publication.position());
        for (Audience audience : audiences) {
            audience.loop.mailbox().post(() -> audience.onRedacted(publication.position(), told));
        }
    }

    @Override
    public void onReplaced(Broker.Attached.Done now) {
        retention.onAttached(now);
        for (Audience audience : audiences) {
            audience.loop.mailbox().post(() -> audience.onReplaced(now.head()));
        }
    }

    @Override
    public void onStale() {
        isStale = true;
        for (Audience audience : audiences) {
            audience.loop.mailbox().post(audience::onStale);
        }
    }

    @Override
    public void onFresh() {
        isStale = false;
        List<Runnable> due = heldPages;
        heldPages = new ArrayList<>(0);
        due.forEach(Runnable::run);
        for (Audience audience : audiences) {
            audience.loop.mailbox().post(audience::onFresh);
        }
    }

    /** The next page of a reader can't be read. It is kept and waits for it where that is for the channel being stale. */
    void refuseOrHold(Subscription subscription, Ask ask, Code code) {
        if (isStale) {
            heldPages.add(() -> onCatchUp(subscription, ask));
        } else {
            answer(subscription, refusedWith(code));
        }
    }

    // ---- subscribing

    /** A subscription has joined its loop's audience and asks for what it is owed. */
    void onSubscribe(Audience audience, Subscription subscription, Principal principal, Subscription.Request request) {
        if (!audiences.contains(audience)) {
            audiences.add(audience);
        }
        Consumer<CatchUp.Refused> refuse = refused -> answer(subscription, refused);
        whenReadable(principal, () -> decidePresence(principal, subscription, request), refuse);
    }

    /** One that may not be told of presence is subscribed nevertheless. */
    private void decidePresence(Principal principal, Subscription subscription, Subscription.Request request) {
        Attendee attendee = subscription.attendee();
        if (attendee == null) {
            retention.start(subscription, request);
            return;
        }
        decide(answer -> shard.decisions.onPresence(principal, name, answer), verdict -> {
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                attendee.refuse(new CatchUp.Refused(code, message));
                retention.start(subscription, request);
            } else {
                withPresence(_ -> retention.start(subscription, request));
            }
        });
    }

    /** Asks a decision; the channel does not leave the memory meanwhile, though nobody may be subscribed. */
    private void decide(Consumer<Consumer<Decisions.Verdict>> question, Consumer<Decisions.Verdict> then) {
        shard.decide(question, () -> {}, counted(then));
    }

    /** Runs an operation once the channel is loaded and the principal may read it. */
    private void whenReadable(Principal principal, Runnable operation, Consumer<CatchUp.Refused> refuse) {
        whenLoaded(() -> decideReading(principal, operation, refuse), code -> refuse.accept(refusedWith(code)));
    }

    private void decideReading(Principal principal, Runnable operation, Consumer<CatchUp.Refused> refuse) {
        decide(answer -> shard.decisions.onSubscribe(principal, name, answer), verdict -> {
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                refuse.accept(new CatchUp.Refused(code, message));
            } else {
                operation.run();
            }
        });
    }

    static CatchUp.Refused refusedWith(Code code) {
        return new CatchUp.Refused(code, code.text());
    }

    void onAudienceGone(Audience audience) {
        audiences.remove(audience);
        usedAtNanos = shard.clock.nanos();
    }

    /** A subscription asks for the next page after its position. */
    void onCatchUp(Subscription subscription, Ask ask) {
        retention.catchUp(subscription, ask);
    }

    /** With the first page goes what its subscription is to be told of presence: in one task, so that it is told in one turn. */
    void answer(Subscription subscription, CatchUp answer) {
        boolean isToldStale = isStale;
        PresenceNews news = newsWith(answer, subscription.attendee());
        subscription.mailbox().post(() -> {
            subscription.onCatchUp(answer);
            subscription.onState(isToldStale);
            if (news != null) {
                subscription.onPresence(news);
            }
        });
    }

    /** What is told of presence with an answer; null where nothing is, since it was before, or its subscription is refused. */
    private @Nullable PresenceNews newsWith(CatchUp answer, @Nullable Attendee attendee) {
        if (attendee == null || attendee.isAnswered()) {
            return null;
        }
        if (answer instanceof CatchUp.Refused) {
            attendee.letGo(this::ensurePresence, false);
            return null;
        }
        return attendee.answer(this::ensurePresence);
    }

    // ---- signals and presence

    /** A signal to everybody who is subscribed now. */
    void onSignal(EncodedEvent signal, SignalOrigin origin, int missed) {
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onSignal(signal, origin, missed));
        }
    }

    @Override
    public void onSignal(CarriedSignal signal, int missed) {
        onSignal(EncodedEvent.of(told(signal), number), signal, missed);
    }

    ServerMessage.Signalled told(CarriedSignal signal) {
        return new ServerMessage.Signalled(name, signal.from(), signal.data(), 0);
    }

    private Presence ensurePresence() {
        Presence made = presence == null ? new Presence(name, shard, this) : presence;
        presence = made;
        return made;
    }

    /** Goes on with who is here, once that is known. */
    void withPresence(Consumer<Presence> then) {
        usedAtNanos = shard.clock.nanos();
        Presence asked = ensurePresence();
        Consumer<Presence> due = counted(then);
        asked.whenReady(() -> due.accept(asked));
    }

    /** It leaves the memory. */
    void onForgotten() {
        if (presence != null) {
            presence.close();
        }
    }

    /** Who is here; null where nobody is, and nobody has asked. */
    @Nullable
    Presence presence() {
        return presence;
    }

    /**
     * A reader asks for the next page, or for what it missed.
     *
     * @param at where the page begins; null where it has all of a list
     * @param since as {@link ClientMessage.Subscribe#presence}
     */
    void onPresenceAsked(PresenceReader reader, @Nullable PresenceCursor at, long since) {
        Presence asked = ensurePresence();
        PresenceNews news = at == null ? asked.newsSince(since) : asked.newsAt(at);
        reader.mailbox().post(() -> reader.onNews(news));
    }

    @Override
    public void onDifference(Presence.Difference difference) {
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onDifference(difference));
        }
    }

    @Override
    public void onReplaced() {
        for (Audience audience : audiences) {
            audience.loop.mailbox().post(audience::onPresenceReplaced);
        }
    }

    @Override
    public void onCount(EncodedEvent count) {
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onCount(count));
        }
    }

    /** A subscription has ended; the attendee is null where it did not ask for presence. */
    void onLeft(@Nullable Attendee attendee, boolean isForGood) {
        Lease lease = attendee == null ? null : attendee.lease;
        if (attendee != null && lease != null) {
            ensurePresence().onUnsubscribed(lease, isForGood);
            attendee.letGo(this::ensurePresence, isForGood);
        }
    }

    // ---- history

    void onHistory(
            Principal principal,
            Broker.ReadFrom from,
            int limit,
            Consumer<Past> onPage,
            Consumer<CatchUp.Refused> onRefused) {
        Consumer<Past> then = page -> onPage.accept(isStale ? page.whileStale() : page);
        whenReadable(principal, () -> retention.history(from, limit, then, onRefused), onRefused);
    }

    Broker.Page.Publications asTold(Broker.Page.Publications page) {
        return settings.tellsAt() ? page : page.withoutAt();
    }

    /** Of a map, a change that is in memory. */
    Publication asTold(EncodedPublication change) {
        return settings.tellsAt() ? change.publication() : change.publication().withoutAt();
    }

    // ---- erasing

    /** Empties the channel, or takes the data out of a publication, for one who may. */
    void onErase(Principal principal, Erasure erasure, Runnable done, Consumer<CatchUp.Refused> onRefused) {
        whenLoaded(
                () -> decide(
                        answer -> shard.decisions.onErase(principal, name, erasure.permission(), answer), verdict -> {
                            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                                onRefused.accept(new CatchUp.Refused(code, message));
                            } else {
                                erase(erasure, done, onRefused);
                            }
                        }),
                code -> onRefused.accept(refusedWith(code)));
    }

    private void erase(Erasure erasure, Runnable done, Consumer<CatchUp.Refused> onRefused) {
        boolean isPurge = erasure instanceof Erasure.Purge;
        boolean isPossible = isPurge ? retention.isKept() : retention.canRedact();
        if (!isPossible) {
            onRefused.accept(refusedWith(Code.UNSUPPORTED));
            return;
        }
        Consumer<Broker.Erased> then = counted(erased -> {
            switch (erased) {
                case Broker.Erased.Done _ -> {
                    (isPurge ? shard.counters.purges : shard.counters.redactions).increment();
                    done.run();
                }
                case Broker.Erased.Refused(Code code) -> onRefused.accept(refusedWith(code));
            }
        });
        switch (erasure) {
            case Erasure.Purge _ -> shard.broker.purge(name, then);
            case Erasure.Redaction(Position position) -> shard.broker.redact(name, position, then);
        }
    }
}
