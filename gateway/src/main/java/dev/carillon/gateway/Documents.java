package dev.carillon.gateway;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The documents that are in use, each at the desk of one loop. From any thread. */
final class Documents {

    /** The channel of the document {@code x} is {@code document:x}. */
    static final String CHANNELS = "document:";

    /** What a document may have of what its channel may hold: its snapshot, the next one, and the updates of both have room there. */
    private static final int SHARE = 4;

    /** Where documents are, on one loop. */
    private record Desk(Loop loop, Map<ChannelName, Document> open) {}

    private final Node node;
    private final Executor waiters;
    private final DocumentCounters counters;
    private final List<Desk> desks;

    Documents(Node node, EventLoops loops, Executor waiters, DocumentCounters counters) {
        this.node = node;
        this.waiters = waiters;
        this.counters = counters;
        this.desks = loops.all().stream()
                .map(loop -> new Desk(loop, new HashMap<>()))
                .toList();
    }

    /** The channel of a document; null where nothing can have that name. */
    static @Nullable ChannelName channelOf(String name) {
        return ChannelName.parse(CHANNELS + name);
    }

    /** Why there is no document in this channel; null where there is. */
    @Nullable
    Code refusalOf(ChannelName channel) {
        ChannelSettings settings = node.settingsOf(channel);
        if (settings == null) {
            return Code.UNKNOWN_CHANNEL;
        }
        return settings.kind() == ChannelKind.DOCUMENT ? null : Code.UNSUPPORTED;
    }

    /** The most bytes that the document in this channel may have. */
    int bytesMax(ChannelName channel) {
        ChannelSettings settings = node.settingsOf(channel);
        return settings == null ? 0 : settings.map().bytesMax() / SHARE;
    }

    DocumentCounters counters() {
        return counters;
    }

    /**
     * Does something with a document, on its loop and in the order in which it is asked.
     *
     * @param task is not run where the document is not in use
     */
    void at(ChannelName channel, Consumer<Document> task) {
        Desk desk = deskOf(channel);
        desk.loop.mailbox().post(() -> {
            Document document = desk.open.get(channel);
            if (document != null) {
                task.accept(document);
            }
        });
    }

    /** Brings a peer to a document, which is opened for it where it isn't. */
    void join(ChannelName channel, DocumentPeer peer, @Nullable String epoch) {
        Desk desk = deskOf(channel);
        desk.loop.mailbox().post(() -> {
            Document document = desk.open.get(channel);
            if (document == null) {
                document = open(desk, channel);
                desk.open.put(channel, document);
                document.open();
            }
            document.join(peer, epoch);
        });
    }

    private Document open(Desk desk, ChannelName channel) {
        return new Document(
                document -> new DocumentLog(node, desk.loop, waiters, channel, counters, document),
                new DocumentRoll(System::currentTimeMillis, counters),
                bytesMax(channel),
                counters,
                () -> desk.open.remove(channel));
    }

    private Desk deskOf(ChannelName channel) {
        return desks.get(Math.floorMod(channel.value().hashCode(), desks.size()));
    }
}
