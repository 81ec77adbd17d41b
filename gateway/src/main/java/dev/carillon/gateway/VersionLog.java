package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.SessionRates;
import dev.carillon.engine.Start;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is kept of a document's versions, in their channel, for as long as an errand takes: all of them are read, then one change at a time is written. A session like everybody's, whose principal alone
 * may write there. Owned by the document's loop.
 */
final class VersionLog implements Wire {

    private static final Logger LOG = LoggerFactory.getLogger(VersionLog.class);

    /** Hears what becomes of it, on the loop, and in tasks of their own. */
    interface Listener {

        /** All that is kept was read, the oldest first. */
        void onLoaded(List<DocumentVersion> versions);

        /** The change that was given last is kept. */
        void onWritten();

        /** Nothing more can be read or written. */
        void onLost(Code code);
    }

    /** Makes one, and begins to read. */
    interface Opening {

        VersionLog open(Listener listener);
    }

    private final ChannelName channel;
    private final Loop loop;
    private final Listener listener;
    private final Session session;

    /** What was read, until all of it was. */
    private @Nullable List<DocumentVersion> loading = new ArrayList<>();

    private boolean isOver;

    VersionLog(Node node, Loop loop, ChannelName channel, Listener listener) {
        this.channel = channel;
        this.loop = loop;
        this.listener = listener;
        this.session =
                new Session(node, loop, this, Hall.newSessionId(), Principal.DOCUMENTS, SessionRates.DEVELOPMENT);
    }

    void open() {
        session.subscribe(null, channel, new Start.Newest(0));
    }

    void close() {
        isOver = true;
        session.onGoodbye();
    }

    void put(DocumentVersion version) {
        publish(new Change(version.key(), null, false), version.data());
    }

    void remove(DocumentVersion version) {
        publish(new Change(version.key(), null, true), Data.NONE);
    }

    private void publish(Change change, Data data) {
        session.onMessage(new ClientMessage.Publish(null, channel, data, null, change));
    }

    // ---- what the session says

    @Override
    public boolean hasRoom() {
        return true; // versions are read whole, and are bounded
    }

    @Override
    public boolean carriesSignals() {
        return false;
    }

    @Override
    public void deliver(EncodedMessage message) {
        List<DocumentVersion> read = loading;
        if (read == null || !(message.message() instanceof ServerMessage.Delivery(Publication publication))) {
            return; // what it has written itself comes back
        }
        Change change = publication.change();
        if (change == null || change.isRemoved()) {
            return;
        }
        DocumentVersion version = DocumentVersion.of(change, publication.data());
        if (version == null) {
            LOG.error("{} holds what no version of a document is", channel.value());
            later(() -> lose(Code.UNSUPPORTED));
        } else {
            read.add(version);
        }
    }

    @Override
    public void send(ServerMessage message) {
        List<DocumentVersion> read = loading;
        if (message instanceof ServerMessage.Published) {
            later(listener::onWritten);
        } else if (message instanceof ServerMessage.Current && read != null) {
            loading = null;
            read.sort(Comparator.comparingLong(DocumentVersion::number));
            later(() -> listener.onLoaded(read));
        } else if (message instanceof ServerMessage.Reset && read == null) {
            later(() -> lose(Code.NOT_FOUND));
        } else if (message instanceof ServerMessage.Reset) {
            loading = new ArrayList<>();
        } else if (message instanceof ServerMessage.Refusal refusal) {
            later(() -> lose(refusal.code()));
        } else if (message instanceof ServerMessage.Unsubscribed) {
            later(() -> lose(Code.STORAGE_FAULT));
        }
    }

    /** From within, nothing may be asked of a session. */
    private void later(Runnable task) {
        loop.mailbox().post(() -> {
            if (!isOver) {
                task.run();
            }
        });
    }

    private void lose(Code code) {
        close();
        listener.onLost(code);
    }

    @Override
    public void read(boolean wanted) {
        // One change waits for its answer at a time.
    }

    @Override
    public void close(Code code, String reason) {
        later(() -> lose(code));
    }
}
