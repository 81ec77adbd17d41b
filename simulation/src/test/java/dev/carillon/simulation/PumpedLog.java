package dev.carillon.simulation;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** The simulated log for callers on any thread: one thread makes the calls and runs virtual time until nothing is left. */
final class PumpedLog implements ChannelLog {

    private final LinkedBlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
    private final Agenda agenda;
    private final SimulatedLog log;

    PumpedLog(Agenda agenda, SimulatedLog log) {
        this.agenda = agenda;
        this.log = log;
        Thread.ofPlatform().daemon().name("pump").start(this::pump);
    }

    private void pump() {
        try {
            while (true) {
                calls.take().run();
                while (calls.isEmpty() && agenda.step()) {
                    // until somebody calls, or all is answered
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private <T> T ask(Callable<T> question) {
        FutureTask<T> task = new FutureTask<>(question);
        calls.add(task);
        try {
            return task.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Durability durabilityMax() {
        return log.durabilityMax();
    }

    @Override
    public int channelCount() {
        return ask(log::channelCount);
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        calls.add(() -> log.open(channel, answer));
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        calls.add(() -> log.append(channel, epoch, durability, record, answer));
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        calls.add(() -> log.read(channel, first, last, answer));
    }

    @Override
    public void trim(ChannelName channel, long oldest, long oldestOnce) {
        calls.add(() -> log.trim(channel, oldest, oldestOnce));
    }

    @Override
    public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        calls.add(() -> log.compact(channel, oldest, oldestOnce, live));
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        calls.add(() -> log.redact(channel, epoch, durability, offset, answer));
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        calls.add(() -> log.purge(channel, epoch, durability, answer));
    }

    @Override
    public void forget(ChannelName channel) {
        calls.add(() -> log.forget(channel));
    }

    @Override
    public void list(Consumer<List<Summary>> answer) {
        calls.add(() -> log.list(answer));
    }

    @Override
    public void close() {
        ask(() -> {
            log.close();
            return true;
        });
    }
}
