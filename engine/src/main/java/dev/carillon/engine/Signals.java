package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings signals to the audiences of a shard's channels (PROTOCOL.md §6.1). A signal needs nothing of its channel but those
 * who are subscribed now: one without any isn't loaded for it. Owned by the shard.
 *
 * <p>While a decision about a signal takes its time, the later ones of the same session to the same channel queue behind it.
 */
final class Signals {

    private record Lane(Session session, ChannelName channel) {}

    private record Waiting(Sender sender, ClientMessage.Signal signal) {}

    private final Shard shard;
    /** What waits behind a decision; none without one. */
    private final Map<Lane, ArrayDeque<Waiting>> lanes = new HashMap<>();
    /** How many wait in all lanes. */
    private int waiting;

    Signals(Shard shard) {
        this.shard = shard;
    }

    void onSignal(Sender sender, ClientMessage.Signal signal) {
        if (!shard.allows(signal.channel())) {
            refuse(sender, signal, Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.text());
            return;
        }
        ArrayDeque<Waiting> lane = lanes.get(new Lane(sender.session(), signal.channel()));
        if (lane == null) {
            decide(sender, signal);
        } else if (waiting >= shard.limits.waitingMax()) {
            refuse(sender, signal, Code.OVERLOADED, Code.OVERLOADED.text());
        } else {
            waiting++;
            shard.counters.waiting.increment();
            lane.add(new Waiting(sender, signal));
        }
    }

    private void decide(Sender sender, ClientMessage.Signal signal) {
        Lane lane = new Lane(sender.session(), signal.channel());
        shard.decide(
                answer -> shard.decisions.onSignal(sender.principal(), signal.channel(), signal.data(), answer),
                () -> lanes.computeIfAbsent(lane, _ -> new ArrayDeque<>(2)),
                verdict -> {
                    switch (verdict) {
                        case Decisions.Verdict.Accept _ -> send(sender, signal, signal.data());
                        case Decisions.Verdict.Rewrite(Data data) -> send(sender, signal, data);
                        case Decisions.Verdict.Refuse(Code code, String message) ->
                            refuse(sender, signal, code, message);
                    }
                    next(lane);
                });
    }

    /** The session's next signal that waited goes on: in a task of its own, since thousands may wait. */
    private void next(Lane lane) {
        ArrayDeque<Waiting> queue = lanes.get(lane);
        if (queue == null) {
            return;
        }
        Waiting next = queue.poll();
        if (next == null) {
            lanes.remove(lane);
        } else {
            waiting--;
            shard.counters.waiting.decrement();
            shard.mailbox.post(() -> decide(next.sender(), next.signal()));
        }
    }

    private void send(Sender sender, ClientMessage.Signal signal, Data data) {
        shard.counters.signals.increment();
        CarriedSignal carried =
                new CarriedSignal(sender.session().id(), sender.principal().name(), data);
        Channel channel = shard.attached(signal.channel());
        if (channel != null) {
            channel.onSignal(EncodedEvent.of(channel.told(carried), channel.number()), sender, 0);
        }
        shard.broker.signal(signal.channel(), carried);
        answer(sender, signal, null);
    }

    private void refuse(Sender sender, ClientMessage.Signal signal, Code code, String message) {
        answer(sender, signal, ServerMessage.Refusal.of(signal.id(), code, signal.channel(), message));
    }

    private static void answer(Sender sender, ClientMessage.Signal signal, ServerMessage.@Nullable Refusal refusal) {
        sender.session().mailbox().post(() -> sender.session().onSignalled(signal, refusal));
    }
}
