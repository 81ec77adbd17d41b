package dev.carillon.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What was redacted in the epoch of one attached channel, as far as its listener was told. Redactions are numbered, so a hole
 * shows that one was missed, and so does the count that comes with the head: then the log is asked. Owned by the shard.
 */
final class SharedRedactions {

    /** What it needs of its stream. */
    interface Owner {
        /** Asks the log what was redacted since; not answered where the link fails. */
        void learn(long since, Consumer<SharedLog.Redactions.Known> then);

        /** Tells the listener. */
        void tell(LogRecord redacted);

        /** Nobody knows what was redacted: what is in memory is to be let go of, and read again where it is wanted. */
        void forget();
    }

    private final Owner owner;
    /** How many the listener was told. */
    private long count;
    /** What was redacted last, by offset: what was read before that is told as it is now. */
    private final Map<Long, LogRecord> lately = new LinkedHashMap<>();

    private boolean isLearning;
    /** Wait until the log was asked. Bounded by what is outstanding of those who redact. */
    private List<Runnable> waiting = new ArrayList<>(0);

    SharedRedactions(Owner owner) {
        this.owner = owner;
    }

    /** An epoch begins, or what is told of it, after so many. */
    void begin(long redacted) {
        count = redacted;
        lately.clear();
    }

    /** The log has said how many there were. */
    void onCount(long redacted) {
        if (redacted != count) {
            learn();
        }
    }

    /** @param then runs once it was told */
    void on(SharedLog.Redacted.Done redacted, Runnable then) {
        if (redacted.serial() > count + 1) {
            waiting.add(then);
            learn();
            return;
        }
        if (redacted.serial() > count) {
            count = redacted.serial();
            tell(redacted.record());
        }
        then.run();
    }

    private void tell(LogRecord redacted) {
        lately.put(redacted.offset(), redacted);
        if (lately.size() > SharedLog.REDACTIONS_KEPT) {
            lately.remove(lately.keySet().iterator().next());
        }
        owner.tell(redacted);
    }

    private void learn() {
        if (!isLearning) {
            isLearning = true;
            owner.learn(count, this::onLearned);
        }
    }

    private void onLearned(SharedLog.Redactions.Known known) {
        count = known.serial();
        if (known.isWhole()) {
            known.records().forEach(this::tell);
        } else {
            owner.forget();
        }
        end();
    }

    /** Nobody is being asked any more: it was answered, or will not be. */
    void end() {
        isLearning = false;
        List<Runnable> due = waiting;
        waiting = new ArrayList<>(0);
        due.forEach(Runnable::run);
    }

    /** A record as it is now. */
    LogRecord asItIs(LogRecord kept) {
        LogRecord redacted = lately.isEmpty() ? null : lately.get(kept.offset());
        return redacted != null && redacted.check() == kept.check() ? redacted : kept;
    }
}
