package dev.carillon.apps;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.server.LocalChannels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who wrote which message, by room and idempotency key: a projection of the rooms' streams. It is read on from where it
 * stands whenever it does not know a message, so it needs no feeding and is whole again after a restart. Thread-safe; waits.
 *
 * <p>A key belongs to whoever used it first. The window in which the server itself refuses a key that comes again is bounded,
 * and behind it a stranger could otherwise make a message of somebody else's his own by publishing under its key.
 */
final class Authors {

    /** Rooms whose authors are held; beyond it the one that was not asked about for the longest is read anew when asked. */
    static final int ROOMS_MAX = 128;

    /** Messages of a room whose authors are held, which is more than a room keeps unless configured otherwise. */
    static final int MESSAGES_MAX = 20_000;

    private static final int PAGE = 1000;

    /** What is known about a message. */
    sealed interface Answer {
        /** Who wrote it. */
        record By(String user) implements Answer {}

        /** There is none, or it is older than what is held. */
        record Unknown() implements Answer {}

        /** The room could not be read. */
        record Unread(Code code, String message) implements Answer {}
    }

    private static final Answer UNKNOWN = new Answer.Unknown();

    private final LocalChannels channels;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ChannelName, Room> rooms = new LinkedHashMap<>(16, 0.75f, true);

    Authors(LocalChannels channels) {
        this.channels = channels;
    }

    /** Who wrote the message that was published in this room under this key. */
    Answer of(ChannelName channel, String key) {
        return room(channel).authorOf(key);
    }

    private Room room(ChannelName channel) {
        lock.lock();
        try {
            Room room = rooms.computeIfAbsent(channel, Room::new);
            if (rooms.size() > ROOMS_MAX) {
                rooms.remove(rooms.keySet().iterator().next());
            }
            return room;
        } finally {
            lock.unlock();
        }
    }

    /** One room's. Its lock is held while the room is read, so that several who miss the same message read it once. */
    private final class Room {

        private final ChannelName channel;
        private final ReentrantLock reading = new ReentrantLock();
        private final Map<String, String> authors = new LinkedHashMap<>();
        private Position after = Position.ORIGIN;

        Room(ChannelName channel) {
            this.channel = channel;
        }

        Answer authorOf(String key) {
            reading.lock();
            try {
                String author = authors.get(key);
                if (author == null) {
                    Answer.Unread unread = readOn();
                    if (unread != null) {
                        return unread;
                    }
                    author = authors.get(key);
                }
                return author == null ? UNKNOWN : new Answer.By(author);
            } finally {
                reading.unlock();
            }
        }

        private Answer.@Nullable Unread readOn() {
            while (true) {
                switch (channels.history(channel, after, PAGE)) {
                    case LocalChannels.HistoryOutcome.Refused(Code code, String message) -> {
                        return new Answer.Unread(code, message);
                    }
                    case LocalChannels.HistoryOutcome.Page page -> {
                        if (page.gap()) {
                            authors.clear();
                        }
                        page.publications().forEach(this::learn);
                        after = page.position();
                        if (!page.more()) {
                            return null;
                        }
                    }
                }
            }
        }

        private void learn(Publication publication) {
            String key = publication.idempotencyKey();
            String from = publication.from();
            if (key != null
                    && from != null
                    && ChatPayload.read(publication.data())
                            instanceof ChatPayload.Outcome.Read(ChatPayload.Message _)) {
                authors.putIfAbsent(key, from);
                if (authors.size() > MESSAGES_MAX) {
                    authors.remove(authors.keySet().iterator().next());
                }
            }
        }
    }
}
