package dev.carillon.engine;

import dev.carillon.protocol.ServerMessage;

/** Who publishes over one connection, as a shard sees it. An identity: each connection has one. */
interface Publisher {

    Principal principal();

    /** The door to the owner of {@link #onPublished}. */
    Mailbox mailbox();

    /**
     * The answer to a publish.
     *
     * @param bytes the length of its data
     * @param holds whether later ones are refused until this one comes again
     */
    void onPublished(ServerMessage answer, int bytes, boolean holds);
}
