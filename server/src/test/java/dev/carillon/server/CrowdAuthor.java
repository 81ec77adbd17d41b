package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Publishes 1, 2, 3 … into a channel of its own, each until it is acknowledged, with the same key however often; and keeps a
 * log of where that was.
 */
final class CrowdAuthor {

    private final Peer peer;
    private final String channel;
    private final int pauseMillis;
    private final String[] headers;
    private final Thread thread;
    private volatile boolean isOver;
    private volatile @Nullable String problem;

    /** The place of each number, from 1 on. */
    private final List<Position> log = new ArrayList<>();

    /** How often one was refused, or nobody knew what became of it. */
    private volatile int retries;

    /** @param headers what each publish has beside its own, name and value in turn */
    CrowdAuthor(URI at, String channel, int pauseMillis, String... headers) {
        this.peer = new Peer(at);
        this.channel = channel;
        this.pauseMillis = pauseMillis;
        this.headers = headers;
        this.thread = Thread.ofPlatform().daemon().unstarted(this::run);
    }

    void begin() {
        thread.start();
    }

    String channel() {
        return channel;
    }

    /** The greatest number that was acknowledged. */
    int acknowledged() {
        synchronized (log) {
            return log.size();
        }
    }

    int retries() {
        return retries;
    }

    private void run() {
        while (!isOver) {
            Position position = publish(acknowledged() + 1);
            if (position == null) {
                retries = retries + 1;
            } else {
                synchronized (log) {
                    log.add(position);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
        }
    }

    /** Null where it was refused for the moment, or nobody is there, or it is not known what became of it. */
    private @Nullable Position publish(int number) {
        HttpRequest.Builder request = peer.request(
                "/channels/" + channel,
                "Content-Type",
                "application/json",
                "Idempotency-Key",
                "key-of-the-number-" + number);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> answer = peer.http.send(
                    request.POST(HttpRequest.BodyPublishers.ofString(Integer.toString(number)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            int status = answer.statusCode();
            if (status == 200 || status == 201) {
                return ((ServerMessage.Published) Peer.message(answer.body())).position();
            }
            if (status != 502 && status != 503 && status != 504) {
                problem = answer.body();
            }
            return null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends it; returns the last number that was acknowledged. */
    int end() throws InterruptedException {
        isOver = true;
        thread.join();
        peer.close();
        assertThat(Objects.requireNonNullElse(problem, "")).isEmpty();
        return acknowledged();
    }

    /** What it was told holds: each number is there once, in order, where it was acknowledged, and nothing else is. */
    void assertKept(Peer server) throws Exception {
        List<Publication> kept = server.history(channel);
        for (int i = 0; i < kept.size(); i++) {
            assertThat(kept.get(i).data().text()).as("at %s of %s", i, channel).isEqualTo(Integer.toString(i + 1));
        }
        synchronized (log) {
            assertThat(kept).extracting(Publication::position).isEqualTo(log);
        }
    }
}
