/**
 * The words of PROTOCOL.md: names, patterns, positions, data, messages and codes, and the JSON and the binary form of each.
 *
 * <p>Owned by no thread: everything here is an immutable value or a pure function, but for {@link BinaryFeed}, which
 * remembers what its owner has read. It must never know a connection, a channel's state or a clock. Compiles with release
 * 17, because the Java client shares it.
 */
@NullMarked
package dev.carillon.protocol;

import org.jspecify.annotations.NullMarked;
