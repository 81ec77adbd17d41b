package dev.carillon.documents;

import java.util.ArrayList;
import java.util.List;

/** A message as the provider {@code y-websocket} sends it: those of y-protocols, each behind its type. */
public sealed interface PeerMessage {

    /** What a peer has of the document, and wants to be told what it lacks (sync step 1). */
    record Has(StateVector vector) implements PeerMessage {}

    /** Something that the document is to have (sync step 2, or an update). */
    record Changes(Update update) implements PeerMessage {}

    /** With what a document begins that nobody has written to. */
    record Seed(Update update) implements PeerMessage {}

    /** Where others are to see this peer, or somebody of whom it has heard. */
    record Awareness(List<AwarenessEntry> entries) implements PeerMessage {

        public Awareness {
            entries = List.copyOf(entries);
        }
    }

    /** The peer wants to know who is there. */
    record WhoIsThere() implements PeerMessage {}

    /** A message of a type that is none of these. */
    record Unknown(long type) implements PeerMessage {}

    /**
     * Reads a message.
     *
     * @param bytes not to be changed any more: what is read refers to them
     */
    static Decoded<PeerMessage> decode(byte[] bytes) {
        try {
            ByteReader in = new ByteReader(bytes);
            PeerMessage message = read(in);
            if (!(message instanceof Unknown)) {
                in.expectEnd();
            }
            return new Decoded.Read<>(message);
        } catch (MalformedException malformed) {
            return new Decoded.Malformed<>(String.valueOf(malformed.getMessage()));
        }
    }

    private static PeerMessage read(ByteReader in) {
        long type = in.number();
        if (type == PeerWriter.SYNC) {
            return sync(in);
        } else if (type == PeerWriter.AWARENESS) {
            return new Awareness(entries(in.block()));
        } else if (type == PeerWriter.SEED) {
            return new Seed(new UpdateReader(within(in.block())).update());
        }
        return type == PeerWriter.WHO_IS_THERE ? new WhoIsThere() : new Unknown(type);
    }

    private static PeerMessage sync(ByteReader in) {
        long step = in.number();
        if (step == PeerWriter.STEP_1) {
            return new Has(StateVector.read(within(in.block())));
        } else if (step == PeerWriter.STEP_2 || step == PeerWriter.UPDATE) {
            return new Changes(new UpdateReader(within(in.block())).update());
        }
        throw in.malformed("the unknown sync step " + step);
    }

    private static ByteReader within(Slice block) {
        return new ByteReader(block.bytes(), block.from(), block.to());
    }

    private static List<AwarenessEntry> entries(Slice block) {
        ByteReader in = within(block);
        List<AwarenessEntry> entries = new ArrayList<>();
        for (long left = in.number(); left > 0; left--) {
            Id id = in.id();
            Slice json = in.text();
            JsonText.check(json);
            entries.add(new AwarenessEntry(id.client(), id.clock(), Utf8.string(json)));
        }
        in.expectEnd();
        return entries;
    }
}
