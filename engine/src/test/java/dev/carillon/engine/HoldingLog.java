package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A log that can be told to keep its answers back, and to refuse appends. */
final class HoldingLog implements ChannelLog {

    private final ChannelLog log;
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    boolean holding;
    /** What appends and erasures are refused with; null to let them pass. */
    @Nullable
    Fault fault;

    HoldingLog(ChannelLog log) {
        this.log = log;
    }

    /** What channels are answered that are to be opened; null to let them be opened. */
    @Nullable
    Fault openFault;

    /** Does what was held, in order. */
    void release() {
        holding = false;
        while (!held.isEmpty()) {
            held.removeFirst().run();
        }
    }

    /** Does only the first of what was held. */
    void releaseOne() {
        held.removeFirst().run();
    }

    private void doOrHold(Runnable call) {
        if (holding) {
            held.add(call);
        } else {
            call.run();
        }
    }

    @Override
    public Durability durabilityMax() {
        return Durability.FSYNC;
    }

    @Override
    public int channelCount() {
        return log.channelCount();
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        doOrHold(() -> {
            Fault now = openFault;
            if (now == null) {
                log.open(channel, answer);
            } else {
                answer.accept(new Opened.Failed(now));
            }
        });
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        orRefuse(answer, () -> log.append(channel, epoch, durability, record, answer));
    }

    private void orRefuse(Consumer<Appended> answer, Runnable write) {
        doOrHold(() -> {
            Fault now = fault;
            if (now == null) {
                write.run();
            } else {
                answer.accept(new Appended.Refused(now));
            }
        });
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        doOrHold(() -> log.read(channel, first, last, answer));
    }

    @Override
    public void trim(ChannelName channel, long oldest, long oldestOnce) {
        doOrHold(() -> log.trim(channel, oldest, oldestOnce));
    }

    @Override
    public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        doOrHold(() -> log.compact(channel, oldest, oldestOnce, live));
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        orRefuse(answer, () -> log.redact(channel, epoch, durability, offset, answer));
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        orRefuse(answer, () -> log.purge(channel, epoch, durability, answer));
    }

    @Override
    public void forget(ChannelName channel) {
        doOrHold(() -> log.forget(channel));
    }

    @Override
    public void list(Consumer<List<Summary>> answer) {
        doOrHold(() -> log.list(answer));
    }

    @Override
    public void close() {
        log.close();
    }
}
