/**
 * Collaborative documents as Yjs has them (format 1 of its updates), worked on as bytes: a document is what its updates say when they are merged, and nothing here integrates them.
 *
 * <p>Owner: documents. Immutable values and pure functions, for any thread. It must never know channels, connections, storage or time; it needs nothing but the JDK.
 */
@NullMarked
package dev.carillon.documents;

import org.jspecify.annotations.NullMarked;
