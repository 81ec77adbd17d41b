package dev.carillon.apps;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.server.LocalChannels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Channels in memory that can lose their beginning or their life, and be out of order for a while. */
final class KeptChannels implements LocalChannels {

    private static final class Stream {
        private long epoch = 1;
        private long head;
        private final List<Publication> kept = new ArrayList<>();
    }

    private final Map<ChannelName, Stream> streams = new HashMap<>();
    private @Nullable Code fault;
    private int reads;

    /** As if {@code from} had published. */
    Position publish(ChannelName channel, @Nullable String from, String json, @Nullable String key) {
        Stream stream = stream(channel);
        Position position = new Position(stream.epoch, ++stream.head, (int) stream.head);
        stream.kept.add(new Publication(channel, position, Data.json(json), from, 0, key));
        return position;
    }

    /** All requests are refused until it is called with null. */
    void fail(@Nullable Code code) {
        fault = code;
    }

    void trim(ChannelName channel, int keep) {
        List<Publication> kept = stream(channel).kept;
        kept.subList(0, Math.max(0, kept.size() - keep)).clear();
    }

    /** Another life of the channel begins. */
    void forget(ChannelName channel) {
        Stream next = new Stream();
        next.epoch = stream(channel).epoch + 1;
        streams.put(channel, next);
    }

    int reads() {
        return reads;
    }

    List<Publication> kept(ChannelName channel) {
        return stream(channel).kept;
    }

    private Stream stream(ChannelName channel) {
        return streams.computeIfAbsent(channel, _ -> new Stream());
    }

    @Override
    public PublishOutcome publish(ChannelName channel, Data data, @Nullable String idempotencyKey) {
        return fault == null
                ? new PublishOutcome.Kept(publish(channel, null, data.text(), idempotencyKey), false)
                : new PublishOutcome.Refused(fault, fault.text());
    }

    @Override
    public PublishOutcome set(ChannelName channel, Change change, Data data) {
        return new PublishOutcome.Refused(Code.UNSUPPORTED, "these channels are streams");
    }

    @Override
    public HistoryOutcome history(ChannelName channel, @Nullable Position after, int limit) {
        reads++;
        if (fault != null) {
            return new HistoryOutcome.Refused(fault, fault.text());
        }
        Stream stream = stream(channel);
        List<Publication> kept = stream.kept;
        long oldest = kept.isEmpty() ? stream.head + 1 : kept.getFirst().offset();
        boolean isKnown = after == null
                || (after.equals(Position.ORIGIN) || after.epoch() == stream.epoch) && after.offset() >= oldest - 1;
        List<Publication> owed = kept.stream()
                .filter(publication -> after == null || !isKnown || publication.offset() > after.offset())
                .toList();
        int from = after == null ? Math.max(0, owed.size() - limit) : 0;
        List<Publication> page = owed.subList(from, Math.min(owed.size(), from + limit));
        Position position = page.isEmpty()
                ? new Position(stream.epoch, stream.head, (int) stream.head)
                : page.getLast().position();
        return new HistoryOutcome.Page(page, position, page.size() < owed.size(), !isKnown);
    }
}
