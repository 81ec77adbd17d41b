package dev.carillon.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The appends of one turn of a shard, which reach the log in one piece: a committer that is woken for the first finds all of
 * them, and what was published together is stored, acknowledged and delivered together. Owned by the shard.
 */
final class Appends {

    private final Mailbox mailbox;
    private final Consumer<Runnable> together;
    private List<Runnable> waiting = new ArrayList<>();

    /** @param together as {@link ChannelLog#together} */
    Appends(Mailbox mailbox, Consumer<Runnable> together) {
        this.mailbox = mailbox;
        this.together = together;
    }

    /** Appends behind all that the shard has to do by now. */
    void add(Runnable append) {
        if (waiting.isEmpty()) {
            mailbox.post(this::run);
        }
        waiting.add(append);
    }

    private void run() {
        List<Runnable> due = waiting;
        waiting = new ArrayList<>();
        together.accept(() -> due.forEach(Runnable::run));
    }
}
