package dev.carillon.redis;

import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Who is present over all nodes, over one shard's link: what each call says, and how its reply is read. */
final class RedisPresence implements SharedPresence {

    /** What a call holds, about. */
    private static final int CALL_BYTES = 512;

    private static final int ANSWER_BYTES = 256;

    /** What an answer that lists all users is expected to have. */
    private static final int LIST_BYTES = 64 << 10;

    private static final byte[] HELD = {1};

    private final Keys keys;
    private final Functions functions;
    private final Link link;
    private final LookUp lookUp;

    RedisPresence(Keys keys, Functions functions, Link link, LookUp lookUp) {
        this.keys = keys;
        this.functions = functions;
        this.link = link;
        this.lookUp = lookUp;
    }

    @Override
    public void begin(Feed feed) {
        link.beginPresence(feed);
    }

    @Override
    public void follow(ChannelName channel) {
        link.follow(channel, Follows.Feed.PRESENCE, true);
    }

    @Override
    public void unfollow(ChannelName channel) {
        link.follow(channel, Follows.Feed.PRESENCE, false);
    }

    @Override
    public void renew(long lease, boolean isNew, Duration lasts, Consumer<Renewed> answer) {
        byte[] key = keys.lease(lease);
        long millis = lasts.toMillis();
        if (isNew) {
            link.call(new Call<String, Renewed>(
                    "begin lease",
                    Long.toHexString(lease),
                    SlotHash.getSlot(key),
                    CALL_BYTES,
                    ANSWER_BYTES,
                    redis -> redis.set(key, HELD, SetArgs.Builder.nx().px(millis)),
                    reply -> reply == null ? Renewed.OVER : Renewed.HELD,
                    Renewed.FAILED,
                    answer));
        } else {
            link.call(new Call<Boolean, Renewed>(
                    "renew lease",
                    Long.toHexString(lease),
                    SlotHash.getSlot(key),
                    CALL_BYTES,
                    ANSWER_BYTES,
                    redis -> redis.pexpire(key, millis),
                    isThere -> isThere ? Renewed.HELD : Renewed.OVER,
                    Renewed.FAILED,
                    answer));
        }
    }

    @Override
    public void ended(Set<Long> leases, Consumer<Ended> answer) {
        List<Long> asked = List.copyOf(leases);
        if (asked.isEmpty()) {
            link.ping(isThere -> answer.accept(isThere ? new Ended.Known(Set.of()) : new Ended.Failed()));
            return;
        }
        lookUp.values(
                "ends of leases",
                asked.stream().map(keys::lease).toList(),
                held -> held != null,
                isHeld -> answer.accept(isHeld == null ? new Ended.Failed() : endedOf(asked, isHeld)));
    }

    private static Ended endedOf(List<Long> asked, List<Boolean> isHeld) {
        Set<Long> ended = new HashSet<>();
        for (int i = 0; i < asked.size(); i++) {
            if (!isHeld.get(i)) {
                ended.add(asked.get(i));
            }
        }
        return new Ended.Known(Set.copyOf(ended));
    }

    @Override
    public void put(ChannelName channel, Listing listing, Seed seed, Consumer<Put> answer) {
        byte[][] names = keys.presence(channel, listing.lease());
        byte[] user = RecordFormat.utf8(listing.user());
        byte[] what = PresenceFormat.putting(listing, seed);
        link.call(new Call<byte[], Put>(
                "list in",
                channel,
                user.length + CALL_BYTES,
                ANSWER_BYTES,
                redis -> redis.fcall(functions.put, ScriptOutputType.VALUE, names, what, user),
                PresenceFormat::put,
                new Put.Failed(),
                answer));
    }

    @Override
    public void bury(ChannelName channel, long lease, int countMax, Seed seed, Consumer<Buried> answer) {
        byte[][] names = keys.presence(channel, lease);
        byte[] what = PresenceFormat.burying(lease, countMax, seed);
        link.call(new Call<Long, Buried>(
                "bury in",
                channel,
                CALL_BYTES,
                ANSWER_BYTES,
                redis -> redis.fcall(functions.bury, ScriptOutputType.INTEGER, names, what),
                left -> new Buried.Done(left != 0),
                new Buried.Failed(),
                answer));
    }

    @Override
    public void read(ChannelName channel, long versionMin, long versionRaised, int check, Consumer<Read> answer) {
        byte[][] names = {keys.here(channel), keys.users(channel)};
        byte[] what = PresenceFormat.attending(versionMin, versionRaised, check);
        link.call(new Call<List<Object>, Read>(
                "read who is in",
                channel,
                CALL_BYTES,
                LIST_BYTES,
                redis -> redis.fcall(functions.attend, ScriptOutputType.MULTI, names, what),
                PresenceFormat::members,
                new Read.Failed(),
                answer));
    }

    @Override
    public void stands(List<ChannelName> channels, Consumer<Stands> answer) {
        if (channels.isEmpty()) {
            link.ping(isThere -> answer.accept(isThere ? new Stands.Known(List.of()) : new Stands.Failed()));
            return;
        }
        lookUp.values(
                "presence of",
                channels.stream().map(keys::here).toList(),
                PresenceFormat::stand,
                stands -> answer.accept(stands == null ? new Stands.Failed() : new Stands.Known(stands)));
    }
}
