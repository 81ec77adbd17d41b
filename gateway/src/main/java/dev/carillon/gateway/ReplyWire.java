package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Erasure;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session for one command: a plain GET or a POST, answered by its reply. Owned by the event loop. */
final class ReplyWire implements Wire, HttpConnection.Stream {

    /** Of a page from which the newest may be missing (PROTOCOL.md §6.4). */
    static final Map<String, String> STALE = Map.of("Carillon-Stale", "true");

    private final Exchange exchange;
    /** What is to be done once the command was carried out, before that is answered; null for nothing. */
    private final @Nullable Afterwards afterwards;

    private @Nullable Session session;
    private boolean isStale;

    /** Something that belongs to a command. */
    interface Afterwards {

        /**
         * Begins it.
         *
         * @param then is to be told null, or why it could not be done; on the connection's loop
         */
        void begin(Consumer<@Nullable Code> then);
    }

    private ReplyWire(Exchange exchange, @Nullable Afterwards afterwards) {
        this.exchange = exchange;
        this.afterwards = afterwards;
    }

    /** Says the command on behalf of the request. */
    static void ask(Exchange exchange, ClientMessage command) {
        ask(exchange, command, Hall.newSessionId());
    }

    /** Says the command on behalf of the request, in a session of this id. */
    static void ask(Exchange exchange, ClientMessage command, String sessionId) {
        open(exchange, sessionId, null, session -> session.onMessage(command));
    }

    /** Has something erased on behalf of the request. */
    static void erase(Exchange exchange, ChannelName channel, Erasure erasure) {
        open(exchange, Hall.newSessionId(), null, session -> session.erase(channel, erasure));
    }

    /** Has everything in a channel erased on behalf of the request, and then what belongs to it. */
    static void purge(Exchange exchange, ChannelName channel, Afterwards afterwards) {
        open(exchange, Hall.newSessionId(), afterwards, session -> session.erase(channel, new Erasure.Purge()));
    }

    private static void open(
            Exchange exchange, String sessionId, @Nullable Afterwards afterwards, Consumer<Session> command) {
        Doorway.admit(exchange, principal -> {
            ReplyWire wire = new ReplyWire(exchange, afterwards);
            Session session = ChannelRoutes.session(exchange, principal, wire, sessionId);
            wire.session = session;
            exchange.connection.wait(wire);
            command.accept(session);
        });
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
    public void send(ServerMessage message) {
        endLater();
        switch (message) {
            case ServerMessage.HistoryPage page -> answerPage(exchange, page, isStale ? STALE : Map.of());
            case ServerMessage.Published published ->
                exchange.answerJson(published.duplicate() ? 200 : 201, published.toJson(), Map.of());
            case ServerMessage.PresenceList list -> exchange.answerJson(200, list.toJson(), Map.of());
            case ServerMessage.PresenceCount count -> exchange.answerJson(200, count.toJson(), Map.of());
            case ServerMessage.Refusal refusal -> exchange.refuse(refusal);
            default -> exchange.refuse(Code.INTERNAL);
        }
    }

    @Override
    public void onStalePage() {
        isStale = true;
    }

    @Override
    public void onCarriedOut() {
        if (afterwards == null) {
            answerCarriedOut();
        } else {
            afterwards.begin(failure -> {
                if (session == null) {
                    return; // the client did not wait for it
                }
                if (failure == null) {
                    answerCarriedOut();
                } else {
                    close(failure, failure.wire());
                }
            });
        }
    }

    private void answerCarriedOut() {
        endLater();
        exchange.connection.respond(exchange, 204, "text/plain", new byte[0], Map.of());
    }

    /**
     * Answers with a page; what a client holds already needs no body.
     *
     * @param more headers beside the page's own
     */
    static void answerPage(Exchange exchange, ServerMessage.HistoryPage page, Map<String, String> more) {
        String tag = "\"" + page.position() + "-" + page.publications().size() + (page.more() ? "+" : "")
                + (page.resets() ? "=" : "")
                + (page.gap() == null ? "" : page.gap().cause().wire()) + "\"";
        Map<String, String> headers = new HashMap<>(more);
        headers.put(HttpHeaderNames.ETAG.toString(), tag);
        if (tag.equals(exchange.header(HttpHeaderNames.IF_NONE_MATCH))) {
            exchange.connection.respond(exchange, 304, "application/json", new byte[0], headers);
            return;
        }
        long data = 0;
        for (Publication publication : page.publications()) {
            data += publication.data().length();
        }
        exchange.answerJson(200, page.toJson(), data, headers);
    }

    @Override
    public void read(boolean wanted) {
        // There is one request to read, and it has been.
    }

    @Override
    public void close(Code code, String reason) {
        endLater();
        exchange.refuse(code);
    }

    /** It is the session that is calling; it is told that it is over in a turn of its own. */
    private void endLater() {
        exchange.connection.member().loop().mailbox().post(this::onClosed);
    }

    @Override
    public void onClosed() {
        Session ended = session;
        session = null;
        if (ended != null) {
            ended.onClosed();
        }
    }
}
