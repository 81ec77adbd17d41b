package dev.carillon.redis;

import dev.carillon.engine.SharedPresence;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the functions of {@code presence.lua} take, keep, answer and push. Numbers are big-endian. Reading is a total function:
 * any bytes are an answer, or null.
 *
 * <pre>
 * stand     version 1  serial 8  check 4  presenceVersion 8
 * change    stand  previousCheck 4, then nothing, or: lease 8  connections 4  user UTF-8
 * user      arrival 8, then for each lease: lease 8  connections 4
 * </pre>
 */
final class PresenceFormat {

    static final int STAND_BYTES = 21;

    private static final int PLACE_BYTES = 12;
    private static final int CHANGE_BYTES = STAND_BYTES + 4;

    private PresenceFormat() {}

    /** What {@code put} takes beside the user. */
    static byte[] putting(SharedPresence.Listing listing, SharedPresence.Seed seed) {
        return ByteBuffer.allocate(24)
                .putLong(listing.lease())
                .putInt(listing.connections())
                .putInt(seed.check())
                .putLong(seed.version())
                .array();
    }

    /** What {@code bury} takes. */
    static byte[] burying(long lease, int countMax, SharedPresence.Seed seed) {
        return ByteBuffer.allocate(16)
                .putLong(lease)
                .putInt(seed.check())
                .putInt(countMax)
                .array();
    }

    /** What {@code attend} takes. */
    static byte[] attending(long versionMin, long versionRaised, int check) {
        return ByteBuffer.allocate(20)
                .putLong(versionMin)
                .putLong(versionRaised)
                .putInt(check)
                .array();
    }

    /** Where a presence stands; {@link SharedPresence.Stand#ORIGIN} where nothing is kept, null where the bytes are none. */
    static SharedPresence.@Nullable Stand stand(byte @Nullable [] bytes) {
        if (bytes == null) {
            return SharedPresence.Stand.ORIGIN;
        }
        return bytes.length == STAND_BYTES ? standAt(bytes) : null;
    }

    private static SharedPresence.@Nullable Stand standAt(byte[] bytes) {
        ByteBuffer stand = ByteBuffer.wrap(bytes, 1, STAND_BYTES - 1);
        long serial = stand.getLong();
        int check = stand.getInt();
        long version = stand.getLong();
        boolean isOne = bytes[0] == Keys.VERSION
                && serial >= 0
                && serial <= RecordFormat.OFFSET_MAX
                && version >= 0
                && version <= RecordFormat.OFFSET_MAX;
        return isOne ? new SharedPresence.Stand(serial, check, version) : null;
    }

    /** What was pushed, or answered to {@code put}; null where the bytes are no change. */
    static SharedPresence.@Nullable Change change(byte[] bytes) {
        SharedPresence.Stand after = bytes.length < CHANGE_BYTES ? null : standAt(bytes);
        if (after == null) {
            return null;
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, STAND_BYTES, bytes.length - STAND_BYTES);
        int previousCheck = rest.getInt();
        if (!rest.hasRemaining()) {
            return new SharedPresence.Change(after, previousCheck, null);
        }
        if (rest.remaining() <= PLACE_BYTES) {
            return null;
        }
        long lease = rest.getLong();
        int connections = rest.getInt();
        String user = text(rest);
        return user == null || connections < SharedPresence.ABSENT
                ? null
                : new SharedPresence.Change(after, previousCheck, new SharedPresence.Listing(lease, user, connections));
    }

    /** The answer to {@code put}: nothing where nothing has changed. */
    static SharedPresence.@Nullable Put put(byte[] answer) {
        if (answer.length == 0) {
            return new SharedPresence.Put.Done(null);
        }
        SharedPresence.Change change = change(answer);
        return change == null ? null : new SharedPresence.Put.Done(change);
    }

    /** The answer to {@code attend}: the stand, and behind it each user and what is kept of it, in any order. */
    static SharedPresence.@Nullable Read members(List<?> answer) {
        if (answer.isEmpty() || answer.size() % 2 == 0 || !(answer.getFirst() instanceof byte[] first)) {
            return null;
        }
        if (first.length == 0) {
            return answer.size() == 1 ? new SharedPresence.Read.Members(SharedPresence.Stand.ORIGIN, List.of()) : null;
        }
        SharedPresence.Stand stand = stand(first);
        if (stand == null) {
            return null;
        }
        List<SharedPresence.Member> members = new ArrayList<>();
        for (int i = 1; i < answer.size(); i += 2) {
            if (!(answer.get(i) instanceof byte[] user)
                    || !(answer.get(i + 1) instanceof byte[] kept)
                    || !add(members, user, kept, stand)) {
                return null;
            }
        }
        members.sort(Comparator.comparingLong(SharedPresence.Member::arrival));
        return new SharedPresence.Read.Members(stand, List.copyOf(members));
    }

    /** False where the bytes are no user, or one that came after what is known. */
    private static boolean add(
            List<SharedPresence.Member> members, byte[] user, byte[] kept, SharedPresence.Stand stand) {
        String name = text(ByteBuffer.wrap(user));
        if (name == null || kept.length <= Long.BYTES || (kept.length - Long.BYTES) % PLACE_BYTES != 0) {
            return false;
        }
        ByteBuffer places = ByteBuffer.wrap(kept);
        long arrival = places.getLong();
        if (arrival < 0 || arrival > stand.version()) {
            return false;
        }
        while (places.hasRemaining()) {
            long lease = places.getLong();
            int connections = places.getInt();
            if (connections < 0) {
                return false;
            }
            members.add(new SharedPresence.Member(arrival, new SharedPresence.Listing(lease, name, connections)));
        }
        return true;
    }

    /** Null where the bytes are not UTF-8. */
    private static @Nullable String text(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
