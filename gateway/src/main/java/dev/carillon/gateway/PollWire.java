package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session for the length of one long poll (RFC 6202): it answers at the end of the turn in which there was something, or
 * empty at the end of the wait, but not before its subscription stands: until then it has no position to answer with. Owned
 * by the event loop.
 */
final class PollWire implements Wire, HttpConnection.Stream {

    private static final int PUBLICATIONS_MAX = 1000;
    private static final long ANSWER_BYTES_MAX = 1 << 20;

    private final Exchange exchange;
    private final HttpConnection connection;
    private final ChannelName channel;
    private final int limit;
    private final Duration wait;
    private final List<Publication> publications = new ArrayList<>(1);
    private @Nullable Session session;
    private @Nullable Future<?> timer;
    private Position position = Position.ORIGIN;
    private @Nullable Gap gap;
    private long bytes;
    private boolean more;
    /** Whether the subscription was answered, so that {@link #position} is one. */
    private boolean stands;
    /** Whether it was told last that its channel is stale. */
    private boolean isStale;

    /** Whether its channel is known to be a map, whose pages are bounded by what it holds. */
    private boolean isMap;

    /** Whether the answer begins with a snapshot. */
    private boolean resets;

    /** True exactly while a snapshot is not complete: its positions are none to read on from. */
    private boolean isInSnapshot;

    private boolean overdue;
    private boolean due;
    private boolean answered;

    PollWire(Exchange exchange, ChannelName channel, int limit, Duration wait) {
        this.exchange = exchange;
        this.connection = exchange.connection;
        this.channel = channel;
        this.limit = limit == 0 ? PUBLICATIONS_MAX : Math.min(limit, PUBLICATIONS_MAX);
        this.wait = wait;
    }

    /** Takes its session, which has this wire in it, and begins to wait. */
    Session open(Session opened) {
        session = opened;
        connection.wait(this);
        connection.hall.counters().openOf(Traffic.Transport.LONG_POLL).incrementAndGet();
        timer = connection.context().executor().schedule(this::onWaitOver, wait.toNanos(), TimeUnit.NANOSECONDS);
        return opened;
    }

    private void onWaitOver() {
        overdue = true;
        if (stands && !isInSnapshot) {
            answer();
        }
    }

    @Override
    public boolean hasRoom() {
        boolean room = !answered && (isMap || (publications.size() < limit && bytes < ANSWER_BYTES_MAX));
        more |= !room;
        return room;
    }

    @Override
    public boolean carriesSignals() {
        return false; // there is no place for them in a page
    }

    @Override
    public void deliver(EncodedMessage message) {
        if (message.message() instanceof ServerMessage.Delivery(Publication publication)) {
            publications.add(publication);
            bytes += message.json().length;
            position = publication.position();
            isMap |= publication.change() != null;
            answerAtEnd();
        }
    }

    @Override
    public void send(ServerMessage message) {
        switch (message) {
            case ServerMessage.Subscribed subscribed -> {
                position = subscribed.position();
                gap = subscribed.gap();
                stands = true;
                if (gap != null || overdue) {
                    answerAtEnd();
                }
            }
            case ServerMessage.Reset _ -> {
                publications.clear();
                position = Position.ORIGIN;
                isMap = true;
                resets = true;
                isInSnapshot = true;
            }
            case ServerMessage.Current current -> {
                position = current.position();
                isInSnapshot = false;
                if (resets || overdue) {
                    answerAtEnd(); // else that it holds all is nothing new
                }
            }
            case ServerMessage.Gapped gapped -> {
                if (publications.isEmpty()) {
                    gap = gapped.gap();
                    position = gapped.gap().next();
                    answerAtEnd();
                } else {
                    // Told with the next poll, which starts from the position before it.
                    answer();
                }
            }
            case ServerMessage.Refusal refusal
            when stands && refusal.isAboutLog() -> isStale = refusal.code() == Code.BROKER_AWAY;
            case ServerMessage.Refusal refusal -> {
                // Of what is only a notice the next poll, which carries the next token, need not know.
                if (refusal.code() != Code.TOKEN_EXPIRING && end()) {
                    exchange.refuse(refusal);
                }
            }
            case ServerMessage.Unsubscribed unsubscribed -> refuse(unsubscribed.code());
            default -> {}
        }
    }

    private void refuse(int number) {
        Code code = Code.of(number);
        if (end()) {
            exchange.refuse(code == null ? Code.INTERNAL : code);
        }
    }

    private void answerAtEnd() {
        if (!due && !isInSnapshot) {
            due = true;
            connection.member().turn().atEnd(this::answer);
        }
    }

    private void answer() {
        if (isInSnapshot) {
            due = false; // it began in the turn at whose end this was to be told
            return;
        }
        more |= Objects.requireNonNull(session, "not open yet").isBehind();
        if (end()) {
            answerPage(Map.of());
        }
    }

    private void answerPage(Map<String, String> headers) {
        ServerMessage.HistoryPage page =
                new ServerMessage.HistoryPage(null, channel, publications, position, more, resets, gap);
        Map<String, String> all = new HashMap<>(headers);
        if (isStale) {
            all.putAll(ReplyWire.STALE);
        }
        ReplyWire.answerPage(exchange, page, all);
    }

    /** Ends the session; true if it had not ended before. */
    private boolean end() {
        if (answered) {
            return false;
        }
        answered = true;
        if (timer != null) {
            timer.cancel(false);
        }
        connection.hall.counters().openOf(Traffic.Transport.LONG_POLL).decrementAndGet();
        // It may be the session that is calling; it is told in a turn of its own.
        connection.member().loop().mailbox().post(Objects.requireNonNull(session, "not open yet")::onClosed);
        return true;
    }

    @Override
    public void read(boolean wanted) {
        // There is one request to read, and it has been.
    }

    @Override
    public void close(Code code, String reason) {
        refuse(code.number());
    }

    /** Answers with what there is: the client comes back with its position. Without one it is refused for now. */
    @Override
    public void onNodeEnds(long afterMillis) {
        boolean isBehind = Objects.requireNonNull(session, "not open yet").isBehind();
        if (!end()) {
            return;
        }
        connection.hall.counters().movedOf(Traffic.Transport.LONG_POLL).increment();
        if (stands && !isInSnapshot) {
            more |= isBehind;
            answerPage(Exchange.retryAfter(afterMillis));
        } else {
            exchange.refuse(new ServerMessage.Refusal(null, Code.MOVING, null, Code.MOVING.text(), afterMillis));
        }
    }

    @Override
    public void onClosed() {
        end();
    }
}
