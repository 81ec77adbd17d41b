package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
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
 * nothing comes twice, and nothing needs to be buffered. A page read from the log may be behind by the time it comes back;
 * then the {@link Tail} completes it.
 */
final class Channel implements Broker.Listener, Presence.Readers {

    private final ChannelName name;
    /** The shard's for it: no other channel of the node has it while this one is in memory. */
    private final long number;

    private final Shard shard;
    private final ChannelSettings settings;
    private final List<Audience> audiences = new ArrayList<>(2);
    private final Lanes lanes;

    /** What waits for the channel to be loaded; null while it isn't being loaded. */
    private @Nullable List<Runnable> waiting;

    /**
     * Why it could not be loaded; null while it could, or isn't loaded yet. It stays with its {@link Lanes}, so that a
     * publisher's order is kept, and the next who needs it has it loaded again.
     */
    private @Nullable Code broken;

    private Tail tail;

    /** Who is here; null until somebody asked, or was to be listed. */
    private @Nullable Presence presence;

    /** How many answers of the broker, or about readers, are outstanding. */
    private int broking;

    private long usedAtNanos;

    Channel(ChannelName name, long number, Shard shard, ChannelSettings settings) {
        this.name = name;
        this.number = number;
        this.shard = shard;
        this.settings = settings;
        this.tail = new Tail(Position.ORIGIN, settings);
        this.lanes = new Lanes(shard.limits.waitingMax(), shard.counters.waiting);
        load();
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
            case Broker.Attached.Done(Position head) -> tail = new Tail(head, settings);
            case Broker.Attached.Failed(Code code) -> broken = code;
        }
        ready.forEach(Runnable::run);
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

    long number() {
        return number;
    }

    /** Whether the broker has it. */
    boolean isAttached() {
        return waiting == null && broken == null;
    }

    /** Whether nobody has used it for so long, and nobody is about to: it may leave the memory. */
    boolean isIdle(long nowNanos, long idleNanos) {
        return waiting == null
                && audiences.isEmpty()
                && broking == 0
                && lanes.isEmpty()
                && (presence == null || presence.isEmpty())
                && nowNanos - usedAtNanos >= idleNanos;
    }

    // ---- publishing

    void onPublish(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        if (waiting != null && waiting.size() >= shard.limits.waitingMax()) {
            turnAway(publisher, publish);
            return;
        }
        boolean isToWait = waiting != null || broken != null;
        whenLoaded(() -> admit(publisher, attempt, isToWait), code -> refuse(publisher, publish, code, code.text()));
    }

    void onAbandon(Publisher publisher, String idempotencyKey) {
        lanes.release(publisher, idempotencyKey);
    }

    void onPublisherGone(Publisher publisher) {
        lanes.forget(publisher);
    }

    private void admit(Publisher publisher, Attempt attempt, boolean isEarlier) {
        ClientMessage.Publish publish = attempt.publish();
        switch (lanes.enter(publisher, attempt, isEarlier)) {
            case HELD -> refuse(publisher, publish, Code.EARLIER_PUBLISH_REFUSED, Code.EARLIER_PUBLISH_REFUSED.text());
            case FULL -> turnAway(publisher, publish);
            case QUEUED -> {}
            case FREE -> begin(publisher, attempt);
        }
    }

    private void turnAway(Publisher publisher, ClientMessage.Publish publish) {
        boolean holds = lanes.turnedAway(publisher, publish);
        answerRefused(publisher, ServerMessage.Refusal.of(publish.id(), Code.OVERLOADED, name), publish, holds);
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
        broking++;
        shard.broker.find(name, key, publish.data(), found -> {
            broking--;
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
        });
    }

    private void decide(Publisher publisher, ClientMessage.Publish publish) {
        shard.decide(
                answer -> shard.decisions.onPublish(publisher.principal(), name, publish.data(), answer),
                () -> lanes.occupy(publisher),
                verdict -> {
                    switch (verdict) {
                        case Decisions.Verdict.Accept _ -> append(publisher, publish, publish.data());
                        case Decisions.Verdict.Rewrite(Data data) -> append(publisher, publish, data);
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
        broking++;
        Broker.Draft draft = new Broker.Draft(data, publisher.principal().name(), publish.idempotencyKey());
        shard.broker.publish(name, draft, published -> {
            broking--;
            switch (published) {
                case Broker.Published.Accepted(Position position) -> acknowledge(publisher, publish, position, false);
                case Broker.Published.Duplicate(Position position) -> acknowledge(publisher, publish, position, true);
                case Broker.Published.Refused(Code code) -> refuse(publisher, publish, code, code.text());
            }
        });
    }

    private void acknowledge(Publisher publisher, ClientMessage.Publish publish, Position position, boolean duplicate) {
        shard.counters.published(duplicate);
        if (publish.idempotencyKey() != null) {
            // A retry that was sent before its first try was refused takes back what that refusal held.
            lanes.release(publisher, publish.idempotencyKey());
        }
        ServerMessage answer = new ServerMessage.Published(publish.id(), name, position, duplicate);
        int bytes = publish.data().length();
        publisher.mailbox().post(() -> publisher.onPublished(answer, bytes, false));
    }

    private void refuse(Publisher publisher, ClientMessage.Publish publish, Code code, String message) {
        boolean holds = lanes.refused(publisher, publish, code);
        answerRefused(publisher, ServerMessage.Refusal.of(publish.id(), code, name, message), publish, holds);
    }

    private void refuseTooFast(Publisher publisher, Attempt attempt) {
        ClientMessage.Publish publish = attempt.publish();
        boolean holds = lanes.refused(publisher, publish, Code.RATE_LIMITED);
        answerRefused(publisher, Pace.refusal(publish.id(), name, attempt.retryMillis()), publish, holds);
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

    // ---- delivering

    @Override
    public void onPublication(Publication publication) {
        EncodedPublication encoded = encoded(publication);
        tail.add(encoded, shard.tailBytesMax());
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onPublication(encoded));
        }
    }

    private EncodedPublication encoded(Publication publication) {
        return new EncodedPublication(publication, number, settings.tellsAt());
    }

    // ---- subscribing

    /** A subscription has joined its loop's audience and asks for what it is owed. */
    void onSubscribe(Audience audience, Subscription subscription, Principal principal, Start start) {
        if (!audiences.contains(audience)) {
            audiences.add(audience);
        }
        Consumer<CatchUp.Refused> refuse = refused -> answer(subscription, refused);
        whenReadable(principal, () -> decidePresence(principal, subscription, start), refuse);
    }

    /** One that may not be told of presence is subscribed nevertheless. */
    private void decidePresence(Principal principal, Subscription subscription, Start start) {
        Attendee attendee = subscription.attendee();
        if (attendee == null) {
            start(subscription, start);
            return;
        }
        broking++;
        shard.decide(answer -> shard.decisions.onPresence(principal, name, answer), () -> {}, verdict -> {
            broking--;
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                attendee.refuse(new CatchUp.Refused(code, message));
            }
            start(subscription, start);
        });
    }

    /** Runs an operation once the channel is loaded and the principal may read it. */
    private void whenReadable(Principal principal, Runnable operation, Consumer<CatchUp.Refused> refuse) {
        whenLoaded(() -> decideReading(principal, operation, refuse), code -> refuse.accept(refusedWith(code)));
    }

    private void decideReading(Principal principal, Runnable operation, Consumer<CatchUp.Refused> refuse) {
        broking++; // it is not to leave the memory meanwhile, though nobody may be subscribed
        shard.decide(answer -> shard.decisions.onSubscribe(principal, name, answer), () -> {}, verdict -> {
            broking--;
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                refuse.accept(new CatchUp.Refused(code, message));
            } else {
                operation.run();
            }
        });
    }

    private static CatchUp.Refused refusedWith(Code code) {
        return new CatchUp.Refused(code, code.text());
    }

    private void start(Subscription subscription, Start start) {
        tail.trim(shard.clock.millis());
        switch (start) {
            case Start.After(Position position) -> onCatchUp(subscription, position);
            case Start.Newest(int count) -> newest(subscription, count);
            case Start.Unreadable _ ->
                read(
                        subscription,
                        new Broker.ReadFrom.Oldest(),
                        Integer.MAX_VALUE,
                        shard.limits.pageBytesMax(),
                        Gap.Cause.UNREADABLE);
        }
    }

    void onAudienceGone(Audience audience) {
        audiences.remove(audience);
        usedAtNanos = shard.clock.nanos();
    }

    /** A subscription asks for the next page after its position. */
    void onCatchUp(Subscription subscription, Position after) {
        tail.trim(shard.clock.millis());
        if (tail.covers(after)) {
            answer(subscription, fromTail(after, after));
            return;
        }
        int bytesMax = shard.limits.pageBytesMax();
        read(subscription, new Broker.ReadFrom.After(after), Integer.MAX_VALUE, bytesMax, null);
    }

    private void newest(Subscription subscription, int asked) {
        int count = Math.min(asked, shard.limits.historyPageMax());
        Position start = tail.beforeNewest(count);
        if (start != null) {
            answer(subscription, fromTail(start, start));
        } else {
            read(subscription, new Broker.ReadFrom.Newest(), count, shard.limits.historyBytesMax(), null);
        }
    }

    private CatchUp.Page fromTail(Position start, Position after) {
        List<EncodedPublication> page = tail.after(after, shard.limits.pageBytesMax());
        Position end = page.isEmpty() ? after : page.getLast().publication().position();
        return new CatchUp.Page(
                number, start, null, page, end, end.offset() == tail.head().offset());
    }

    private void read(
            Subscription subscription, Broker.ReadFrom from, int countMax, int bytesMax, Gap.@Nullable Cause gap) {
        broking++;
        shard.broker.read(name, from, countMax, bytesMax, page -> {
            broking--;
            switch (page) {
                case Broker.Page.Publications publications ->
                    answer(subscription, completed(publications, gap == null ? publications.gap() : gap));
                case Broker.Page.Failed(Code code) -> answer(subscription, new CatchUp.Refused(code, code.text()));
            }
        });
    }

    /** A page of the log, and what the tail has behind it. */
    private CatchUp.Page completed(Broker.Page.Publications read, Gap.@Nullable Cause gap) {
        List<EncodedPublication> page = new ArrayList<>(read.publications().size());
        for (Publication publication : read.publications()) {
            page.add(encoded(publication));
        }
        Position end = read.end();
        if (tail.covers(end)) {
            CatchUp.Page rest = fromTail(read.start(), end);
            page.addAll(rest.publications());
            return new CatchUp.Page(number, read.start(), gap, page, rest.end(), rest.atHead());
        }
        return new CatchUp.Page(number, read.start(), gap, page, end, false);
    }

    /** With the first page goes what its subscription is to be told of presence: in one task, so that it is told in one turn. */
    private void answer(Subscription subscription, CatchUp answer) {
        Attendee attendee = subscription.attendee();
        if (attendee == null || attendee.isAnswered() || answer instanceof CatchUp.Refused) {
            if (attendee != null) {
                attendee.letGo(this::ensurePresence, false);
            }
            subscription.mailbox().post(() -> subscription.onCatchUp(answer));
            return;
        }
        PresenceNews news = attendee.answer(this::ensurePresence);
        subscription.mailbox().post(() -> {
            subscription.onCatchUp(answer);
            attendee.reader.onNews(news);
        });
    }

    // ---- signals and presence

    /** A signal to everybody who is subscribed now. */
    void onSignal(EncodedEvent signal, Sender sender) {
        for (int i = 0; i < audiences.size(); i++) {
            Audience audience = audiences.get(i);
            audience.loop.mailbox().post(() -> audience.onSignal(signal, sender));
        }
    }

    private Presence ensurePresence() {
        Presence made = presence == null ? new Presence(name, shard, this) : presence;
        presence = made;
        return made;
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
            Consumer<Broker.Page.Publications> onPage,
            Consumer<CatchUp.Refused> onRefused) {
        whenReadable(principal, () -> readHistory(from, limit, onPage, onRefused), onRefused);
    }

    private void readHistory(
            Broker.ReadFrom from,
            int limit,
            Consumer<Broker.Page.Publications> onPage,
            Consumer<CatchUp.Refused> onRefused) {
        int countMax = Math.min(limit, shard.limits.historyPageMax());
        broking++;
        shard.broker.read(name, from, countMax, shard.limits.historyBytesMax(), page -> {
            broking--;
            switch (page) {
                case Broker.Page.Publications publications -> onPage.accept(asTold(publications));
                case Broker.Page.Failed(Code code) -> onRefused.accept(new CatchUp.Refused(code, code.text()));
            }
        });
    }

    private Broker.Page.Publications asTold(Broker.Page.Publications page) {
        return settings.tellsAt() ? page : page.withoutAt();
    }
}
