package dev.carillon.simulation;

import dev.carillon.protocol.ChannelName;
import org.jspecify.annotations.Nullable;

/** A signal that a client has said. */
final class SentSignal {

    final ChannelName channel;
    final String session;
    final @Nullable String from;
    /** Over which connection, of all that there ever were; on one of them nothing overtakes. */
    final long connection;
    /** How many were said to the channel over that before. */
    final int place;
    /** When a node began with it; negative before. */
    long takenAt = -1;

    SentSignal(ChannelName channel, String session, @Nullable String from, long connection, int place) {
        this.channel = channel;
        this.session = session;
        this.from = from;
        this.connection = connection;
        this.place = place;
    }

    @Override
    public String toString() {
        return "signal " + place + " of connection " + connection + " of " + session + " to " + channel;
    }
}
