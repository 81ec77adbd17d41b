package dev.carillon.conformance;

import java.util.function.Supplier;

/**
 * One question to a server, on a connection of its own. Immutable.
 *
 * @param id unique; as in the Autobahn test suite where that asks the same
 * @param question one sentence that says what is sent, and what must come of it
 * @param section of the RFC that says so
 * @param opening how the connection is opened
 * @param script makes what is said on it, when it is needed: some of it is large
 */
public record Case(String id, String question, String section, Opening opening, Supplier<Script> script) {
    @Override
    public String toString() {
        return id + " " + question;
    }
}
