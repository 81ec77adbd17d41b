package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client's fallback over many channels as one long poll: {@code {"messages":[…]}} with what a WebSocket would have been
 * told. It answers once every subscription was answered and there is more to say than that they stand, or at the end of the
 * wait; but not with a part of a list of who is present, of which the next poll could not ask for the rest.
 */
final class LivePollWire implements Wire, HttpConnection.Stream {

    private static final int ANSWER_BYTES_MAX = 1 << 20;
    /** How long a poll that does not wait gives its subscriptions to be answered. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private static final byte[] HEAD = "{\"messages\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FOOT = "]}".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final HttpConnection connection;
    private final int channels;
    private final Duration wait;
    private final ByteArrayOutputStream messages = new ByteArrayOutputStream(512);
    private @Nullable Session session;
    private @Nullable Future<?> timer;
    /** The channels whose subscriptions stand. */
    private final Set<ChannelName> standing = new HashSet<>();
    /** How many of the subscriptions that were asked for have been answered. */
    private int answered;

    /** Maps whose snapshot is not complete: their positions are none to read on from. */
    private final Set<ChannelName> inSnapshot = new HashSet<>();

    /** Whether the wait is over. */
    private boolean overdue;

    /** Whether there is more to say than that the subscriptions stand. */
    private boolean worthTelling;

    /** The channels of whose lists more is to come. */
    private final Set<ChannelName> listing = new HashSet<>();

    private long data;
    private boolean due;
    private boolean closing;
    private boolean isNodeEnding;
    private boolean ended;

    LivePollWire(Exchange exchange, int channels, Duration wait) {
        this.exchange = exchange;
        this.connection = exchange.connection;
        this.channels = channels;
        this.wait = wait;
        messages.writeBytes(HEAD);
    }

    /** Takes its session, which has this wire in it, and begins to wait. */
    Session open(Session opened) {
        session = opened;
        connection.wait(this);
        connection.hall.counters().openOf(Traffic.Transport.LONG_POLL).incrementAndGet();
        timer = connection
                .context()
                .executor()
                .schedule(this::onWaitOver, (wait.isZero() ? AT_ONCE : wait).toNanos(), TimeUnit.NANOSECONDS);
        return opened;
    }

    private void onWaitOver() {
        overdue = true;
        if (inSnapshot.isEmpty()) {
            answer();
        }
    }

    /** A snapshot is told whole, which is bounded by what its map holds; and so is a list of who is present. */
    @Override
    public boolean hasRoom() {
        boolean isWhole = inSnapshot.isEmpty() && listing.isEmpty();
        return !ended && (messages.size() < ANSWER_BYTES_MAX || !isWhole);
    }

    @Override
    public void deliver(EncodedMessage message) {
        if (ended) {
            return; // news that was asked for before
        }
        add(message.json());
        if (message.message() instanceof ServerMessage.PresenceList list) {
            note(list);
        }
        data += message.dataBytes();
        worthTelling = true;
        answerAtEnd();
    }

    private void note(ServerMessage.PresenceList list) {
        if (list.next() == null) {
            listing.remove(list.channel());
        } else {
            listing.add(list.channel());
        }
    }

    @Override
    public void send(ServerMessage message) {
        if (message instanceof ServerMessage.Refusal refusal && refusal.code() == Code.TOKEN_EXPIRING) {
            return; // a notice; the next poll carries the next token anyway
        }
        if (ended) {
            return;
        }
        add(message.toJson());
        onSnapshot(message);
        if (message instanceof ServerMessage.Subscribed subscribed) {
            answered++;
            standing.add(subscribed.channel());
            worthTelling |= subscribed.gap() != null;
        } else if (!isNothingNew(message)) {
            if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
                listing.remove(unsubscribed.channel());
            }
            worthTelling = true;
            answered += message instanceof ServerMessage.Refusal refusal && isAnswer(refusal) ? 1 : 0;
        }
        answerAtEnd();
    }

    /** That it holds all is none; and what it is told of the log ends no wait, or it would be told again at once, and again. */
    private boolean isNothingNew(ServerMessage message) {
        return message instanceof ServerMessage.Current
                || (message instanceof ServerMessage.Refusal refusal
                        && refusal.isAboutLog()
                        && standing.contains(refusal.channel()));
    }

    private void onSnapshot(ServerMessage message) {
        if (message instanceof ServerMessage.Reset reset) {
            inSnapshot.add(reset.channel());
        } else if (message instanceof ServerMessage.Current current) {
            inSnapshot.remove(current.channel());
        } else if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
            inSnapshot.remove(unsubscribed.channel());
        }
    }

    /** Whether it refuses a subscription: not if it is about a part of one that stands, or about none. */
    private boolean isAnswer(ServerMessage.Refusal refusal) {
        boolean isSecond = refusal.code() == Code.ALREADY_SUBSCRIBED;
        return refusal.channel() != null && (isSecond || !standing.contains(refusal.channel()));
    }

    private void add(byte[] json) {
        if (messages.size() > HEAD.length) {
            messages.write(',');
        }
        messages.writeBytes(json);
    }

    private void answerAtEnd() {
        boolean isDue = overdue || (answered >= channels && listing.isEmpty() && (worthTelling || wait.isZero()));
        boolean isReady = isDue && inSnapshot.isEmpty();
        if (!due && (isReady || closing)) {
            due = true;
            connection.member().turn().atEnd(this::answerIfWhole);
        }
    }

    /** A list may have begun in the same turn. */
    private void answerIfWhole() {
        due = false;
        if (listing.isEmpty() || closing || overdue) {
            answer();
        }
    }

    private void answer() {
        due = false;
        if (!inSnapshot.isEmpty() && !closing && !isNodeEnding) {
            return; // one began in the turn at whose end this was to be told
        }
        if (end()) {
            messages.writeBytes(FOOT);
            exchange.answerJson(200, messages.toByteArray(), data, Map.of("Cache-Control", "no-store"));
        }
    }

    private boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
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
        closing = true;
        send(ServerMessage.Refusal.of(null, code, null));
    }

    /** Answers with what there is: the client comes back with its position. */
    @Override
    public void onNodeEnds(long afterMillis) {
        isNodeEnding = true;
        if (!ended) {
            connection.hall.counters().movedOf(Traffic.Transport.LONG_POLL).increment();
            add(new ServerMessage.Reconnect(afterMillis).toJson());
            answer();
        }
    }

    @Override
    public void onClosed() {
        end();
    }
}
