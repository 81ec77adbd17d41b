package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The broker of a node that is one of several: the {@link SharedLog} orders and keeps what all of them publish, and each
 * node's broker tells its own readers. What makes that whole over a feed that loses, and a log that may lose its end, is in
 * {@link SharedStream}. One for a shard, owned by it. A channel that keeps nothing is a stream that nobody publishes to; a map is
 * a stream of changes, of which the log keeps the newest of each key. A document cannot be attached.
 *
 * <p><b>Silence.</b> A feed that says nothing more looks like a channel in which nothing happens. So a channel about which
 * nothing was proven for {@link SharedLimits#proofAgeMax} has its head asked for.
 *
 * <p><b>Away.</b> Once the link has failed, all channels are stale: publishes are refused with <em>retry</em>, in the order in
 * which they were made, and readers are kept. With each {@link SharedLimits#tick} the log is asked whether it is back; then
 * each channel is followed anew and goes on where its listener stands.
 */
public final class SharedBroker implements Broker, SharedLog.Feed {

    /** The most values that are being taken away at once; the others' turn comes. */
    private static final int EXPIRING_MAX = 512;

    private final Mailbox shard;
    private final Timers timers;
    private final Clock clock;
    private final Randomness randomness;
    private final SharedLog log;
    private final SharedLimits limits;
    private final EngineCounters counters;
    private final Map<ChannelName, SharedStream> streams = new HashMap<>();
    /** Those that may be due sooner come first; one that was detached is still there until it is met. */
    private final ArrayDeque<SharedStream> toProbe = new ArrayDeque<>();

    private final SharedStream.Owner owner = new Lent();
    /** Null where the link carries no presence. */
    private final @Nullable SharedRosters rosters;

    private final SharedSignals signals;

    /** How many values are being taken away because their time is over. */
    private int expiring;

    private boolean isAway;
    /** Whether a log that is away is being asked whether it is back. */
    private boolean isKnocking;

    /** Begins on a link that no other broker has. */
    public SharedBroker(
            Node.ShardPorts shard,
            Clock clock,
            Randomness randomness,
            SharedLog log,
            SharedLimits limits,
            EngineCounters counters) {
        this.shard = shard.mailbox();
        this.timers = shard.timers();
        this.clock = clock;
        this.randomness = randomness;
        this.log = log;
        this.limits = limits;
        this.counters = counters;
        log.begin(this);
        this.signals = new SharedSignals(shard.mailbox(), clock, randomness, log, limits, counters, new Away());
        SharedPresence presence = log.presence();
        this.rosters = presence == null
                ? null
                : new SharedRosters(shard, clock, randomness, presence, limits, counters, new Away());
        this.shard.post(this::tickLater);
    }

    // ---- channels

    @Override
    public void attach(ChannelName channel, ChannelSettings settings, Listener listener, Consumer<Attached> answer) {
        if (settings.kind() == ChannelKind.DOCUMENT || isAway) {
            Code code = isAway ? Code.BROKER_AWAY : Code.UNSUPPORTED;
            shard.post(() -> answer.accept(new Attached.Failed(code)));
            return;
        }
        SharedStream stream = new SharedStream(channel, settings, listener, owner);
        streams.put(channel, stream);
        long askedAt = clock.nanos();
        log.follow(channel);
        if (settings.kind().hasKeys()) {
            load(stream, loaded -> {
                if (loaded == null) {
                    fail(channel, answer);
                } else {
                    toProbe.add(stream);
                    stream.begin(loaded.state().head(), 0, askedAt, () -> answer.accept(stream.attached(loaded)));
                }
            });
            return;
        }
        log.heads(
                List.of(channel),
                heads -> shard.post(() -> {
                    switch (heads) {
                        case SharedLog.Heads.Known(List<Position> known, List<Long> redactions) -> {
                            toProbe.add(stream);
                            stream.begin(
                                    known.getFirst(),
                                    redactions.getFirst(),
                                    askedAt,
                                    () -> answer.accept(new Attached.Done(known.getFirst(), List.of(), 0)));
                        }
                        case SharedLog.Heads.Failed _ -> fail(channel, answer);
                    }
                }));
    }

    private void fail(ChannelName channel, Consumer<Attached> answer) {
        streams.remove(channel);
        goAway();
        answer.accept(new Attached.Failed(Code.BROKER_AWAY));
    }

    private void load(SharedStream stream, Consumer<MapLoading.@Nullable Loaded> then) {
        new MapLoading(log, shard, stream.name, stream.settings, limits, then).begin();
    }

    @Override
    public void detach(ChannelName channel) {
        SharedStream stream = stream(channel);
        assert stream.isIdle() : channel + " is detached while publishers wait";
        stream.detach();
        streams.remove(channel);
        signals.onDetached(channel);
        log.unfollow(channel);
    }

    @Override
    public @Nullable SharedRosters rosters() {
        return rosters;
    }

    private SharedStream stream(ChannelName channel) {
        SharedStream stream = streams.get(channel);
        if (stream == null) {
            throw new IllegalStateException(channel + " is not attached");
        }
        return stream;
    }

    // ---- publishing

    @Override
    public void find(
            ChannelName channel, String idempotencyKey, Data data, @Nullable Change change, Consumer<Found> answer) {
        SharedStream stream = stream(channel);
        if (isAway) {
            shard.post(() -> answer.accept(new Found.Refused(Code.BROKER_AWAY)));
            return;
        }
        LogRecord.Once once = IdempotencyWindow.fingerprint(idempotencyKey, data, change);
        log.find(
                channel,
                stream.settings,
                once,
                found -> shard.post(() -> {
                    switch (found) {
                        case SharedLog.Found.Unused _ -> answer.accept(new Found.Unused());
                        case SharedLog.Found.Duplicate(Position position) ->
                            stream.onDuplicate(
                                    position,
                                    published -> answer.accept(
                                            published instanceof Published.Duplicate
                                                    ? new Found.Duplicate(position)
                                                    : new Found.Refused(Code.BROKER_AWAY)));
                        case SharedLog.Found.Conflict _ -> answer.accept(new Found.Refused(Code.IDEMPOTENCY_CONFLICT));
                        case SharedLog.Found.Failed _ -> {
                            goAway();
                            answer.accept(new Found.Refused(Code.BROKER_AWAY));
                        }
                    }
                }));
    }

    @Override
    public void publish(ChannelName channel, Draft draft, Consumer<Published> answer) {
        SharedStream stream = stream(channel);
        if (isAway) {
            shard.post(() -> answer.accept(owner.refusal()));
            return;
        }
        String key = draft.idempotencyKey();
        LogRecord.Once once = key == null ? null : IdempotencyWindow.fingerprint(key, draft.data(), draft.change());
        SharedLog.Entry entry = new SharedLog.Entry(
                draft.data(),
                draft.from(),
                once,
                (int) randomness.nextLong(),
                nonZero(randomness.nextLong()),
                draft.change(),
                0);
        log.append(
                channel,
                stream.settings,
                entry,
                appended -> shard.post(() -> {
                    switch (appended) {
                        case SharedLog.Appended.Stored(long epoch, LogRecord record) ->
                            stream.onAppended(epoch, record, answer);
                        case SharedLog.Appended.Duplicate(Position position) -> stream.onDuplicate(position, answer);
                        case SharedLog.Appended.Conflict _ ->
                            answer.accept(new Published.Refused(Code.IDEMPOTENCY_CONFLICT));
                        case SharedLog.Appended.Full _ -> answer.accept(new Published.Refused(Code.MAP_FULL));
                        case SharedLog.Appended.Unchanged _ -> answer.accept(owner.refusal());
                        case SharedLog.Appended.Failed _ -> {
                            goAway();
                            answer.accept(owner.refusal());
                        }
                    }
                }));
    }

    private static long nonZero(long random) {
        return random == 0 ? 1 : random;
    }

    @Override
    public void expire(ChannelName channel, String key, long offset) {
        SharedStream stream = stream(channel);
        if (isAway || expiring >= EXPIRING_MAX || !stream.beginExpiry(offset)) {
            return;
        }
        expiring++;
        SharedLog.Entry entry =
                SharedLog.Entry.expiring(key, offset, (int) randomness.nextLong(), nonZero(randomness.nextLong()));
        log.append(
                channel,
                stream.settings,
                entry,
                appended -> shard.post(() -> {
                    expiring--;
                    stream.endExpiry(offset);
                    switch (appended) {
                        case SharedLog.Appended.Stored(long epoch, LogRecord record)
                        when !stream.isDetached() -> stream.onPushed(epoch, record);
                        case SharedLog.Appended.Failed _ -> goAway();
                        case SharedLog.Appended.Stored _,
                                SharedLog.Appended.Duplicate _,
                                SharedLog.Appended.Conflict _,
                                SharedLog.Appended.Full _,
                                SharedLog.Appended.Unchanged _ -> {}
                    }
                }));
    }

    @Override
    public void redact(ChannelName channel, Position position, Consumer<Erased> answer) {
        SharedStream stream = stream(channel);
        if (isAway) {
            shard.post(() -> answer.accept(new Erased.Refused(Code.BROKER_AWAY)));
            return;
        }
        log.redact(
                channel,
                stream.settings,
                position,
                redacted -> shard.post(() -> {
                    switch (redacted) {
                        case SharedLog.Redacted.Done done ->
                            stream.onRedacted(done, () -> answer.accept(new Erased.Done()));
                        case SharedLog.Redacted.Unknown _ -> answer.accept(new Erased.Refused(Code.NOT_FOUND));
                        case SharedLog.Redacted.Failed _ -> {
                            goAway();
                            answer.accept(new Erased.Refused(Code.BROKER_AWAY));
                        }
                    }
                }));
    }

    @Override
    public void onRedacted(ChannelName channel, SharedLog.Redacted.Done redacted) {
        shard.post(() -> {
            SharedStream stream = streams.get(channel);
            if (stream != null) {
                stream.onRedacted(redacted, () -> {});
            }
        });
    }

    @Override
    public void purge(ChannelName channel, Consumer<Erased> answer) {
        SharedStream stream = stream(channel);
        if (isAway) {
            shard.post(() -> answer.accept(new Erased.Refused(Code.BROKER_AWAY)));
            return;
        }
        log.purge(
                channel,
                purged -> shard.post(() -> {
                    switch (purged) {
                        case SharedLog.Purged.Done _ ->
                            stream.onceTold(Position.ORIGIN, () -> answer.accept(new Erased.Done()));
                        case SharedLog.Purged.Failed _ -> {
                            goAway();
                            answer.accept(new Erased.Refused(Code.BROKER_AWAY));
                        }
                    }
                }));
    }

    // ---- signals

    @Override
    public boolean carriesSignals() {
        return true;
    }

    @Override
    public void signal(ChannelName channel, CarriedSignal signal) {
        signals.send(channel, signal);
    }

    @Override
    public void onSignal(ChannelName channel, SharedLog.Signal signal) {
        shard.post(() -> {
            SharedStream stream = streams.get(channel);
            int missed = stream == null ? -1 : signals.hear(channel, signal);
            if (stream != null && missed >= 0) {
                stream.listener().onSignal(signal.carried(), missed);
            }
        });
    }

    // ---- reading

    /** A page that shows more than the listener was told is answered once it was told that, too. */
    @Override
    public void read(ChannelName channel, ReadFrom from, int countMax, int bytesMax, Consumer<Page> answer) {
        SharedStream stream = stream(channel);
        Consumer<SharedPage> then =
                page -> stream.onceTold(page.state().head(), () -> answer.accept(page.told(stream)));
        switch (from) {
            case ReadFrom.After(Position position) ->
                read(stream, new SharedLog.Range.From(position.offset() + 1), countMax, bytesMax, answer, read -> {
                    SharedPage page = SharedPage.after(position, read);
                    if (page == null) {
                        readOldest(stream, SharedPage.causeAfter(position, read), countMax, bytesMax, answer, then);
                    } else {
                        then.accept(page);
                    }
                });
            case ReadFrom.Before(Position position) ->
                read(stream, new SharedLog.Range.To(position.offset() - 1), countMax, bytesMax, answer, read -> {
                    SharedPage page = SharedPage.before(position, read);
                    if (page == null) {
                        SharedLog.Range newest = new SharedLog.Range.To(Long.MAX_VALUE);
                        read(stream, newest, countMax, bytesMax, answer, SharedPage.with(SharedPage.FOREIGN, then));
                    } else {
                        then.accept(page);
                    }
                });
            case ReadFrom.Oldest() -> readOldest(stream, null, countMax, bytesMax, answer, then);
            case ReadFrom.Newest() -> {
                SharedLog.Range newest = new SharedLog.Range.To(Long.MAX_VALUE);
                read(stream, newest, countMax, bytesMax, answer, SharedPage.with(null, then));
            }
        }
    }

    private void readOldest(
            SharedStream stream,
            Gap.@Nullable Cause gap,
            int countMax,
            int bytesMax,
            Consumer<Page> answer,
            Consumer<SharedPage> then) {
        read(stream, new SharedLog.Range.From(1), countMax, bytesMax, answer, SharedPage.with(gap, then));
    }

    private void read(
            SharedStream stream,
            SharedLog.Range range,
            int countMax,
            int bytesMax,
            Consumer<Page> answer,
            Consumer<SharedLog.Read.Records> then) {
        if (isAway) {
            shard.post(() -> answer.accept(new Page.Failed(Code.BROKER_AWAY)));
            return;
        }
        log.read(
                stream.name,
                stream.settings,
                range,
                countMax,
                bytesMax,
                read -> shard.post(() -> {
                    switch (read) {
                        case SharedLog.Read.Records records -> then.accept(records);
                        case SharedLog.Read.Failed _ -> {
                            goAway();
                            answer.accept(new Page.Failed(Code.BROKER_AWAY));
                        }
                    }
                }));
    }

    // ---- the feed

    @Override
    public void onPushed(ChannelName channel, long epoch, LogRecord record) {
        shard.post(() -> {
            SharedStream stream = streams.get(channel);
            if (stream != null) {
                stream.onPushed(epoch, record);
            }
        });
    }

    @Override
    public void onLost() {
        shard.post(this::goAway);
    }

    // ---- silence and absence

    private void tickLater() {
        var _ = timers.schedule(limits.tick(), () -> {
            if (isAway) {
                knock();
            } else {
                probe();
                if (rosters != null) {
                    rosters.onTick();
                }
            }
            tickLater();
        });
    }

    /** Asks for the heads of those that are due, in the order in which they were asked for last. */
    private void probe() {
        long now = clock.nanos();
        List<SharedStream> due = new ArrayList<>();
        for (int left = toProbe.size(); left > 0; left--) {
            SharedStream stream = toProbe.removeFirst();
            if (stream.isDetached()) {
                continue;
            }
            toProbe.add(stream);
            if (stream.isDue(now)) {
                due.add(stream);
            }
            if (due.size() == limits.probeMax()) {
                probe(List.copyOf(due), now);
                due.clear();
            }
        }
        if (!due.isEmpty()) {
            probe(due, now);
        }
    }

    private void probe(List<SharedStream> asked, long askedAt) {
        List<ChannelName> names = asked.stream().map(stream -> stream.name).toList();
        List<Position> known = asked.stream().map(SharedStream::head).toList();
        log.heads(
                names,
                heads -> shard.post(() -> {
                    switch (heads) {
                        case SharedLog.Heads.Known(List<Position> found, List<Long> redactions) -> {
                            for (int i = 0; i < found.size(); i++) {
                                if (!asked.get(i).isDetached()) {
                                    asked.get(i).onHead(known.get(i), found.get(i), redactions.get(i), askedAt);
                                }
                            }
                        }
                        case SharedLog.Heads.Failed _ -> goAway();
                    }
                }));
    }

    private void goAway() {
        if (isAway) {
            return;
        }
        isAway = true;
        counters.linksLost.increment();
        List.copyOf(streams.values()).forEach(SharedStream::onLost);
        if (rosters != null) {
            rosters.onLost();
        }
        knock();
    }

    private void knock() {
        if (isKnocking) {
            return;
        }
        isKnocking = true;
        log.resume();
        log.heads(
                List.of(),
                heads -> shard.post(() -> {
                    isKnocking = false;
                    if (heads instanceof SharedLog.Heads.Known) {
                        comeBack();
                    }
                }));
    }

    private void comeBack() {
        isAway = false;
        streams.keySet().forEach(log::follow);
        probe();
        if (rosters != null) {
            rosters.onBack();
        }
    }

    /** What presence and signals need of it. */
    private final class Away implements SharedRosters.Link, SharedSignals.Link {
        @Override
        public boolean isAway() {
            return isAway;
        }

        @Override
        public void goAway() {
            SharedBroker.this.goAway();
        }
    }

    /** What streams need of it. */
    private final class Lent implements SharedStream.Owner {
        @Override
        public void readOn(SharedStream stream, long first, Consumer<SharedLog.Read.Records> then) {
            log.read(
                    stream.name,
                    stream.settings,
                    new SharedLog.Range.From(first),
                    limits.fillCountMax(),
                    limits.fillBytesMax(),
                    read -> shard.post(() -> {
                        switch (read) {
                            case SharedLog.Read.Records records when !stream.isDetached() -> then.accept(records);
                            case SharedLog.Read.Records _ -> {}
                            case SharedLog.Read.Failed _ -> goAway();
                        }
                    }));
        }

        @Override
        public void learn(SharedStream stream, long since, Consumer<SharedLog.Redactions.Known> then) {
            log.redactions(
                    stream.name,
                    since,
                    known -> shard.post(() -> {
                        switch (known) {
                            case SharedLog.Redactions.Known all when !stream.isDetached() -> then.accept(all);
                            case SharedLog.Redactions.Known _ -> {}
                            case SharedLog.Redactions.Failed _ -> goAway();
                        }
                    }));
        }

        @Override
        public void load(SharedStream stream, Consumer<MapLoading.Loaded> then) {
            SharedBroker.this.load(stream, loaded -> {
                if (loaded == null) {
                    goAway();
                } else if (!stream.isDetached()) {
                    then.accept(loaded);
                }
            });
        }

        @Override
        public void afterPatience(Runnable task) {
            var _ = timers.schedule(limits.patience(), task);
        }

        @Override
        public long nanos() {
            return clock.nanos();
        }

        @Override
        public boolean isAway() {
            return isAway;
        }

        @Override
        public SharedLimits limits() {
            return limits;
        }

        @Override
        public EngineCounters counters() {
            return counters;
        }

        @Override
        public Published refusal() {
            return new Published.Refused(Code.BROKER_AWAY);
        }
    }
}
