package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** What the engine keeps of one event loop: its door, its sessions and their audiences. Owned by the loop. */
public final class Loop {

    private final Mailbox mailbox;
    private final Timers timers;
    final Runnable afterRun;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();
    private final List<Session> sessions = new ArrayList<>();

    /** That of its sessions; null before the first. */
    private @Nullable Node node;

    /** How many audiences have publications that are to be delivered in this turn. */
    int deliveriesDue;

    /**
     * @param timers run their tasks on this loop
     */
    public Loop(Mailbox mailbox, Timers timers) {
        this(mailbox, timers, () -> {});
    }

    /**
     * @param timers run their tasks on this loop
     * @param afterRun is told when a run of publications has been given to the wires of all its readers on this loop
     */
    public Loop(Mailbox mailbox, Timers timers, Runnable afterRun) {
        this.mailbox = mailbox;
        this.timers = timers;
        this.afterRun = afterRun;
    }

    /** The door to this loop; from any thread. */
    public Mailbox mailbox() {
        return mailbox;
    }

    Timers timers() {
        return timers;
    }

    void begin(Session session) {
        node = session.node();
        session.place = sessions.size();
        sessions.add(session);
    }

    void end(Session session) {
        Session last = sessions.removeLast();
        if (session.place < sessions.size()) {
            last.place = session.place;
            sessions.set(session.place, last);
        }
    }

    /**
     * Ends sessions of this loop; where they can't come back, also those that have no connection any more and are only listed
     * as present for a while.
     *
     * @param which is given each session's principal and id, of those without a connection on their channels' shards
     */
    public void endSessions(BiPredicate<Principal, String> which, Code code) {
        assert mailbox.isOwner();
        // Whoever ends leaves, and the last one takes its place: from the end on, nobody is passed over.
        for (int i = sessions.size() - 1; i >= 0; i--) {
            Session session = sessions.get(i);
            if (which.test(session.principal(), session.id())) {
                session.end(code);
            }
        }
        if (node != null && Session.endsPresence(code)) {
            node.endLapsing(which);
        }
    }

    /** The audience of a channel, which its first member should join at once. */
    Audience audience(ChannelName channel) {
        assert mailbox.isOwner();
        return audiences.computeIfAbsent(channel, name -> new Audience(name, this));
    }

    /** Takes the subscription out of its audience; true if it was the last one there. */
    boolean leave(Subscription subscription) {
        assert mailbox.isOwner();
        Audience audience = subscription.audience;
        audience.remove(subscription);
        return audience.isEmpty() && audiences.remove(audience.channel, audience);
    }
}
