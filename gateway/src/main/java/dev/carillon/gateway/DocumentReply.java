package dev.carillon.gateway;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request that asks something of a document: whether it may is asked first, for the document's channel. Owned by the connection's event loop; but for what a {@link DocumentVisitor} has, which the
 * document's loop calls.
 */
final class DocumentReply implements Wire, HttpConnection.Stream, DocumentVisitor {

    /** Answers a request, on its connection's loop. */
    interface Answer extends Consumer<Exchange> {}

    private final Exchange exchange;
    private final ChannelName channel;
    private final Documents documents;
    private final BiConsumer<Document, Consumer<Answer>> question;
    private @Nullable Session session;

    private DocumentReply(Exchange exchange, ChannelName channel, BiConsumer<Document, Consumer<Answer>> question) {
        this.exchange = exchange;
        this.channel = channel;
        this.documents = exchange.connection.hall.documents();
        this.question = question;
    }

    /**
     * Asks on behalf of the request.
     *
     * @param permission {@link Permission#SUBSCRIBE} or {@link Permission#PUBLISH}
     * @param question is called on the document's loop, and calls back there, once
     */
    static void ask(
            Exchange exchange,
            ChannelName channel,
            Permission permission,
            BiConsumer<Document, Consumer<Answer>> question) {
        Doorway.admit(exchange, principal -> {
            DocumentReply reply = new DocumentReply(exchange, channel, question);
            Session begun = ChannelRoutes.session(exchange, principal, reply);
            reply.session = begun;
            exchange.connection.wait(reply);
            begun.ask(permission, channel, reply::onVerdict);
        });
    }

    private void onVerdict(Decisions.Verdict verdict) {
        if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
            exchange.connection.hall.counters().refused(code);
            answerLater(asked -> asked.refuse(code, message));
        } else {
            documents.visit(channel, this);
        }
    }

    @Override
    public void onOpen(Document document) {
        question.accept(document, answer -> {
            document.leave(this);
            answerLater(answer);
        });
    }

    @Override
    public void onLost(Code code) {
        answerLater(asked -> asked.refuse(code));
    }

    private void answerLater(Answer answer) {
        exchange.connection.member().loop().mailbox().post(() -> {
            if (session != null) {
                onClosed();
                answer.accept(exchange);
            }
        });
    }

    @Override
    public void onClosed() {
        Session ended = session;
        session = null;
        if (ended != null) {
            ended.onClosed();
        }
    }

    // ---- the session's side

    @Override
    public boolean hasRoom() {
        return true; // for its one answer
    }

    @Override
    public void deliver(EncodedMessage message) {
        throw new IllegalStateException("nothing is subscribed to");
    }

    @Override
    public void send(ServerMessage message) {
        // It is asked for a verdict only, which it gives to whoever has asked.
    }

    @Override
    public void read(boolean wanted) {
        // There is one request to read, and it has been.
    }

    @Override
    public void close(Code code, String reason) {
        answerLater(asked -> asked.refuse(code));
    }
}
