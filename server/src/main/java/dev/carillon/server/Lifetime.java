package dev.carillon.server;

import java.util.concurrent.CountDownLatch;

/** The life of the process, from ready to its end. */
final class Lifetime {

    private Lifetime() {}

    /**
     * Prints the one line on stdout, then waits. On SIGTERM and SIGINT the virtual machine runs {@code leave} and ends with its
     * own exit code, 143 or 130; if it is told once more meanwhile, {@code hurry} is called.
     */
    static void runUntilToldToEnd(Runnable leave, Runnable hurry, String url) {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("carillon-end").unstarted(() -> {
                    Logs.LOG.info("closing");
                    leave.run();
                    Logs.LOG.info("closed");
                    ended.countDown();
                }));
        Signals.hurryOnTheSecond(hurry);
        System.out.println("ready " + url);
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
