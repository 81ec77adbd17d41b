/**
 * The durable channel log, on RocksDB.
 *
 * <p>Owned by its committers, a fixed few platform threads that make every blocking native call; the port's methods may
 * be called from any thread and answer through the callback they were given. It must never know a subscriber, a
 * connection or the wire.
 */
@NullMarked
package dev.carillon.store;

import org.jspecify.annotations.NullMarked;
