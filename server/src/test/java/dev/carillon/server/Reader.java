package dev.carillon.server;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Somebody who follows a channel by one of the deliveries until the connection breaks, and keeps what it was told. */
final class Reader implements AutoCloseable {

    enum Delivery {
        WEBSOCKET,
        WEBSOCKET_BINARY,
        EVENT_STREAM,
        LONG_POLL,
        POLL,
        /** {@code /live} by WebSocket, by an event stream and by long polls. */
        LIVE,
        LIVE_STREAM,
        LIVE_POLL
    }

    private static final int WAIT_MILLIS = 20_000;

    private static final int POLL_PAUSE_NANOS = 5_000_000;

    private final Peer peer;
    private final Delivery delivery;
    private final String channel;
    private final List<Publication> seen = new ArrayList<>();
    /** Where publications go; to {@link #seen} unless somebody wants them. */
    private final Consumer<Publication> taken;

    private Position position;
    private boolean begun;
    private boolean stalled;
    private boolean recovered;
    private final List<Gap> gaps = new ArrayList<>();
    private final List<ServerMessage.Signalled> signals = new ArrayList<>();
    private final List<Position> redactions = new ArrayList<>();
    private int resets;
    private @Nullable Code farewell;
    private boolean ended;
    private @Nullable Throwable failure;

    private Reader(
            Peer peer, Delivery delivery, String channel, Position position, @Nullable Consumer<Publication> taken) {
        this.peer = peer;
        this.delivery = delivery;
        this.channel = channel;
        this.position = position;
        this.taken = taken == null ? seen::add : taken;
    }

    /** Follows from a position on. When it returns the server knows the reader. */
    static Reader follow(Peer server, Delivery delivery, String channel, Position after) {
        return begin(server, delivery, channel, after, null);
    }

    /** One that keeps nothing but gives the publications away, on its thread. */
    static Reader follow(Peer server, Delivery delivery, String channel, Position after, Consumer<Publication> taken) {
        return begin(server, delivery, channel, after, taken);
    }

    private static Reader begin(
            Peer server, Delivery delivery, String channel, Position after, @Nullable Consumer<Publication> taken) {
        // A client of its own, so that cutting this reader cuts nobody else.
        Reader reader = new Reader(new Peer(server.server), delivery, channel, after, taken);
        Thread.ofVirtual().name(delivery.name()).start(reader::run);
        reader.await("it begins", () -> reader.begun);
        return reader;
    }

    /** One for each delivery. */
    static List<Reader> followAll(Peer server, String channel, Position after) {
        return Arrays.stream(Delivery.values())
                .map(delivery -> follow(server, delivery, channel, after))
                .toList();
    }

    /** Comes back by the same delivery with the last position that it was given. */
    Reader again(Peer server) {
        return follow(server, delivery, channel, position());
    }

    private void run() {
        try {
            switch (delivery) {
                case WEBSOCKET ->
                    onClose(Live.connect(peer, path(), this::onMessage).ended.join());
                case WEBSOCKET_BINARY ->
                    onClose(Live.connectBinary(peer, path(), this::onMessage)
                            .ended
                            .join());
                case EVENT_STREAM ->
                    events(HttpRequest.newBuilder(peer.server.resolve("/channels/" + channel))
                            .header("Last-Event-ID", position().toString()));
                case LONG_POLL -> polls("&wait=" + WAIT_MILLIS + "ms", 0);
                case POLL -> polls("", POLL_PAUSE_NANOS);
                case LIVE -> live();
                case LIVE_STREAM -> events(livePost(0));
                case LIVE_POLL -> livePolls();
            }
        } catch (IOException | UncheckedIOException e) {
            // Cut, as it is meant to be.
        } catch (InterruptedException | RuntimeException | Error e) {
            synchronized (this) {
                failure = e;
            }
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    private String path() {
        return "/channels/" + channel + "?after=" + position();
    }

    private void live() {
        Live live = Live.connect(peer, "/live", this::onMessage);
        live.say(new ClientMessage.Subscribe(
                null, new ChannelName(channel), position(), 0, ClientMessage.Subscribe.NO_PRESENCE));
        onClose(live.ended.join());
    }

    private HttpRequest.Builder livePost(int waitMillis) {
        String body = "{\"channels\":[{\"channel\":\"" + channel + "\",\"after\":\"" + position() + "\"}],\"wait\":"
                + waitMillis + "}";
        return HttpRequest.newBuilder(peer.server.resolve("/live"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    /** The first one does not wait, so that the reader learns how it stands. */
    private void livePolls() throws IOException, InterruptedException {
        int waitMillis = 0;
        while (true) {
            HttpRequest request = livePost(waitMillis).timeout(Peer.PATIENCE).build();
            HttpResponse<String> answer = peer.http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                onMessage(Peer.message(answer.body()));
                return; // told to come back later
            }
            Peer.messages(answer.body()).forEach(this::onMessage);
            waitMillis = WAIT_MILLIS;
        }
    }

    private void events(HttpRequest.Builder asked) throws IOException, InterruptedException {
        HttpRequest request = asked.header("Accept", "text/event-stream").build();
        try (Stream<String> lines =
                peer.http.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
            lines.filter(line -> line.startsWith("data: {\"type\""))
                    .forEach(line -> onMessage(Peer.message(line.substring("data: ".length()))));
        }
    }

    private void polls(String wait, int pauseNanos) throws IOException, InterruptedException {
        synchronized (this) {
            // What a poll has no word for: every page without a gap goes on from the position presented.
            recovered = true;
            // Nobody can tell that a poll waits, and nothing is missed if it comes late.
            begun = true;
            notifyAll();
        }
        while (true) {
            HttpResponse<String> answer = peer.get("/channels/" + channel + "?after=" + position() + wait);
            onMessage(Peer.message(answer.body()));
            if (answer.statusCode() != 200) {
                return; // told to come back later
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    /** Stops reading, as a program does that is busy with something else: what comes fills the buffers on its way. */
    synchronized void stall() {
        stalled = true;
    }

    /** Reads on. */
    synchronized void goOn() {
        stalled = false;
        notifyAll();
    }

    private synchronized void onMessage(ServerMessage message) {
        try {
            while (stalled) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        switch (message) {
            case ServerMessage.Hello _, ServerMessage.Reconnect _ -> {}
            case ServerMessage.Subscribed subscribed -> {
                // Each poll of /live subscribes anew.
                recovered = subscribed.recovered() && (recovered || !begun);
                begun = true;
                onGap(subscribed.gap());
                position = subscribed.position();
            }
            case ServerMessage.Delivery(Publication publication) -> onPublication(publication);
            case ServerMessage.Gapped gapped -> {
                onGap(gapped.gap());
                position = gapped.gap().next();
            }
            case ServerMessage.HistoryPage page -> {
                onGap(page.gap());
                if (page.resets()) {
                    onReset();
                }
                page.publications().forEach(this::onPublication);
                position = page.position();
            }
            case ServerMessage.Reset _ -> {
                onReset();
                position = Position.ORIGIN;
            }
            case ServerMessage.Current current -> position = current.position();
            case ServerMessage.Signalled signalled -> signals.add(signalled);
            case ServerMessage.Redacted redacted -> redactions.add(redacted.position());
            case ServerMessage.Refusal refusal -> farewell = refusal.code();
            default -> throw new AssertionError(delivery + " was told " + message);
        }
        notifyAll();
    }

    private synchronized void onClose(int code) {
        farewell = Code.of(code);
    }

    private void onPublication(Publication publication) {
        taken.accept(publication);
        position = publication.position();
    }

    private void onReset() {
        seen.clear();
        resets++;
    }

    private void onGap(@Nullable Gap told) {
        if (told != null) {
            recovered = false;
            if (!gaps.contains(told)) { // an event stream tells it in its hello, and as an event
                gaps.add(told);
            }
        }
    }

    /** Of a map, how often it was told to forget what it holds. */
    synchronized int resets() {
        return resets;
    }

    synchronized List<ServerMessage.Signalled> signals() {
        return List.copyOf(signals);
    }

    /** Which publications were said to be redacted. */
    synchronized List<Position> redactions() {
        return List.copyOf(redactions);
    }

    synchronized Position position() {
        return position;
    }

    synchronized List<Publication> seen() {
        return List.copyOf(seen);
    }

    /** True exactly when it went on from its position and was told of no gap since. */
    synchronized boolean isRecovered() {
        return recovered;
    }

    /** All gaps that it was told. */
    synchronized List<Gap> gaps() {
        return List.copyOf(gaps);
    }

    /** The last gap that it was told. */
    Gap awaitGap() {
        await("a gap is told", () -> !gaps.isEmpty());
        synchronized (this) {
            return gaps.getLast();
        }
    }

    /** Waits until the publication of this position was delivered. */
    void awaitPosition(Position last) {
        await("it comes to " + last, () -> position.equals(last));
    }

    /** Waits until the publication of this position was delivered, or the connection is cut. */
    void awaitPositionOrEnd(Position last) {
        await("it comes to " + last + " or is cut", () -> position.equals(last) || ended);
    }

    /** Waits until the connection is cut; gives the code with which the server took leave, null without. */
    @Nullable
    Code awaitEnd() {
        await("it is cut", () -> ended);
        synchronized (this) {
            if (failure != null) {
                throw new AssertionError(this + " failed", failure);
            }
            return farewell;
        }
    }

    Delivery delivery() {
        return delivery;
    }

    private synchronized void await(String what, Supplier<Boolean> claim) {
        long deadline = System.nanoTime() + Peer.PATIENCE.toNanos();
        while (!claim.get()) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0 || failure != null || (ended && !claim.get())) {
                throw new AssertionError(
                        delivery + " waited in vain until " + what + "; it has seen " + seen.size() + " and stands at "
                                + position,
                        failure);
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public String toString() {
        return delivery + " reader";
    }

    @Override
    public void close() {
        goOn();
        peer.close();
    }
}
