package dev.carillon.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;

/**
 * One way through a connection: what one end sends is taken by {@link #read}, and given to the other one by {@link #write},
 * when the weather allows it; each has a virtual thread of its own. So an end is heard of although nothing may pass.
 */
final class Pump {

    private static final int CHUNK_BYTES = 8 << 10;

    private final Link link;
    private final Direction way;
    private final Socket from;
    private final Socket to;
    private final Weather weather;
    private final Tally tally;
    private final Backlog backlog;

    /** Whether the end that it writes to is gone: what comes for it has nowhere to go. */
    private volatile boolean isToGone;
    /** Whether the end that it reads from was taken away by a fault, and the other one must not hear of that. */
    private volatile boolean isMuted;
    /** Whether nothing will come this way any more. */
    private volatile boolean isDone;

    Pump(Link link, Direction way, Socket from, Socket to, Weather weather, Tally tally, int bufferBytes) {
        this.link = link;
        this.way = way;
        this.from = from;
        this.to = to;
        this.weather = weather;
        this.tally = tally;
        this.backlog = new Backlog(bufferBytes);
    }

    boolean isToGone() {
        return isToGone;
    }

    boolean isDone() {
        return isDone;
    }

    boolean isMuted() {
        return isMuted;
    }

    void mute() {
        isMuted = true;
    }

    void loseTo() {
        isToGone = true;
    }

    /** Takes all that one end sends. */
    void read() {
        try {
            backlog.put(new Backlog.End(!takeAll(), System.nanoTime()));
        } catch (InterruptedException e) {
            // The connection is over, and nobody waits for what it still held.
        }
    }

    /** False where the connection broke. */
    private boolean takeAll() throws InterruptedException {
        byte[] buffer = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                tally.taken(way, n);
                backlog.put(new Backlog.Bytes(Arrays.copyOf(buffer, n), System.nanoTime()));
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Gives all that was taken. */
    void write() {
        try {
            while (!isDone) {
                switch (backlog.take()) {
                    case Backlog.Bytes(byte[] bytes, long atNanos) -> give(bytes, atNanos);
                    case Backlog.End(boolean isReset, long atNanos) -> {
                        weather.await(way, 0, atNanos);
                        end(isReset);
                    }
                }
            }
        } catch (InterruptedException e) {
            // The connection is over.
        }
    }

    private void give(byte[] bytes, long atNanos) throws InterruptedException {
        int given = 0;
        while (given < bytes.length) {
            int n = weather.await(way, bytes.length - given, atNanos);
            if (isToGone) {
                swallow();
                return;
            }
            try {
                to.getOutputStream().write(bytes, given, n);
                tally.passed(way, n);
                given += n;
            } catch (IOException e) {
                // The other pump tells it, behind all that came from there.
                isToGone = true;
            }
        }
    }

    private void swallow() {
        if (!weather.now().withholdsEnds(other())) {
            link.onBytesForNobody(this);
        }
    }

    private Direction other() {
        return way == Direction.UP ? Direction.DOWN : Direction.UP;
    }

    private void end(boolean isReset) {
        isDone = true;
        boolean isTold = !isMuted && !weather.now().withholdsEnds(way);
        if (isTold && (isReset || link.isFromGone(this))) {
            link.reset();
            return;
        }
        if (isTold && !isToGone) {
            try {
                to.shutdownOutput();
            } catch (IOException e) {
                isToGone = true;
            }
        }
        link.onDone(this);
    }
}
