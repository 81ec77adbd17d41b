package dev.carillon.server;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Node;
import dev.carillon.gateway.EventLoops;
import dev.carillon.gateway.Pages;
import dev.carillon.protocol.ChannelName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether clients should be sent to this node: {@code /ready}. Each answer is a round trip through the log, which looks for a
 * channel that nobody has, through every link to the log that is shared with other nodes, and through every event loop. Those who ask while one is on its way share it, so that asking often
 * costs nothing. Thread-safe.
 */
final class Readiness {

    static final String PATH = "/ready";

    /** Looked for and never written: no part of it is a name that a person would choose. */
    private static final ChannelName PROBE = Objects.requireNonNull(ChannelName.parse("~ready"));

    private final ChannelLog log;
    private final List<Mailbox> loops;
    /** Asks the shared log; empty, or why it is not ready. */
    private final Supplier<CompletableFuture<String>> shared;

    private final Duration timeMax;
    private volatile boolean isLeaving;

    /** The round trip that is on its way; null or done without one. Guarded by this. */
    private @Nullable CompletableFuture<String> underWay;

    Readiness(ChannelLog log, List<Mailbox> loops, Supplier<CompletableFuture<String>> shared, Duration timeMax) {
        this.log = log;
        this.loops = loops;
        this.shared = shared;
        this.timeMax = timeMax;
    }

    static Readiness of(Storage storage, @Nullable SharedStorage shared, EventLoops loops, Duration timeMax) {
        ChannelLog durable = storage.durable();
        return new Readiness(
                durable == null ? storage.memory() : durable,
                loops.shardPorts().stream().map(Node.ShardPorts::mailbox).toList(),
                shared == null ? () -> CompletableFuture.completedFuture("") : shared::roundTrip,
                timeMax);
    }

    /** From now on it is not ready. */
    void leave() {
        isLeaving = true;
    }

    /** The page itself, and the others behind it. */
    Pages before(Pages others) {
        return path -> path.equals(PATH) ? page() : others.find(path);
    }

    private Pages.Content page() {
        String problem = problem();
        String text = problem.isEmpty() ? "ready\n" : "not ready: " + problem + "\n";
        return new Pages.Content(
                SitePages.PLAIN, problem.isEmpty() ? 200 : 503, text.getBytes(StandardCharsets.UTF_8), false, null);
    }

    /** Why it is not ready, empty where it is. Blocks, for {@code timeMax} at most. */
    String problem() {
        if (isLeaving) {
            return "the node takes leave of its clients";
        }
        try {
            return roundTrip().get(timeMax.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return "the log or an event loop did not answer within " + Quantity.ofTime(timeMax);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the question was interrupted";
        } catch (ExecutionException e) {
            Logs.LOG.error("asking whether the node is ready failed", e);
            return "internal error";
        }
    }

    private synchronized CompletableFuture<String> roundTrip() {
        CompletableFuture<String> current = underWay;
        if (current == null || current.isDone()) {
            current = begin();
            underWay = current;
        }
        return current;
    }

    private CompletableFuture<String> begin() {
        CompletableFuture<String> logged = new CompletableFuture<>();
        log.open(PROBE, opened -> logged.complete(problemOf(opened)));
        CompletableFuture<String> all = logged.thenCombine(shared.get(), String::concat);
        for (Mailbox loop : loops) {
            CompletableFuture<String> turned = new CompletableFuture<>();
            loop.post(() -> turned.complete(""));
            all = all.thenCombine(turned, String::concat);
        }
        return all;
    }

    private static String problemOf(ChannelLog.Opened opened) {
        return switch (opened) {
            case ChannelLog.Opened.Kept _, ChannelLog.Opened.Nothing _ -> "";
            case ChannelLog.Opened.Failed(ChannelLog.Fault fault) ->
                "the log cannot be read (" + fault.name().toLowerCase(Locale.ROOT) + ")";
        };
    }
}
