package dev.carillon.server;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Rate;
import dev.carillon.engine.Session;
import dev.carillon.engine.SessionRates;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An extension's session: its commands go the way of everybody's, on an event loop, and its wire pairs the answers with those
 * who wait for them. The session's bound on commands that wait for an answer holds here too; beyond it they are refused.
 */
final class LocalSession implements LocalChannels, Wire {

    private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(60);
    private static final String ID = "local";
    /** Strangers' requests are what an extension publishes for: they are counted where they come in. */
    private static final SessionRates UNPACED =
            new SessionRates(new Rate(Rate.MAX, Rate.MAX), new Rate(Rate.MAX, Rate.MAX));

    private final Loop loop;
    private final Session session;
    /** Owned by the loop, as is all below. */
    private final Map<RequestId, CompletableFuture<ServerMessage>> waiting = new HashMap<>();

    private boolean isFull;
    private long asked;

    /** Waits for the loop: not for a loop's own thread. */
    LocalSession(Node node, Loop loop) {
        this.loop = loop;
        CompletableFuture<Session> begun = new CompletableFuture<>();
        loop.mailbox().post(() -> begun.complete(new Session(node, loop, this, ID, RuledDecisions.LOCAL, UNPACED)));
        this.session = begun.join();
    }

    @Override
    public PublishOutcome publish(ChannelName channel, Data data, @Nullable String idempotencyKey) {
        return publish(channel, data, idempotencyKey, null);
    }

    @Override
    public PublishOutcome set(ChannelName channel, Change change, Data data) {
        return publish(channel, data, null, change);
    }

    private PublishOutcome publish(
            ChannelName channel, Data data, @Nullable String idempotencyKey, @Nullable Change change) {
        return switch (ask(id -> new ClientMessage.Publish(id, channel, data, idempotencyKey, change))) {
            case ServerMessage.Published published ->
                new PublishOutcome.Kept(published.position(), published.duplicate());
            case ServerMessage.Refusal refusal -> {
                if (idempotencyKey != null) {
                    abandon(channel, idempotencyKey);
                }
                yield new PublishOutcome.Refused(refusal.code(), refusal.message());
            }
            case ServerMessage other -> throw new IllegalStateException("answered with " + other);
        };
    }

    /** Whoever was refused may never come again, and is not to hold back what others publish in this session. */
    private void abandon(ChannelName channel, String idempotencyKey) {
        loop.mailbox().post(() -> session.onMessage(new ClientMessage.Abandon(null, channel, idempotencyKey)));
    }

    @Override
    public HistoryOutcome history(ChannelName channel, @Nullable Position after, int limit) {
        return switch (ask(id -> new ClientMessage.History(id, channel, after, null, limit))) {
            case ServerMessage.HistoryPage page ->
                new HistoryOutcome.Page(page.publications(), page.position(), page.more(), page.gap() != null);
            case ServerMessage.Refusal refusal -> new HistoryOutcome.Refused(refusal.code(), refusal.message());
            case ServerMessage other -> throw new IllegalStateException("answered with " + other);
        };
    }

    private ServerMessage ask(Function<RequestId, ClientMessage> command) {
        CompletableFuture<ServerMessage> answer = new CompletableFuture<>();
        loop.mailbox().post(() -> {
            RequestId id = new RequestId(Long.toString(++asked));
            if (isFull) {
                answer.complete(ServerMessage.Refusal.of(id, Code.OVERLOADED, null));
            } else {
                waiting.put(id, answer);
                session.onMessage(command.apply(id));
            }
        });
        try {
            return answer.get(ANSWER_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited for an answer", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("no answer within " + ANSWER_TIME_MAX, e);
        }
    }

    // ---- the session's side, on the loop

    @Override
    public void send(ServerMessage message) {
        RequestId id = switch (message) {
            case ServerMessage.Published published -> published.id();
            case ServerMessage.HistoryPage page -> page.id();
            case ServerMessage.Refusal refusal -> refusal.id();
            case ServerMessage _ -> null;
        };
        CompletableFuture<ServerMessage> answer = id == null ? null : waiting.remove(id);
        if (answer != null) {
            answer.complete(message);
        }
    }

    @Override
    public void read(boolean wanted) {
        isFull = !wanted;
    }

    @Override
    public boolean hasRoom() {
        return true; // for answers; whoever asked waits for them
    }

    @Override
    public void deliver(EncodedMessage message) {
        throw new IllegalStateException("nothing is subscribed to");
    }

    @Override
    public void close(Code code, String reason) {
        // It ends with the node.
    }
}
