package dev.carillon.documents;

/** Ends the reading of bytes that are wrong; never leaves the room. */
final class MalformedException extends RuntimeException {

    MalformedException(String reason) {
        super(reason, null, false, false); // a peer's bytes are no reason to walk the stack
    }
}
