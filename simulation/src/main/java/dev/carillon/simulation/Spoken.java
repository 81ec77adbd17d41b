package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.Erasure;
import dev.carillon.protocol.Action;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was said on one connection, by both, as the node did it: every message is checked against what was said before it. */
final class Spoken {

    private final World world;
    private final Excuses excuses;
    private final Map<ChannelName, Reading> readings = new HashMap<>();
    /** Channels with a subscription that the server ended or refused, so that an unsubscribe may have crossed that. */
    private final Set<ChannelName> ended = new HashSet<>();
    /** Channels whose readers were told that they are stale, and not yet that they are no more. */
    private final Set<ChannelName> stale = new HashSet<>();
    /** Channels to which a publish was refused that may come again. */
    private final Set<ChannelName> held = new HashSet<>();

    private final Map<ChannelName, Position> acknowledged = new HashMap<>();
    /** The session's id; null for a request, which is given no signals. */
    private @Nullable String session;
    /** What is to be redacted; null for nothing. */
    private @Nullable Position redacting;
    /** Where the page goes on that a request of its own asks for. */
    private @Nullable Position pageAfter;

    private boolean hasAskedForPage;
    /** How often there was no room for a signal or a publication. */
    private long noRoom;

    private long fullAt = Long.MIN_VALUE / 2;

    Spoken(World world, Excuses excuses) {
        this.world = world;
        this.excuses = excuses;
    }

    /** It is a session's, which can be given signals. */
    void begin(String id) {
        session = id;
    }

    /** The connection was asked for room and had none. */
    void onNoRoom() {
        noRoom++;
    }

    /** The connection waits for room. */
    void onFull() {
        fullAt = world.agenda().now();
    }

    /** A page of a map is asked for, from this position on; null for all of it. */
    void onPageAsked(@Nullable Position after) {
        pageAfter = after;
        hasAskedForPage = true;
    }

    /** Something is to be erased. */
    void onErase(Erasure erasure) {
        redacting = erasure instanceof Erasure.Redaction(Position position) ? position : null;
    }

    /** The client says something, which the node is about to do. */
    void onCommand(ClientMessage command) {
        if (command instanceof ClientMessage.Subscribe subscribe) {
            Lineage lineage = world.ledger().of(subscribe.channel());
            readings.put(subscribe.channel(), Reading.of(world, lineage, excuses, subscribe));
        } else if (command instanceof ClientMessage.Track track
                && readings.get(track.channel()) instanceof MapReading reading) {
            reading.onTrackAsked(track.selection());
        } else if (command instanceof ClientMessage.Signal signal) {
            world.ledger().signalOf(signal.data()).takenAt = world.agenda().now();
        }
    }

    /** The node tells something. */
    void onTold(ServerMessage message) {
        for (Reading reading : readings.values()) {
            reading.notice(fullAt);
        }
        if (message instanceof ServerMessage.Delivery(Publication publication)) {
            world.tally().deliveries++;
            reading(publication.channel(), message).onPublication(publication);
        } else if (message instanceof ServerMessage.Published published) {
            onPublished(published);
        } else if (message instanceof ServerMessage.Subscribed subscribed) {
            reading(subscribed.channel(), message).onSubscribed(subscribed);
        } else if (message instanceof ServerMessage.Gapped gapped) {
            reading(gapped.channel(), message).onGap(gapped);
        } else if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
            onUnsubscribed(unsubscribed);
        } else if (message instanceof ServerMessage.Refusal refusal) {
            onRefusal(refusal);
        } else if (message instanceof ServerMessage.HistoryPage page) {
            onPage(page);
        } else if (message instanceof ServerMessage.Signalled signalled) {
            onSignal(signalled);
        } else if (message instanceof ServerMessage.Redacted redacted) {
            reading(redacted.channel(), message).onRedacted(redacted);
        } else if (message instanceof ServerMessage.Reset reset) {
            reading(reset.channel(), message).onMapMessage(message);
        } else if (message instanceof ServerMessage.Current current) {
            reading(current.channel(), message).onMapMessage(message);
        } else if (message instanceof ServerMessage.Tracked tracked) {
            reading(tracked.channel(), message).onMapMessage(message);
        } else if (message instanceof ServerMessage.Join join) {
            world.tally().presenceChanges++;
            standing(join.channel(), message);
        } else if (message instanceof ServerMessage.Leave leave) {
            world.tally().presenceChanges++;
            standing(leave.channel(), message);
        }
    }

    private Reading reading(ChannelName channel, ServerMessage told) {
        Reading reading = readings.get(channel);
        if (reading == null) {
            throw new Violation(Invariant.SUBSCRIBED, told + " is told to one who is not subscribed");
        }
        return reading;
    }

    private void onSignal(ServerMessage.Signalled signalled) {
        world.tally().signals++;
        reading(signalled.channel(), signalled).onSignal(signalled, session);
        long dropped =
                readings.values().stream().mapToLong(Reading::signalsDropped).sum();
        Lineage.require(
                dropped <= noRoom || world.scenario().isShared(),
                Invariant.SIGNALS,
                () -> dropped + " signals are said to be dropped where there was no room " + noRoom + " times");
    }

    private void standing(ChannelName channel, ServerMessage told) {
        Lineage.require(reading(channel, told).stands(), Invariant.SUBSCRIBED, () -> told + " comes before subscribed");
    }

    private void onUnsubscribed(ServerMessage.Unsubscribed unsubscribed) {
        Lineage.require(
                readings.remove(unsubscribed.channel()) != null,
                Invariant.SUBSCRIBED,
                () -> unsubscribed + " is told to one who was not subscribed");
        stale.remove(unsubscribed.channel());
        if (unsubscribed.code() != 0) {
            ended.add(unsubscribed.channel());
            onRefused(Code.of(unsubscribed.code()), unsubscribed.channel());
        }
    }

    private void onPublished(ServerMessage.Published published) {
        Attempt attempt = attemptOf(published.id(), published);
        attempt.lineage.checkAcknowledged(attempt, published.position(), excuses);
        world.tally().acknowledged++;
        if (published.duplicate()) {
            world.tally().duplicates++;
            return;
        }
        Position before = acknowledged.put(published.channel(), published.position());
        Lineage.require(
                before == null
                        || before.epoch() != published.position().epoch()
                        || before.offset() < published.position().offset()
                        || (world.scenario().isShared() && !attempt.lineage.holds(before)),
                Invariant.ACKNOWLEDGED_IN_ORDER,
                () -> published + " is told after " + before);
    }

    /** The ids of publishes are those of their attempts. */
    private Attempt attemptOf(@Nullable RequestId id, ServerMessage told) {
        if (id == null || id.json().startsWith("\"")) {
            throw new Violation(Invariant.ACKNOWLEDGED_IS_KEPT, told + " answers no publish");
        }
        return world.ledger().attempts().get(Integer.parseInt(id.json()));
    }

    private void onRefusal(ServerMessage.Refusal refusal) {
        RequestId id = refusal.id();
        ChannelName channel = refusal.channel();
        Reading told = refusal.isAboutLog() && channel != null ? readings.get(channel) : null;
        if (channel != null && told != null && told.stands()) {
            onState(channel, refusal.code() == Code.BROKER_AWAY);
            return;
        }
        boolean isOfPublish = id != null && !id.json().startsWith("\"");
        if (id != null && id.equals(Client.SUBSCRIBE_ID) && refusal.channel() != null) {
            readings.remove(refusal.channel());
            ended.add(refusal.channel());
        }
        if (id != null
                && id.equals(Client.TRACK_ID)
                && refusal.channel() != null
                && readings.get(refusal.channel()) instanceof MapReading reading) {
            reading.onTrackRefused();
        }
        onRefused(refusal.code(), refusal.channel());
        if (isOfPublish && refusal.channel() != null && refusal.code().action() == Action.RETRY) {
            held.add(refusal.channel());
        }
    }

    /** A reader is told that its channel is stale, for a cause, or is so no more. */
    private void onState(ChannelName channel, boolean isStale) {
        boolean isNew = isStale ? stale.add(channel) : stale.remove(channel);
        Lineage.require(isNew, Invariant.STALE, () -> channel + " is said to be stale, or not to be, a second time");
        if (isStale) {
            world.tally().stale++;
            onRefused(Code.BROKER_AWAY, channel);
        }
    }

    /** Something was refused, or ended: there must have been a cause. */
    void onRefused(@Nullable Code code, @Nullable ChannelName channel) {
        world.tally().refused++;
        boolean hasCause = code != null && hasCause(code, channel);
        Lineage.require(hasCause, Invariant.CAUSELESS_REFUSAL, () -> code + " is told about " + channel);
    }

    private boolean hasCause(Code code, @Nullable ChannelName channel) {
        if (code == Code.EARLIER_PUBLISH_REFUSED) {
            return channel != null && held.contains(channel);
        }
        if (code == Code.NOT_SUBSCRIBED) {
            return channel != null && ended.contains(channel);
        }
        if (code == Code.NOT_FOUND) {
            Position missing = redacting;
            return channel != null
                    && missing != null
                    && world.ledger().of(channel).mayBeMissing(missing);
        }
        if (code == Code.HEARTBEAT_MISSED) {
            return true; // only this room says so, when it has heard nothing
        }
        return excuses.holds(code, world.agenda().now());
    }

    private void onPage(ServerMessage.HistoryPage page) {
        world.tally().pages++;
        Lineage lineage = world.ledger().of(page.channel());
        boolean isMap = lineage.settings.kind() == ChannelKind.MAP;
        if (hasAskedForPage && page.resets()) {
            lineage.checkReset(pageAfter, excuses);
        }
        Position before = null;
        for (Publication publication : page.publications()) {
            lineage.checkShown(publication, excuses, 0, false);
            Position was = before;
            Lineage.require(
                    was == null
                            || Following.follows(was, publication.position())
                            || (isMap && MapHeld.isBehind(was, publication.position())),
                    Invariant.CONTIGUOUS,
                    () -> publication + " follows " + was + " in a page");
            before = publication.position();
        }
    }
}
