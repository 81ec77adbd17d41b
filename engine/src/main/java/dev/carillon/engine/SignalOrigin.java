package dev.carillon.engine;

/** Who sent a signal, as far as its readers matter: it is not given back to the session that sent it. */
interface SignalOrigin {

    /** Whether this session sent it, perhaps over another connection. */
    boolean is(Session reader);
}
