package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.Objects;

/** A publication and its encoded forms. */
public final class EncodedPublication extends EncodedMessage {

    private final Publication publication;
    private final long channelNumber;
    private final boolean tellsAt;

    /**
     * @param channelNumber the node's for its channel
     * @param tellsAt whether its readers are told when it was accepted
     */
    public EncodedPublication(Publication publication, long channelNumber, boolean tellsAt) {
        this.publication = publication;
        this.channelNumber = channelNumber;
        this.tellsAt = tellsAt;
    }

    public Publication publication() {
        return publication;
    }

    @Override
    public ServerMessage message() {
        return new ServerMessage.Delivery(tellsAt ? publication : publication.withoutAt());
    }

    @Override
    public long channelNumber() {
        return channelNumber;
    }

    @Override
    public int dataBytes() {
        return publication.data().length();
    }

    /** What it counts for in a page or a tail. */
    int bytes() {
        return publication.data().length() + LogRecord.bytesOf(publication.change()) + LogRecord.OVERHEAD_BYTES;
    }

    /** Of a map: what a reader is told who is to forget the key. */
    EncodedPublication asRemoval() {
        Change change = Objects.requireNonNull(publication.change(), "not of a map");
        Publication removal = new Publication(
                publication.channel(),
                publication.position(),
                Data.NONE,
                publication.from(),
                publication.at(),
                null,
                new Change(change.key(), null, true),
                false);
        return new EncodedPublication(removal, channelNumber, tellsAt);
    }
}
