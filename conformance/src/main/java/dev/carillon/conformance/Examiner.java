package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Puts cases to a server, several at a time, each on a connection of its own. Any thread may call it. */
public final class Examiner {
    private final Target target;
    private final int together;

    /** @param together how many cases are put at a time */
    public Examiner(Target target, int together) {
        this.target = target;
        this.together = together;
    }

    /** Asks all of them and waits for the last; the findings are in the order of the cases. */
    public List<Finding> examine(List<Case> cases) throws InterruptedException {
        Semaphore turns = new Semaphore(together);
        List<Future<Finding>> asked = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Case question : cases) {
                turns.acquire();
                asked.add(threads.submit(() -> {
                    try {
                        return Conversation.about(question, target);
                    } finally {
                        turns.release();
                    }
                }));
            }
        }
        List<Finding> findings = new ArrayList<>();
        for (Future<Finding> finding : asked) {
            findings.add(result(finding));
        }
        return findings;
    }

    private static Finding result(Future<Finding> finding) throws InterruptedException {
        try {
            return finding.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the suite itself fails", e.getCause());
        }
    }
}
