package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a client of a map holds after what it was told, by the rules of PROTOCOL.md §5.2; it complains of what breaks them. */
final class MapHolder {

    private final ChannelName channel;
    private final Map<String, String> values = new TreeMap<>();
    /** The newest offset of each key that it was given in this life, removed or not. */
    private final Map<String, Long> newest = new HashMap<>();

    private Position position = Position.ORIGIN;
    private long epoch;
    /** Whether what it holds belongs to what it tracked before. */
    private boolean isOfAnother;

    int resets;
    int changes;

    MapHolder(String channel) {
        this.channel = new ChannelName(channel);
    }

    static MapHolder of(String channel, List<ServerMessage> told) {
        MapHolder holder = new MapHolder(channel);
        told.forEach(holder::onMessage);
        return holder;
    }

    void onMessage(ServerMessage message) {
        switch (message) {
            case ServerMessage.Subscribed subscribed
            when subscribed.channel().equals(channel) -> {
                if (subscribed.recovered()) {
                    position = subscribed.position();
                }
            }
            case ServerMessage.Tracked tracked when tracked.channel().equals(channel) -> isOfAnother = true;
            case ServerMessage.Reset reset
            when reset.channel().equals(channel) -> {
                isOfAnother = false;
                values.clear();
                position = Position.ORIGIN;
                resets++;
            }
            case ServerMessage.Current current when current.channel().equals(channel) -> goTo(current.position());
            case ServerMessage.Delivery(Publication publication)
            when publication.channel().equals(channel) -> onChange(publication);
            default -> {}
        }
    }

    private void goTo(Position next) {
        if (next.epoch() == position.epoch() && next.offset() < position.offset()) {
            throw new AssertionError(next.offset() + " after " + position.offset());
        }
        position = next;
    }

    private void onChange(Publication publication) {
        Change change = Objects.requireNonNull(publication.change());
        if (publication.position().epoch() != epoch) {
            epoch = publication.position().epoch();
            newest.clear();
        }
        long before = newest.getOrDefault(change.key(), 0L);
        if (publication.offset() < before) {
            throw new AssertionError(change + " of " + publication.offset() + " after " + before);
        }
        newest.put(change.key(), publication.offset());
        goTo(publication.position());
        changes++;
        if (change.isRemoved()) {
            values.remove(change.key());
        } else {
            values.put(change.key(), publication.data().text());
        }
    }

    Map<String, String> values() {
        return values;
    }

    Position position() {
        return position;
    }

    /** What it presents when it comes back; null for nothing. */
    @Nullable
    Position after() {
        return isOfAnother ? null : position;
    }
}
