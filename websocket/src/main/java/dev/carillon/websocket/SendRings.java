package dev.carillon.websocket;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the volleys of a node's event loops go through io_uring, one {@link SendRing} a loop, and how many sends do.
 * Nothing is linked or opened before the first volley that is large enough. Where the system refuses, it is not asked
 * again, and volleys are sends of their own.
 *
 * <p>From any thread, but {@link #open} and {@link #onBroken}, which are a loop's.
 */
public final class SendRings {

    /** The fewest sends for which a ring is opened and used. */
    public static final int SENDS_MIN = 32;

    private enum State {
        OFF,
        /** No volley was large enough so far. */
        UNTRIED,
        /** The calls are being linked, while volleys go on without them. */
        LINKING,
        LINKED,
        REFUSED
    }

    private final int sendsMin;
    private final Supplier<RingCalls> calls;
    private final Consumer<String> log;
    private final AtomicReference<State> state;
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder sends = new LongAdder();

    /**
     * Rings where the system allows them, for volleys that are large enough.
     *
     * @param log is told once why there are none, where the system refuses; from any thread
     */
    public static SendRings on(Consumer<String> log) {
        return on(SENDS_MIN, log);
    }

    /**
     * As {@link #on(Consumer)}, for volleys from so many sends on.
     *
     * @param sendsMin at least 1
     */
    public static SendRings on(int sendsMin, Consumer<String> log) {
        return new SendRings(State.UNTRIED, sendsMin, LinuxRingCalls::new, log);
    }

    /** None: each send is a call of its own. */
    public static SendRings off() {
        return new SendRings(State.OFF, SENDS_MIN, LinuxRingCalls::new, why -> {});
    }

    /** Such as need no linking any more. */
    static SendRings linked(int sendsMin, Supplier<RingCalls> calls, Consumer<String> log) {
        return new SendRings(State.LINKED, sendsMin, calls, log);
    }

    private SendRings(State state, int sendsMin, Supplier<RingCalls> calls, Consumer<String> log) {
        this.state = new AtomicReference<>(state);
        this.sendsMin = sendsMin;
        this.calls = calls;
        this.log = log;
    }

    /** A ring for the loop that asks, which is to close it; null where there is none, or none yet. */
    @Nullable
    SendRing open() {
        if (state.get() == State.UNTRIED && state.compareAndSet(State.UNTRIED, State.LINKING)) {
            Thread.ofVirtual().name("carillon-send-ring").start(this::link);
        }
        if (state.get() != State.LINKED) {
            return null;
        }
        try {
            SendRing ring = SendRing.open(calls.get());
            open.incrementAndGet();
            return ring;
        } catch (IOException | LinkageError e) {
            refuse(e);
            return null;
        }
    }

    private void link() {
        try {
            if (!arePossible()) {
                throw new IOException("not Linux on x86-64 or arm64, or native code may not be called");
            }
            LinuxRingCalls.prepare();
            state.set(State.LINKED);
        } catch (IOException | RuntimeException | LinkageError e) {
            refuse(e);
        }
    }

    /** Whether this is Linux, on an architecture whose numbers of calls are known, and native code may be called. */
    static boolean arePossible() {
        String architecture = System.getProperty("os.arch", "");
        return System.getProperty("os.name", "").equals("Linux")
                && (architecture.equals("amd64") || architecture.equals("aarch64"))
                && SendRings.class.getModule().isNativeAccessEnabled();
    }

    private void refuse(Throwable why) {
        if (state.getAndSet(State.REFUSED) != State.REFUSED) {
            log.accept("volleys are sent without io_uring: " + why.getMessage());
        }
    }

    /** Whether a volley of so many sends should ask for a ring. */
    boolean isWorth(int sends) {
        return sends >= sendsMin;
    }

    void onSent(int count) {
        sends.add(count);
    }

    /** A ring was closed by the loop that had opened it. */
    void onClosed() {
        open.decrementAndGet();
    }

    /** A ring broke: nobody trusts another one. */
    void onBroken() {
        refuse(new IOException("a ring broke"));
    }

    /** Event loops that have a ring now. */
    public int openRings() {
        return open.get();
    }

    /** Sends that went through a ring. */
    public long sends() {
        return sends.sum();
    }
}
