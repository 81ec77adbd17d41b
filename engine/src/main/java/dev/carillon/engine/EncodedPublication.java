package dev.carillon.engine;

import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;

/** A publication and its encoded forms. */
public final class EncodedPublication extends EncodedMessage {

    private final Publication publication;

    public EncodedPublication(Publication publication) {
        this.publication = publication;
    }

    public Publication publication() {
        return publication;
    }

    @Override
    public ServerMessage message() {
        return new ServerMessage.Delivery(publication);
    }

    @Override
    public int dataBytes() {
        return publication.data().length();
    }

    /** What it counts for in a page or a tail. */
    int bytes() {
        return publication.data().length() + LogRecord.OVERHEAD_BYTES;
    }
}
