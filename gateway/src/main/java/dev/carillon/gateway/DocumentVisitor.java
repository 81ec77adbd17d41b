package dev.carillon.gateway;

import dev.carillon.protocol.Code;

/** Somebody who asks something of a document, without being at it. An identity. Called on the document's loop, in one of its two ways and once. */
interface DocumentVisitor {

    /** The document was read, and waits until {@link Document#leave(DocumentVisitor)}. */
    void onOpen(Document document);

    /** There is no document to ask. */
    void onLost(Code code);
}
