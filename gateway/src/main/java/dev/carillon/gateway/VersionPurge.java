package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Erasure;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.SessionRates;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Erases a document's versions, after the document. A session for one command; owned by the document's loop. */
final class VersionPurge implements Wire {

    private final Loop loop;
    private final Consumer<@Nullable Code> then;
    private final Session session;
    private boolean isOver;

    /** @param then is told null once they are gone, or why they are not */
    VersionPurge(Node node, Loop loop, Consumer<@Nullable Code> then) {
        this.loop = loop;
        this.then = then;
        this.session =
                new Session(node, loop, this, Hall.newSessionId(), Principal.DOCUMENTS, SessionRates.DEVELOPMENT);
    }

    void begin(ChannelName versions) {
        session.erase(versions, new Erasure.Purge());
    }

    /** It is the session that is calling. */
    private void endLater(@Nullable Code code) {
        loop.mailbox().post(() -> {
            if (!isOver) {
                isOver = true;
                session.onGoodbye();
                then.accept(code);
            }
        });
    }

    @Override
    public void onCarriedOut() {
        endLater(null);
    }

    @Override
    public void send(ServerMessage message) {
        endLater(message instanceof ServerMessage.Refusal refusal ? refusal.code() : Code.INTERNAL);
    }

    @Override
    public void close(Code code, String reason) {
        endLater(code);
    }

    @Override
    public boolean hasRoom() {
        return true; // for its one reply
    }

    @Override
    public void deliver(EncodedMessage message) {
        throw new IllegalStateException("nothing is subscribed to");
    }

    @Override
    public void read(boolean wanted) {
        // There is one command, and it was given.
    }
}
