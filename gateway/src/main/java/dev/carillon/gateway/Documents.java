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

    /** What a document may have of what its channel may hold: its snapshot, the next one, and the updates of both have room there. */
    private static final int SHARE = 4;

    /** Where documents are, on one loop. */
    private record Desk(Loop loop, Map<ChannelName, Document> open) {}

    private final Node node;
    private final Executor waiters;
    private final DocumentSettings settings;
    private final DocumentCounters counters;
    private final List<Desk> desks;

    Documents(Node node, EventLoops loops, Executor waiters, DocumentSettings settings, DocumentCounters counters) {
        this.node = node;
        this.waiters = waiters;
        this.settings = settings;
        this.counters = counters;
        this.desks = loops.all().stream()
                .map(loop -> new Desk(loop, new HashMap<>()))
                .toList();
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
        atOpen(channel, document -> document.join(peer, epoch));
    }

    /** Lets somebody ask something of a document, which is opened for that where it isn't. */
    void visit(ChannelName channel, DocumentVisitor visitor) {
        atOpen(channel, document -> document.visit(visitor));
    }

    private void atOpen(ChannelName channel, Consumer<Document> task) {
        Desk desk = deskOf(channel);
        desk.loop.mailbox().post(() -> {
            Document document = desk.open.get(channel);
            if (document == null) {
                document = open(desk, channel);
                desk.open.put(channel, document);
                document.open();
            }
            task.accept(document);
        });
    }

    private Document open(Desk desk, ChannelName channel) {
        return new Document(
                document -> new DocumentLog(node, desk.loop, waiters, channel, counters, document),
                new DocumentRoll(System::currentTimeMillis, counters),
                versions(desk, channel),
                bytesMax(channel),
                counters,
                () -> desk.open.remove(channel));
    }

    private DocumentVersions.Tools versions(Desk desk, ChannelName channel) {
        ChannelName of = DocumentChannels.ofVersions(channel);
        ChannelSettings set = of == null ? null : node.settingsOf(of);
        boolean keeps = set != null && set.kind() == ChannelKind.DOCUMENT;
        return new DocumentVersions.Tools(
                of != null && keeps ? listener -> new VersionLog(node, desk.loop, of, listener) : null,
                desk.loop,
                waiters,
                settings,
                set == null ? 0 : set.map().bytesMax(),
                System::currentTimeMillis,
                counters);
    }

    /**
     * Has all versions of the document in this channel erased, which somebody may purge who has just done so.
     *
     * @param then is told null once they are gone, or why they are not; on some loop
     */
    void purgeVersions(ChannelName channel, Consumer<@Nullable Code> then) {
        ChannelName versions = DocumentChannels.ofVersions(channel);
        if (versions == null || refusalOf(versions) != null) {
            then.accept(null);
            return;
        }
        Desk desk = deskOf(channel);
        desk.loop.mailbox().post(() -> new VersionPurge(node, desk.loop, then).begin(versions));
    }

    private Desk deskOf(ChannelName channel) {
        return desks.get(Math.floorMod(channel.value().hashCode(), desks.size()));
    }
}
