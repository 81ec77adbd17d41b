package dev.carillon.documents;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes messages for a peer that speaks as {@code y-websocket} does. Pure; for any thread. */
public final class PeerWriter {

    static final int SYNC = 0;
    static final int AWARENESS = 1;
    static final int AUTH = 2;
    static final int WHO_IS_THERE = 3;

    static final int STEP_1 = 0;
    static final int STEP_2 = 1;
    static final int UPDATE = 2;

    /** Ours, and told only to those who ask for them: what is kept, and of which document. */
    static final int SAVED = 100;

    static final int EPOCH = 101;

    /** Ours, and of clients only: with what a document begins that nobody has written to. */
    static final int SEED = 102;

    private static final int DENIED = 0;

    private PeerWriter() {}

    /** What the server has of the document; a peer answers with what that lacks. */
    public static byte[] has(StateVector vector) {
        return sync(STEP_1, vector.encode());
    }

    /** What the peer lacks that has said what it has. */
    public static byte[] lacking(Update update) {
        return sync(STEP_2, update.encode());
    }

    /** What somebody has changed. */
    public static byte[] changes(Update update) {
        return sync(UPDATE, update.encode());
    }

    private static byte[] sync(int step, byte[] bytes) {
        return new ByteWriter(bytes.length + 8)
                .number(SYNC)
                .number(step)
                .block(Slice.of(bytes))
                .toBytes();
    }

    /** Who is there, or gone. */
    public static byte[] awareness(List<AwarenessEntry> entries) {
        ByteWriter block = new ByteWriter(64 * entries.size());
        block.number(entries.size());
        for (AwarenessEntry entry : entries) {
            block.number(entry.client()).number(entry.clock()).block(text(entry.json()));
        }
        return new ByteWriter(block.length() + 8)
                .number(AWARENESS)
                .block(Slice.of(block.toBytes()))
                .toBytes();
    }

    /** Something that the peer has sent was not taken, and why. */
    public static byte[] denied(String reason) {
        return new ByteWriter(64)
                .number(AUTH)
                .number(DENIED)
                .block(text(reason))
                .toBytes();
    }

    /** So many of the peer's changes, of those that came over this connection, are kept. */
    public static byte[] saved(long count) {
        return new ByteWriter(8).number(SAVED).number(count).toBytes();
    }

    /** Which document it is, of those that may have had this name. */
    public static byte[] epoch(String epoch) {
        return new ByteWriter(16).number(EPOCH).block(text(epoch)).toBytes();
    }

    private static Slice text(String text) {
        return Slice.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
