package dev.carillon.gateway;

import dev.carillon.engine.Mailbox;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event loop as an owner. */
record LoopMailbox(EventLoop loop) implements Mailbox {

    private static final Logger LOG = LoggerFactory.getLogger(LoopMailbox.class);

    /** What this thread posts together; null while it posts one by one. */
    private static final ThreadLocal<@Nullable Map<EventLoop, List<Runnable>>> TOGETHER = new ThreadLocal<>();

    @Override
    public void post(Runnable task) {
        Map<EventLoop, List<Runnable>> together = loop.inEventLoop() ? null : TOGETHER.get();
        if (together == null) {
            execute(loop, task);
        } else {
            together.computeIfAbsent(loop, _ -> new ArrayList<>()).add(task);
        }
    }

    /** Runs the task; what it posts to loops other than its own reaches each of them in one piece, when it is over. */
    static void together(Runnable task) {
        Map<EventLoop, List<Runnable>> posts = new HashMap<>(2);
        TOGETHER.set(posts);
        try {
            task.run();
        } finally {
            TOGETHER.remove();
            posts.forEach((loop, tasks) -> execute(loop, () -> runAll(tasks)));
        }
    }

    private static void runAll(List<Runnable> tasks) {
        for (Runnable task : tasks) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("a task failed", e); // the others have nothing to do with it
            }
        }
    }

    private static void execute(EventLoop loop, Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The owner has ended: the contract drops the task.
            return;
        }
    }

    @Override
    public boolean isOwner() {
        return loop.inEventLoop();
    }
}
