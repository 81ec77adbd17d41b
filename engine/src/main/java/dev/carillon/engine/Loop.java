package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.HashMap;
import java.util.Map;

/** What the engine keeps of one event loop: its door, and the audiences of its sessions. Owned by the loop. */
public final class Loop {

    private final Mailbox mailbox;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();

    public Loop(Mailbox mailbox) {
        this.mailbox = mailbox;
    }

    /** The door to this loop; from any thread. */
    public Mailbox mailbox() {
        return mailbox;
    }

    Audience join(Subscription subscription) {
        assert mailbox.isOwner();
        Audience audience = audiences.computeIfAbsent(subscription.channel, name -> new Audience(name, this));
        audience.add(subscription);
        return audience;
    }

    /** Takes the subscription out; true if it was the last one there. */
    boolean leave(Audience audience, Subscription subscription) {
        assert mailbox.isOwner();
        audience.remove(subscription);
        return audience.isEmpty() && audiences.remove(audience.channel, audience);
    }
}
