package dev.carillon.redis;

import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.Position;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the functions of {@code carillon.lua} answer, and what a head holds. Numbers are big-endian. Reading is a total
 * function: any bytes are an answer, or null.
 *
 * <pre>
 * stored      'S'  epoch 8  offset 8  previousCheck 4  at 8
 * duplicate   'D'  epoch 8  offset 8  check 4
 * conflict    'C'
 * full        'F'
 * unchanged   'U' of an append
 * unused      'U' of a find
 * none        'N'
 * redacted    'R'  epoch 8  how many 8  and what is left of the record
 * state       epoch 8  offset 8  check 4  oldest 8; nothing where nothing is known of the channel
 *             of a page of changes with one more byte: 1 if it is the last one
 * redactions  epoch 8  how many 8  1 if all that are asked for follow; nothing where nothing is known of the channel
 * head        version 1  epoch 8  offset 8  check 4  at 8  bytes 8  oldestAt 8, and if anything was redacted, how often: 8
 * </pre>
 */
final class Answers {

    static final int HEAD_BYTES = 45;

    private static final int STORED_BYTES = 29;
    private static final int DUPLICATE_BYTES = 21;
    private static final int STATE_BYTES = 28;
    private static final int REDACTIONS_BYTES = 17;

    private Answers() {}

    static SharedLog.@Nullable Appended appended(byte[] answer, SharedLog.Entry entry) {
        if (answer.length == 0) {
            return null;
        }
        return switch (answer[0]) {
            case 'S' -> stored(answer, entry);
            case 'D' -> {
                Position position = duplicate(answer);
                yield position == null ? null : new SharedLog.Appended.Duplicate(position);
            }
            case 'C' -> answer.length == 1 ? new SharedLog.Appended.Conflict() : null;
            case 'F' -> answer.length == 1 ? new SharedLog.Appended.Full() : null;
            case 'U' -> answer.length == 1 ? new SharedLog.Appended.Unchanged() : null;
            default -> null;
        };
    }

    private static SharedLog.@Nullable Appended stored(byte[] answer, SharedLog.Entry entry) {
        if (answer.length != STORED_BYTES) {
            return null;
        }
        ByteBuffer stored = ByteBuffer.wrap(answer, 1, STORED_BYTES - 1);
        long epoch = stored.getLong();
        long offset = stored.getLong();
        int previousCheck = stored.getInt();
        long at = stored.getLong();
        if (epoch == 0 || !isOffset(offset)) {
            return null;
        }
        return new SharedLog.Appended.Stored(epoch, entry.record(offset, previousCheck, at));
    }

    static SharedLog.@Nullable Found found(byte[] answer) {
        if (answer.length == 0) {
            return null;
        }
        return switch (answer[0]) {
            case 'D' -> {
                Position position = duplicate(answer);
                yield position == null ? null : new SharedLog.Found.Duplicate(position);
            }
            case 'C' -> answer.length == 1 ? new SharedLog.Found.Conflict() : null;
            case 'U' -> answer.length == 1 ? new SharedLog.Found.Unused() : null;
            default -> null;
        };
    }

    private static @Nullable Position duplicate(byte[] answer) {
        return answer.length == DUPLICATE_BYTES ? position(ByteBuffer.wrap(answer, 1, DUPLICATE_BYTES - 1)) : null;
    }

    /** The state, and the records behind it, which must be of that state and without a hole. */
    static SharedLog.@Nullable Read read(List<?> answer) {
        if (answer.isEmpty() || !(answer.getFirst() instanceof byte[] first)) {
            return null;
        }
        if (first.length == 0) {
            return answer.size() == 1
                    ? new SharedLog.Read.Records(new SharedLog.State(Position.ORIGIN, 1), List.of())
                    : null;
        }
        SharedLog.State state = state(first);
        if (state == null) {
            return null;
        }
        List<LogRecord> records = new ArrayList<>(answer.size() - 1);
        for (Object bytes : answer.subList(1, answer.size())) {
            LogRecord record = bytes instanceof byte[] value ? RecordFormat.record(value, 0) : null;
            if (record == null || !follows(records, record, state)) {
                return null;
            }
            records.add(record);
        }
        return new SharedLog.Read.Records(state, List.copyOf(records));
    }

    /** The state and whether it is the last page, and the changes behind it, which must ascend. */
    static SharedLog.@Nullable Changes changes(List<?> answer) {
        if (answer.isEmpty() || !(answer.getFirst() instanceof byte[] first)) {
            return null;
        }
        if (first.length == 0) {
            return answer.size() == 1
                    ? new SharedLog.Changes.Page(new SharedLog.State(Position.ORIGIN, 1), List.of(), true)
                    : null;
        }
        SharedLog.State state = first.length == STATE_BYTES + 1 ? state(Arrays.copyOf(first, STATE_BYTES)) : null;
        List<LogRecord> changes = state == null ? null : ascending(answer, state.head());
        if (state == null || changes == null) {
            return null;
        }
        boolean isLast = first[STATE_BYTES] == 1;
        return changes.isEmpty() && !isLast ? null : new SharedLog.Changes.Page(state, changes, isLast);
    }

    /** The changes behind the first of them; null where they are none. */
    private static @Nullable List<LogRecord> ascending(List<?> answer, Position head) {
        List<LogRecord> changes = new ArrayList<>(answer.size() - 1);
        long last = 0;
        for (Object bytes : answer.subList(1, answer.size())) {
            LogRecord record = bytes instanceof byte[] value ? RecordFormat.record(value, 0) : null;
            if (record == null
                    || record.change() == null
                    || record.offset() <= last
                    || record.offset() > head.offset()) {
                return null;
            }
            last = record.offset();
            changes.add(record);
        }
        return List.copyOf(changes);
    }

    static SharedLog.@Nullable Redacted redacted(byte[] answer) {
        if (answer.length == 1 && answer[0] == 'N') {
            return new SharedLog.Redacted.Unknown();
        }
        return answer.length > 1 && answer[0] == 'R' ? redaction(answer, 1) : null;
    }

    /** What was pushed, or answered, of one redaction; null where the bytes are none. */
    static SharedLog.Redacted.@Nullable Done redaction(byte[] bytes, int start) {
        if (bytes.length < start + 2 * Long.BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, start, 2 * Long.BYTES);
        long epoch = header.getLong();
        long serial = header.getLong();
        LogRecord record = RecordFormat.record(bytes, start + 2 * Long.BYTES);
        return epoch == 0 || serial < 1 || record == null || !record.isRedacted()
                ? null
                : new SharedLog.Redacted.Done(epoch, serial, record);
    }

    static SharedLog.@Nullable Redactions redactions(List<?> answer) {
        if (answer.isEmpty() || !(answer.getFirst() instanceof byte[] first)) {
            return null;
        }
        if (first.length == 0) {
            return answer.size() == 1 ? new SharedLog.Redactions.Known(0, 0, true, List.of()) : null;
        }
        if (first.length != REDACTIONS_BYTES) {
            return null;
        }
        List<LogRecord> records = new ArrayList<>(answer.size() - 1);
        for (Object bytes : answer.subList(1, answer.size())) {
            LogRecord record = bytes instanceof byte[] value ? RecordFormat.record(value, 0) : null;
            if (record == null || !record.isRedacted()) {
                return null;
            }
            records.add(record);
        }
        ByteBuffer header = ByteBuffer.wrap(first);
        return new SharedLog.Redactions.Known(
                header.getLong(), header.getLong(), header.get() == 1, List.copyOf(records));
    }

    private static SharedLog.@Nullable State state(byte[] bytes) {
        if (bytes.length != STATE_BYTES) {
            return null;
        }
        ByteBuffer state = ByteBuffer.wrap(bytes);
        Position head = position(state);
        long oldest = state.getLong();
        return head == null || oldest < 1 || oldest > head.offset() + 1 ? null : new SharedLog.State(head, oldest);
    }

    private static boolean follows(List<LogRecord> records, LogRecord record, SharedLog.State state) {
        if (records.isEmpty()) {
            return record.offset() >= state.oldest()
                    && record.offset() <= state.head().offset();
        }
        LogRecord last = records.getLast();
        return record.offset() == last.offset() + 1
                && record.previousCheck() == last.check()
                && record.offset() <= state.head().offset();
    }

    /** The position of a head; {@link Position#ORIGIN} where there is none, null where the bytes are none. */
    static @Nullable Position head(byte @Nullable [] head) {
        if (head == null) {
            return Position.ORIGIN;
        }
        boolean isOfAnyLength = head.length == HEAD_BYTES || head.length == HEAD_BYTES + Long.BYTES;
        if (!isOfAnyLength || head[0] != Keys.VERSION) {
            return null;
        }
        return position(ByteBuffer.wrap(head, 1, HEAD_BYTES - 1));
    }

    /** How often data was taken out of a channel with a readable head. */
    static long redactions(byte @Nullable [] head) {
        return head == null || head.length == HEAD_BYTES
                ? 0
                : ByteBuffer.wrap(head).getLong(HEAD_BYTES);
    }

    private static @Nullable Position position(ByteBuffer bytes) {
        long epoch = bytes.getLong();
        long offset = bytes.getLong();
        int check = bytes.getInt();
        return epoch == 0 || !isOffset(offset) ? null : new Position(epoch, offset, check);
    }

    private static boolean isOffset(long offset) {
        return offset >= 1 && offset <= RecordFormat.OFFSET_MAX;
    }
}
