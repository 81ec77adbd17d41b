package dev.carillon.apps.tracking;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.server.LocalChannels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Streams and maps in memory, of which any can be out of order for a while. Owned by the test's thread. */
final class HeldChannels implements LocalChannels {

    /** A value with its tag. */
    record Value(@Nullable String tag, Data data) {}

    private final Map<ChannelName, List<Data>> streams = new HashMap<>();
    private final Map<ChannelName, Map<String, Value>> maps = new HashMap<>();
    private final Map<String, Data> byKey = new HashMap<>();
    private @Nullable ChannelName failing;
    private int head;

    /** Publishes to this channel are refused until it is called with null. */
    void fail(@Nullable ChannelName channel) {
        failing = channel;
    }

    List<String> stream(ChannelName channel) {
        return streams.getOrDefault(channel, List.of()).stream().map(Data::text).toList();
    }

    Map<String, Value> map(ChannelName channel) {
        return maps.getOrDefault(channel, Map.of());
    }

    @Override
    public PublishOutcome publish(ChannelName channel, Data data, @Nullable String idempotencyKey) {
        if (channel.equals(failing)) {
            return new PublishOutcome.Refused(Code.STORAGE_FULL, Code.STORAGE_FULL.text());
        }
        if (idempotencyKey != null) {
            Data before = byKey.putIfAbsent(idempotencyKey, data);
            if (before != null) {
                return before.equals(data)
                        ? new PublishOutcome.Kept(next(), true)
                        : new PublishOutcome.Refused(Code.IDEMPOTENCY_CONFLICT, "conflict");
            }
        }
        streams.computeIfAbsent(channel, _ -> new ArrayList<>()).add(data);
        return new PublishOutcome.Kept(next(), false);
    }

    private Position next() {
        head++;
        return new Position(1, head, head);
    }

    @Override
    public PublishOutcome set(ChannelName channel, Change change, Data data) {
        if (channel.equals(failing)) {
            return new PublishOutcome.Refused(Code.MAP_FULL, Code.MAP_FULL.text());
        }
        Map<String, Value> map = maps.computeIfAbsent(channel, _ -> new LinkedHashMap<>());
        if (change.isRemoved()) {
            map.remove(change.key());
        } else {
            map.put(change.key(), new Value(change.tag(), data));
        }
        return new PublishOutcome.Kept(next(), false);
    }

    @Override
    public HistoryOutcome history(ChannelName channel, @Nullable Position after, int limit) {
        List<Publication> values = new ArrayList<>();
        map(channel)
                .forEach((key, value) -> values.add(new Publication(
                        channel, next(), value.data(), null, 0, null, new Change(key, value.tag(), false), false)));
        return new HistoryOutcome.Page(values, next(), false, false);
    }
}
