package dev.carillon.apps;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Publication;
import dev.carillon.server.LocalChannels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The list of rooms. It is kept nowhere but in its channel, whose newest publication is the whole list: a page reads it there,
 * and so does this class when the server starts. Thread-safe; {@link #start}, {@link #create} and {@link #refresh} wait.
 */
final class Rooms {

    /** As many as a page can be subscribed to, with room for its other channels. */
    static final int MAX = 100;

    /** The longest topic, in UTF-16 units. */
    static final int TOPIC_MAX = 120;

    /** The list is published again after so long, because a channel may let go of what is old. */
    static final Duration FRESH = Duration.ofHours(12);

    private static final List<Room> FIRST = List.of(
            new Room("general", "Whatever the whole town should hear"),
            new Room("random", "Bells, whistles and weather"),
            new Room("orders", "Who is cooking, who is carrying, who is waiting"),
            new Room("help", "No question is too small"));

    /** A room. */
    record Room(String name, String topic) {}

    /** What became of a wish for a room. */
    sealed interface Outcome {
        /** There is one of that name; {@code isNew}: since now. */
        record There(Room room, boolean isNew) implements Outcome {}
    }

    /** There is none, or none of them. */
    record Refused(Code code, String message) implements Outcome {}

    private final LocalChannels channels;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Map<String, Room> byName = Map.of();
    private volatile Instant publishedAt = Instant.EPOCH;

    Rooms(LocalChannels channels, InstantSource clock) {
        this.channels = channels;
        this.clock = clock;
    }

    /** Reads the list, or makes the first one; null once that is done, else why its channel can't be read or written. */
    @Nullable
    Refused start() {
        return switch (channels.history(ChatNames.LIST, null, 1)) {
            case LocalChannels.HistoryOutcome.Refused(Code code, String message) -> new Refused(code, message);
            case LocalChannels.HistoryOutcome.Page page -> {
                page.publications().forEach(publication -> {
                    byName = byName(read(publication));
                    publishedAt = Instant.ofEpochMilli(publication.at());
                });
                yield byName.isEmpty() ? makeTheFirst() : null;
            }
        };
    }

    private @Nullable Refused makeTheFirst() {
        return publish(FIRST) instanceof LocalChannels.PublishOutcome.Refused(Code code, String message)
                ? new Refused(code, message)
                : null;
    }

    boolean has(String name) {
        return byName.containsKey(name);
    }

    /** Makes a room, unless there is one of that name. The name must be one. */
    Outcome create(String name, String topic) {
        lock.lock();
        try {
            Room there = byName.get(name);
            if (there != null) {
                return new Outcome.There(there, false);
            }
            if (byName.size() >= MAX) {
                return new Refused(Code.NOT_PERMITTED, "there are " + MAX + " rooms, which is as many as there may be");
            }
            Room room = new Room(name, topic);
            List<Room> rooms = new ArrayList<>(byName.values());
            rooms.add(room);
            return switch (publish(rooms)) {
                case LocalChannels.PublishOutcome.Kept _ -> new Outcome.There(room, true);
                case LocalChannels.PublishOutcome.Refused(Code code, String message) -> new Refused(code, message);
            };
        } finally {
            lock.unlock();
        }
    }

    /** Publishes the list again, where that was long ago. Whether that worked is seen at the next time. */
    void refresh() {
        if (clock.instant().isBefore(publishedAt.plus(FRESH))) {
            return;
        }
        lock.lock();
        try {
            publish(List.copyOf(byName.values()));
        } finally {
            lock.unlock();
        }
    }

    private LocalChannels.PublishOutcome publish(List<Room> rooms) {
        LocalChannels.PublishOutcome outcome = channels.publish(ChatNames.LIST, write(rooms), null);
        if (outcome instanceof LocalChannels.PublishOutcome.Kept) {
            byName = byName(rooms);
            publishedAt = clock.instant();
        }
        return outcome;
    }

    private static Map<String, Room> byName(List<Room> rooms) {
        Map<String, Room> map = new LinkedHashMap<>();
        rooms.forEach(room -> map.put(room.name(), room));
        return map;
    }

    /** {@code {"kind":"rooms","rooms":{"general":"its topic",…}}} */
    private static Data write(List<Room> rooms) {
        Map<String, String> topics = new LinkedHashMap<>();
        rooms.forEach(room -> topics.put(room.name(), room.topic()));
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("kind", "rooms");
        list.put("rooms", topics);
        return Data.json(Json.write(list));
    }

    private static List<Room> read(Publication publication) {
        Json list = Json.read(publication.data());
        Json rooms = list == null ? null : list.object("rooms");
        return rooms == null
                ? List.of()
                : rooms.members().entrySet().stream()
                        .map(entry -> new Room(entry.getKey(), String.valueOf(entry.getValue())))
                        .toList();
    }
}
