package dev.carillon.server;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGTERM and SIGINT beyond what the virtual machine does with them: it ends at the first, and is deaf to the second. {@code
 * sun.misc.Signal} is the only way to hear it without native code; it is looked up by name because the compiler warns of it
 * and the warning can't be silenced. Where there is none, or the virtual machine was told to leave signals alone ({@code
 * -Xrs}), the first one ends the process as ever and nobody hears of the second.
 */
final class Signals {

    /** By signal the exit code that a shell sees: 128 and the signal's number. */
    private static final Map<String, Integer> EXIT_CODES = Map.of("TERM", 143, "INT", 130);

    private Signals() {}

    /** At the first signal the process ends, which runs its shutdown hooks; at each further one {@code hurry} is called. */
    static void hurryOnTheSecond(Runnable hurry) {
        AtomicBoolean isTold = new AtomicBoolean();
        EXIT_CODES.forEach((name, exitCode) -> handle(name, () -> {
            if (isTold.getAndSet(true)) {
                hurry.run();
            } else {
                System.exit(exitCode); // each signal is told on a thread of its own, so this one may wait
            }
        }));
    }

    private static void handle(String name, Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, (_, method, _) -> {
                        if (method.getName().equals("handle")) {
                            task.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Logs.LOG.info("a second SIG{} will not be heard", name);
        }
    }
}
