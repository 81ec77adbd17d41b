package dev.carillon.gateway;

import dev.carillon.engine.Broker;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Mailbox;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker that says that nobody can be asked about its channels, when a test wants it to. Owned by its shard. */
final class FickleBroker implements Broker {

    private final Mailbox shard;
    private final Broker broker;
    private final Map<ChannelName, Listener> listeners = new HashMap<>();

    FickleBroker(Mailbox shard, Broker broker) {
        this.shard = shard;
        this.broker = broker;
    }

    /** From any thread. */
    void say(boolean isStale) {
        shard.post(() -> listeners.values().forEach(isStale ? Listener::onStale : Listener::onFresh));
    }

    @Override
    public void attach(ChannelName channel, ChannelSettings settings, Listener listener, Consumer<Attached> answer) {
        listeners.put(channel, listener);
        broker.attach(channel, settings, listener, answer);
    }

    @Override
    public void detach(ChannelName channel) {
        listeners.remove(channel);
        broker.detach(channel);
    }

    @Override
    public void find(
            ChannelName channel, String idempotencyKey, Data data, @Nullable Change change, Consumer<Found> answer) {
        broker.find(channel, idempotencyKey, data, change, answer);
    }

    @Override
    public void publish(ChannelName channel, Draft draft, Consumer<Published> answer) {
        broker.publish(channel, draft, answer);
    }

    @Override
    public void expire(ChannelName channel, String key, long offset) {
        broker.expire(channel, key, offset);
    }

    @Override
    public void redact(ChannelName channel, Position position, Consumer<Erased> answer) {
        broker.redact(channel, position, answer);
    }

    @Override
    public void purge(ChannelName channel, Consumer<Erased> answer) {
        broker.purge(channel, answer);
    }

    @Override
    public void read(ChannelName channel, ReadFrom from, int countMax, int bytesMax, Consumer<Page> answer) {
        broker.read(channel, from, countMax, bytesMax, answer);
    }
}
