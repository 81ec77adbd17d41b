package dev.carillon.simulation;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A connection: what is said on it arrives in order, late, or, once it is cut or silent, not at all. */
final class Link {

    /** One end of it. */
    interface End {
        void onFrame(Object message, int bytes);

        /** The other end is gone; nothing more arrives. */
        void onClosed();
    }

    private record Frame(Object message, int bytes, long due) {}

    /** One direction. */
    final class Lane {
        private final ArrayDeque<Frame> frames = new ArrayDeque<>();
        private final Trouble whenSilent;
        private @Nullable End to;
        private boolean isComing;
        private boolean isHeld;
        private boolean isSilent;
        private long stalledUntil;
        private long pacedUntil;
        private long paceNanos;
        private long readyAt;
        private long lastDue;

        private Lane(Trouble whenSilent) {
            this.whenSilent = whenSilent;
        }

        void send(Object message, int bytes) {
            if (isOver) {
                return;
            }
            lastDue = Math.max(lastDue, world.agenda().now() + world.network().latency());
            frames.add(new Frame(message, bytes, lastDue));
            bring();
        }

        private void bring() {
            Frame next = frames.peek();
            if (next == null || isComing || isHeld || isOver) {
                return;
            }
            isComing = true;
            long due = Math.max(next.due, readyAt);
            if (due < stalledUntil) {
                world.tally().reached(Trouble.LINK_STALLED);
            }
            world.agenda().at(Math.max(due, stalledUntil), this::arrive);
        }

        private void arrive() {
            isComing = false;
            long now = world.agenda().now();
            if (isOver || isHeld) {
                return;
            }
            if (now < stalledUntil) {
                bring();
                return;
            }
            Frame frame = frames.removeFirst();
            if (now < pacedUntil) {
                world.tally().reached(Trouble.READER_SLOW);
                readyAt = now + paceNanos;
            }
            if (isSilent) {
                world.tally().reached(whenSilent);
            } else if (to != null) {
                to.onFrame(frame.message, frame.bytes);
            }
            bring();
        }

        /** Nothing is taken from it until it is let go: its reader does not read. */
        void hold(boolean held) {
            isHeld = held;
            bring();
        }

        void silence() {
            isSilent = true;
        }

        void stall(long until) {
            stalledUntil = Math.max(stalledUntil, until);
        }

        /** Its reader takes so long for each message. */
        void pace(long nanos, long until) {
            paceNanos = nanos;
            pacedUntil = until;
        }

        void heal() {
            stalledUntil = 0;
            pacedUntil = 0;
        }
    }

    private final World world;
    final Lane up = new Lane(Trouble.SILENT_UP);
    final Lane down = new Lane(Trouble.SILENT_DOWN);
    private final Object client;
    private boolean isOver;

    Link(World world, Object client) {
        this.world = world;
        this.client = client;
    }

    void join(End client, End node) {
        down.to = client;
        up.to = node;
    }

    boolean isOver() {
        return isOver;
    }

    /** It is reset: what is on its way is lost, and both ends are told, except over a direction that is silent. */
    void cut() {
        if (isOver) {
            return;
        }
        isOver = true;
        tell(down);
        tell(up);
    }

    /** One end is gone without a word: the other hears nothing more. */
    void vanish() {
        isOver = true;
    }

    private void tell(Lane lane) {
        lane.frames.clear();
        End end = lane.to;
        if (end != null && !lane.isSilent) {
            world.agenda().after(world.network().latency(), end::onClosed);
        }
    }

    @Override
    public String toString() {
        return "to " + client;
    }
}
