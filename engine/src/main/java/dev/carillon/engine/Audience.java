package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.Arrays;

/**
 * The subscriptions to one channel on one event loop. Its members are the loop's; the shard holds it only to know whom to
 * tell, and tells it through the loop's mailbox.
 */
final class Audience {

    final ChannelName channel;
    final Loop loop;

    private Subscription[] members = new Subscription[4];
    private int size;

    Audience(ChannelName channel, Loop loop) {
        this.channel = channel;
        this.loop = loop;
    }

    void add(Subscription subscription) {
        if (size == members.length) {
            members = Arrays.copyOf(members, size * 2);
        }
        subscription.place = size;
        members[size++] = subscription;
    }

    /** Takes a member out; the last one gets its place. */
    void remove(Subscription subscription) {
        int place = subscription.place;
        assert members[place] == subscription;
        Subscription last = members[--size];
        members[place] = last;
        last.place = place;
        // The slot is dead: the array keeps its type without a null by pointing at a member that is alive or at itself.
        members[size] = members[0];
        if (size == 0) {
            members = new Subscription[4];
        } else if (size < members.length / 4) {
            members = Arrays.copyOf(members, members.length / 2);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    void onPublication(EncodedPublication publication) {
        // A member that leaves while it is told moves the last one to its place: from the end on, nobody is passed
        // over.
        for (int i = size - 1; i >= 0; i--) {
            members[i].onPublication(publication);
        }
    }
}
