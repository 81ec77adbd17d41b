package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Action;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client of one session over one connection after another: it reads, publishes what it wants acknowledged until it is, asks
 * who is present and for history, and comes back with its positions.
 */
final class Client {

    static final RequestId SUBSCRIBE_ID = new RequestId("\"s\"");
    static final RequestId TRACK_ID = new RequestId("\"t\"");
    private static final RequestId OTHER_ID = new RequestId("\"o\"");
    private static final long WATCH = Agenda.SECOND;
    private static final long SILENCE_MAX = 3 * Agenda.SECOND;
    private static final long COME_BACK = 200 * Agenda.MILLI;
    /** Longer than a connection can stall. */
    private static final long AWAY = 7 * Agenda.SECOND;

    final Principal principal;
    final String session;
    private final World world;
    private final Fleet fleet;
    private final int number;
    private final Dice dice;
    private final List<Interest> interests = new ArrayList<>();
    private final Publishing publishing;
    private @Nullable Link link;
    private boolean isOnline;
    private boolean isCalm;
    /** It never comes back. */
    private boolean isGone;

    private long heardAt;
    /** The number of the present connection, of all that there ever were, and what was signalled over it. */
    private long connection;

    private final Map<ChannelName, Integer> signalled = new HashMap<>();

    Client(World world, Fleet fleet, int number, Dice dice) {
        this.world = world;
        this.fleet = fleet;
        this.number = number;
        this.dice = dice;
        this.principal = Machine.principalOf(dice.oneIn(4) ? null : "user" + number / 2);
        this.session = String.format("session-%014d", number);
        for (Lineage lineage : world.ledger().lineages()) {
            if (interests.isEmpty() || dice.oneIn(2)) {
                interests.add(new Interest(Held.of(lineage, dice), dice.oneIn(2)));
            }
        }
        this.publishing = new Publishing(world, interests);
    }

    void begin() {
        world.agenda().after(dice.between(0, Agenda.SECOND), this::connect);
        world.agenda().after(dice.spread(world.scenario().thinkNanos()), this::act);
        watch();
    }

    List<Interest> interests() {
        return interests;
    }

    /** From now on it only wants what it is owed; or it is gone, and its user has to leave in time. */
    void calmDown() {
        isCalm = true;
        isGone = dice.oneIn(4);
        if (isGone && link != null) {
            if (dice.oneIn(2)) {
                link.cut();
            } else {
                link.vanish();
            }
            lose(link);
        }
        for (Interest interest : interests) {
            interest.isWanted = true;
            subscribe(interest);
        }
    }

    /** Why it is not satisfied; null where it is. */
    @Nullable
    String complaint() {
        if (isGone) {
            return null;
        }
        if (!isOnline) {
            return this + " is not connected";
        }
        if (!publishing.isDone()) {
            return this + " waits for " + publishing;
        }
        for (Interest interest : interests) {
            if (interest.stage != Interest.Stage.STANDING || !interest.held.isAtHead()) {
                return this + " is " + interest.stage + " at " + interest.held.position() + " of "
                        + interest.held.lineage + ", which stands at " + interest.held.lineage.position() + ", with "
                        + interest.held;
            }
            if (interest.isStale) {
                return this + " takes " + interest.held.lineage + " for stale";
            }
        }
        return null;
    }

    boolean isGone() {
        return isGone;
    }

    @Override
    public String toString() {
        return "client " + number;
    }

    // ---- connecting

    private void connect() {
        if (link != null || isGone) {
            return;
        }
        Link made = new Link(world, this);
        link = made;
        connection = ++world.tally().links;
        signalled.clear();
        heardAt = world.agenda().now();
        if (!world.network().isReachable()) {
            world.tally().reached(Trouble.UNREACHABLE);
            return; // it notices that nothing comes
        }
        world.agenda().after(world.network().latency(), () -> {
            if (link == made && !fleet.some(dice).accept(made, this)) {
                lose(made);
            }
        });
    }

    /** This client's end of a connection to the node's. */
    Link.End endOf(Link of, ServerEnd node) {
        return new Link.End() {
            @Override
            public void onFrame(Object message, int bytes) {
                node.onTaken(bytes);
                if (link == of) {
                    heardAt = world.agenda().now();
                    hear(of, message);
                } else if (message instanceof ServerEnd.Closing) {
                    of.vanish();
                }
            }

            @Override
            public void onClosed() {
                lose(of);
            }
        };
    }

    /** The connection is gone; it comes back after a while. */
    private void lose(Link lost) {
        lose(lost, dice.spread(COME_BACK));
    }

    private void lose(Link lost, long awayNanos) {
        if (link != lost) {
            return;
        }
        world.trace().add("loses its link", this, null);
        link = null;
        isOnline = false;
        interests.forEach(interest -> interest.stage = Interest.Stage.NONE);
        publishing.onOffline();
        world.agenda().after(awayNanos, this::connect);
    }

    private void watch() {
        world.agenda().after(WATCH, () -> {
            Link current = link;
            if (current != null && world.agenda().now() - heardAt > SILENCE_MAX) {
                current.cut();
                lose(current);
            } else if (isOnline) {
                say(new ClientMessage.Ping(null));
            }
            watch();
        });
    }

    private void say(ClientMessage message) {
        if (link != null && isOnline) {
            world.trace().add("says", this, message);
            link.up.send(Forms.said(world.scenario().form(), message), 64);
        }
    }

    // ---- acting

    private void act() {
        if (isCalm) {
            return;
        }
        world.agenda().after(dice.spread(world.scenario().thinkNanos()), this::act);
        Interest interest = interests.get(dice.below(interests.size()));
        ChannelName channel = interest.held.lineage.name;
        switch (dice.below(16)) {
            case 0 -> toggle(interest);
            case 1 -> say(new ClientMessage.History(OTHER_ID, channel, interest.held.position(), null, 0));
            case 2 -> say(new ClientMessage.History(OTHER_ID, channel, null, null, dice.between(1, 50)));
            case 3 -> signal(channel);
            case 4 -> say(new ClientMessage.Presence(OTHER_ID, channel));
            case 5 -> leave();
            case 6, 7 -> publish(interest, dice.between(2, 20));
            default -> {
                if (!tracked(interest)) {
                    publish(interest, 1);
                }
            }
        }
    }

    private void signal(ChannelName channel) {
        if (isOnline) {
            int place = signalled.merge(channel, 1, Integer::sum);
            Data data = world.ledger().signal(channel, session, principal.name(), connection, place);
            say(new ClientMessage.Signal(null, channel, data));
        }
    }

    /** Now and then it wants something else of a map. */
    private boolean tracked(Interest interest) {
        boolean isToTrack =
                interest.held instanceof MapHeld && interest.stage == Interest.Stage.STANDING && dice.oneIn(6);
        if (isToTrack && isOnline && interest.held instanceof MapHeld map) {
            Selection selection = MapModel.someSelection(dice);
            map.onTrackAsked(selection);
            say(new ClientMessage.Track(TRACK_ID, interest.held.lineage.name, selection));
        }
        return isToTrack;
    }

    private void publish(Interest interest, int count) {
        Lineage lineage = interest.held.lineage;
        if (lineage.settings.kind() == ChannelKind.SIGNAL) {
            for (int i = 0; i < count; i++) {
                signal(lineage.name);
            }
            return;
        }
        for (int i = 0; i < count && publishing.hasRoom(); i++) {
            publishing.add(attempt(lineage), interest, this::say);
        }
    }

    private Attempt attempt(Lineage lineage) {
        int padding = dice.oneIn(8) ? dice.below(600) : dice.below(30);
        boolean hasKey = !dice.oneIn(10);
        return lineage.settings.kind() == ChannelKind.MAP
                ? world.ledger().attempt(lineage, number, principal.name(), hasKey, padding, MapModel.someChange(dice))
                : world.ledger().attempt(lineage, number, principal.name(), hasKey, padding, dice.oneIn(4));
    }

    private void toggle(Interest interest) {
        if (interest.isWanted) {
            interest.isWanted = false;
            if (interest.stage == Interest.Stage.ASKED || interest.stage == Interest.Stage.STANDING) {
                interest.stage = Interest.Stage.LEAVING;
                say(new ClientMessage.Unsubscribe(OTHER_ID, interest.held.lineage.name));
            }
        } else {
            interest.isWanted = true;
            if (interest.stage == Interest.Stage.NONE && dice.oneIn(6)) {
                interest.held.forget();
            }
            subscribe(interest);
        }
    }

    private void subscribe(Interest interest) {
        if (!isOnline || !interest.isWanted || interest.stage != Interest.Stage.NONE) {
            return;
        }
        interest.stage = Interest.Stage.ASKED;
        Position after = interest.held.position();
        int last = after == null && dice.oneIn(3) ? dice.below(30) : 0;
        if (after == null && dice.oneIn(3)) {
            after = Position.ORIGIN;
            interest.held.beginAtOrigin();
        }
        long presence = interest.attends ? interest.presence.version() : ClientMessage.Subscribe.NO_PRESENCE;
        say(new ClientMessage.Subscribe(
                SUBSCRIBE_ID, interest.held.lineage.name, after, last, presence, interest.held.wanted()));
    }

    /** Closes the connection, with a goodbye or without. */
    private void leave() {
        Link current = link;
        if (current == null || !isOnline || !dice.oneIn(3)) {
            return;
        }
        if (dice.oneIn(2)) {
            current.cut();
            lose(current);
            return;
        }
        current.up.send(new ServerEnd.Goodbye(), 0);
        // A node takes the goodbye of the subscription that it heard of last for the session's. So one who is listed
        // does not
        // come back as the same session while what it said before may still arrive.
        boolean isListed = interests.stream().anyMatch(interest -> interest.attends);
        lose(current, isListed ? AWAY : dice.spread(COME_BACK));
    }

    // ---- hearing

    private void hear(Link from, Object said) {
        if (said instanceof ServerEnd.Closing) {
            from.vanish();
            lose(from);
        } else if (said instanceof ServerMessage.Hello) {
            isOnline = true;
            world.tally().connects++;
            interests.forEach(this::subscribe);
            publishing.onOnline(this::say);
        } else if (said instanceof ServerMessage.Delivery(Publication publication)) {
            of(publication.channel()).held.take(publication);
        } else if (said instanceof ServerMessage.Subscribed subscribed) {
            onSubscribed(subscribed);
        } else if (said instanceof ServerMessage.Gapped gapped) {
            of(gapped.channel()).held.onGap(gapped.gap().next());
        } else if (said instanceof ServerMessage.Unsubscribed unsubscribed) {
            onUnsubscribed(of(unsubscribed.channel()), unsubscribed.code() != 0);
        } else if (said instanceof ServerMessage.Published published && published.id() != null) {
            publishing.onAnswered(Integer.parseInt(published.id().json()), this::say);
        } else if (said instanceof ServerMessage.Refusal refusal) {
            onRefusal(refusal);
        } else if (!hearOfMap(said)) {
            hearOfPresence(said);
        }
    }

    private boolean hearOfMap(Object said) {
        if (said instanceof ServerMessage.Reset reset) {
            of(reset.channel()).held.onMapMessage(reset);
        } else if (said instanceof ServerMessage.Current current) {
            of(current.channel()).held.onMapMessage(current);
        } else if (said instanceof ServerMessage.Tracked tracked) {
            of(tracked.channel()).held.onMapMessage(tracked);
        } else {
            return false;
        }
        return true;
    }

    private void hearOfPresence(Object said) {
        if (said instanceof ServerMessage.PresenceList list && list.id() == null) {
            of(list.channel()).presence.onList(list);
        } else if (said instanceof ServerMessage.Join join) {
            of(join.channel()).presence.onJoin(join);
        } else if (said instanceof ServerMessage.Leave leave) {
            of(leave.channel()).presence.onLeave(leave);
        }
    }

    private Interest of(ChannelName channel) {
        for (Interest interest : interests) {
            if (interest.held.lineage.name.equals(channel)) {
                return interest;
            }
        }
        throw new Violation(Invariant.SUBSCRIBED, this + " hears of " + channel);
    }

    private void onSubscribed(ServerMessage.Subscribed subscribed) {
        Interest interest = of(subscribed.channel());
        interest.isStale = false;
        interest.presence.begin();
        interest.held.onSubscribed(subscribed);
        if (interest.stage == Interest.Stage.ASKED) {
            interest.stage = Interest.Stage.STANDING;
        }
    }

    private void onUnsubscribed(Interest interest, boolean isByServer) {
        // An unsubscribe that crossed this will be refused, and ends then.
        if (!(isByServer && interest.stage == Interest.Stage.LEAVING)) {
            interest.stage = Interest.Stage.NONE;
            subscribeSoon(interest);
        }
    }

    private void subscribeSoon(Interest interest) {
        world.agenda().after(dice.spread(200 * Agenda.MILLI), () -> subscribe(interest));
    }

    /** Its presence was refused for now, and it is told nothing of that until it subscribes anew (PROTOCOL §6.2). */
    private void askAnew(Interest interest) {
        if (interest.stage == Interest.Stage.STANDING) {
            interest.stage = Interest.Stage.LEAVING;
            say(new ClientMessage.Unsubscribe(OTHER_ID, interest.held.lineage.name));
        }
    }

    private void onRefusal(ServerMessage.Refusal refusal) {
        RequestId id = refusal.id();
        if (refusal.channel() == null) {
            return;
        }
        Interest interest = of(refusal.channel());
        if (refusal.isAboutLog()) {
            interest.isStale = refusal.code() == Code.BROKER_AWAY;
        } else if (id == null) {
            askAnew(interest);
        } else if (id.equals(SUBSCRIBE_ID)) {
            if (interest.stage == Interest.Stage.ASKED) {
                interest.stage = Interest.Stage.NONE;
                subscribeSoon(interest);
            }
        } else if (id.equals(OTHER_ID) || id.equals(TRACK_ID)) {
            if (interest.stage == Interest.Stage.LEAVING && refusal.code() == Code.NOT_SUBSCRIBED) {
                interest.stage = Interest.Stage.NONE;
                subscribeSoon(interest);
            }
        } else {
            boolean isToRetry = refusal.code().action() == Action.RETRY;
            publishing.onRefused(Integer.parseInt(id.json()), isToRetry, refusal.retryMillis(), this::say);
        }
    }
}
