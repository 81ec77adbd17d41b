package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The subscriptions to one channel on one event loop. Its members are the loop's; the shard holds it only to know whom to
 * tell, and tells it through the loop's mailbox.
 */
final class Audience {

    final ChannelName channel;
    final Loop loop;

    private Subscription[] members = new Subscription[4];
    private int size;

    /** Publications of the live flow that wait for the end of what the loop has to do now; immutable while there are none. */
    private List<EncodedPublication> arrived = List.of();

    /** Those of them that asked who is present; immutable while there are none. */
    private List<PresenceReader> readers = List.of();

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

    /**
     * A publication of the live flow. Those that come in one turn of the loop are delivered together behind all else that the
     * turn had to do: a reader is looked at once, and given one piece. Pages that come meanwhile may hold some of them; each
     * subscription knows its position, and takes what is left.
     */
    void onPublication(EncodedPublication publication) {
        if (arrived.isEmpty()) {
            arrived = new ArrayList<>(4);
            loop.deliveriesDue++;
            loop.mailbox().post(this::deliver);
        }
        arrived.add(publication);
    }

    /** Delivers to one member ahead of the others; nothing is delivered to it twice. */
    void deliverTo(Subscription member) {
        int first = arrived.size();
        while (first > 0
                && arrived.get(first - 1).publication().offset()
                        > member.position().offset()) {
            first--;
        }
        if (first < arrived.size()) {
            EncodedRun.of(List.copyOf(arrived.subList(first, arrived.size())))
                    .forEach(run -> member.onPublications(run, true));
        }
    }

    private void deliver() {
        if (arrived.isEmpty()) {
            return; // delivered ahead of what was told in between
        }
        List<EncodedPublication> due = arrived;
        arrived = List.of();
        loop.deliveriesDue--;
        List<EncodedRun> runs = EncodedRun.of(due);
        for (int i = 0; i < runs.size(); i++) {
            deliver(runs.get(i), i < runs.size() - 1 || loop.deliveriesDue > 0);
        }
    }

    /** One member's failure is told once all others were given theirs. */
    private void deliver(EncodedRun run, boolean more) {
        RuntimeException failure = null;
        // A member that leaves while it is told moves the last one to its place: from the end on, nobody is passed
        // over.
        for (int i = size - 1; i >= 0; i--) {
            try {
                members[i].onPublications(run, more);
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        loop.afterRun.run();
        if (failure != null) {
            throw failure;
        }
    }

    /** @param missed how many signals before it did not come here */
    void onSignal(EncodedEvent signal, SignalOrigin origin, int missed) {
        for (int i = size - 1; i >= 0; i--) {
            members[i].onSignal(signal, origin, missed);
        }
    }

    /** The data of a publication is gone; what came before that is delivered first. */
    void onRedacted(Position position, ServerMessage told) {
        deliver();
        for (int i = size - 1; i >= 0; i--) {
            members[i].onRedacted(position, told);
        }
    }

    /** What was published so far may be gone; what comes next follows this head. */
    void onReplaced(Position head) {
        deliver();
        for (int i = size - 1; i >= 0; i--) {
            members[i].onReplaced(head);
        }
    }

    /** Nobody can be asked about the channel now. */
    void onStale() {
        onState(true);
    }

    /** All that was published meanwhile has come; it is delivered first. */
    void onFresh() {
        deliver();
        onState(false);
    }

    private void onState(boolean isStale) {
        for (int i = size - 1; i >= 0; i--) {
            members[i].onState(isStale);
        }
    }

    // ---- those who asked who is present

    void add(PresenceReader reader) {
        if (readers.isEmpty()) {
            readers = new ArrayList<>(4);
        }
        reader.place = readers.size();
        readers.add(reader);
    }

    /** Takes a reader out; the last one gets its place. */
    void remove(PresenceReader reader) {
        assert readers.get(reader.place) == reader;
        PresenceReader last = readers.removeLast();
        if (last != reader) {
            last.place = reader.place;
            readers.set(reader.place, last);
        }
        if (readers.isEmpty()) {
            readers = List.of();
        }
    }

    void onDifference(Presence.Difference difference) {
        for (int i = readers.size() - 1; i >= 0; i--) {
            readers.get(i).onDifference(difference);
        }
    }

    void onPresenceReplaced() {
        for (int i = readers.size() - 1; i >= 0; i--) {
            readers.get(i).onReplaced();
        }
    }

    void onCount(EncodedEvent count) {
        for (int i = readers.size() - 1; i >= 0; i--) {
            readers.get(i).onCount(count);
        }
    }
}
