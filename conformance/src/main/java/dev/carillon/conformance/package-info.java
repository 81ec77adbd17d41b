/**
 * A conformance suite for WebSocket servers that echo: some five hundred cases, each with the section of the RFC that it
 * asks about, numbered as in the Autobahn test suite where that asks the same.
 *
 * <p>{@link dev.carillon.conformance.Suite} has the cases, {@link dev.carillon.conformance.Examiner} puts them to a server.
 * Its client speaks over bare sockets, so that it can say every wrong thing, and has an inflater of its own, so that it
 * sees a window that is larger than was agreed.
 *
 * <p>Owned by virtual threads, two a case. It must never know which server it asks; it depends on nothing but the JDK.
 */
@NullMarked
package dev.carillon.conformance;

import org.jspecify.annotations.NullMarked;
