package dev.carillon.server;

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
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Somebody who follows a channel by one of the four deliveries until the connection breaks, and keeps what it was told. */
final class Reader implements AutoCloseable {

    enum Delivery {
        WEBSOCKET,
        EVENT_STREAM,
        LONG_POLL,
        POLL
    }

    private static final int POLL_PAUSE_NANOS = 5_000_000;

    private final Peer peer;
    private final Delivery delivery;
    private final String channel;
    private final List<Publication> seen = new ArrayList<>();
    private Position position;
    private boolean begun;
    private boolean recovered;
    private @Nullable Gap gap;
    private @Nullable Code farewell;
    private boolean ended;
    private @Nullable Throwable failure;

    private Reader(Peer peer, Delivery delivery, String channel, Position position) {
        this.peer = peer;
        this.delivery = delivery;
        this.channel = channel;
        this.position = position;
    }

    /** Follows from a position on. When it returns the server knows the reader. */
    static Reader follow(Peer server, Delivery delivery, String channel, Position after) {
        // A client of its own, so that cutting this reader cuts nobody else.
        Reader reader = new Reader(new Peer(server.server), delivery, channel, after);
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
                case WEBSOCKET -> {
                    String path = "/channels/" + channel + "?after=" + position();
                    onClose(Live.connect(peer, path, this::onMessage).ended.join());
                }
                case EVENT_STREAM -> events();
                case LONG_POLL -> polls("&wait=20s", 0);
                case POLL -> polls("", POLL_PAUSE_NANOS);
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

    private void events() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(peer.server.resolve("/channels/" + channel))
                .headers(
                        "Accept",
                        "text/event-stream",
                        "Last-Event-ID",
                        position().toString())
                .build();
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

    private synchronized void onMessage(ServerMessage message) {
        switch (message) {
            case ServerMessage.Hello _, ServerMessage.Reconnect _ -> {}
            case ServerMessage.Subscribed subscribed -> {
                begun = true;
                recovered = subscribed.recovered();
                onGap(subscribed.gap());
                position = subscribed.position();
            }
            case ServerMessage.Delivery(Publication publication) -> onPublication(publication);
            case ServerMessage.Gapped gapped -> onGap(gapped.gap());
            case ServerMessage.HistoryPage page -> {
                onGap(page.gap());
                page.publications().forEach(this::onPublication);
                position = page.position();
            }
            case ServerMessage.Refusal refusal -> farewell = refusal.code();
            default -> throw new AssertionError(delivery + " was told " + message);
        }
        notifyAll();
    }

    private synchronized void onClose(int code) {
        farewell = Code.of(code);
    }

    private void onPublication(Publication publication) {
        seen.add(publication);
        position = publication.position();
    }

    private void onGap(@Nullable Gap told) {
        if (told != null) {
            gap = told;
            recovered = false;
        }
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

    /** The last gap that it was told. */
    Gap awaitGap() {
        await("a gap is told", () -> gap != null);
        synchronized (this) {
            return Objects.requireNonNull(gap);
        }
    }

    /** Waits until the publication of this position was delivered. */
    void awaitPosition(Position last) {
        await("it comes to " + last, () -> position.equals(last));
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
        peer.close();
    }
}
