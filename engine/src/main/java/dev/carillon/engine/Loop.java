package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.HashMap;
import java.util.Map;

/** What the engine keeps of one event loop: its door, and the audiences of its sessions. Owned by the loop. */
public final class Loop {

    private final Mailbox mailbox;
    private final Timers timers;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();

    /**
     * @param timers run their tasks on this loop
     */
    public Loop(Mailbox mailbox, Timers timers) {
        this.mailbox = mailbox;
        this.timers = timers;
    }

    /** The door to this loop; from any thread. */
    public Mailbox mailbox() {
        return mailbox;
    }

    Timers timers() {
        return timers;
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
