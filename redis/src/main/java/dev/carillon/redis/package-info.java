/**
 * The log that several nodes share, on Redis.
 *
 * <p>Each link is owned by one thread of the library's; the port's methods may be called from any thread, and answers come
 * on the owner's. It must never know a subscriber, a connection of a client's or the wire.
 */
@NullMarked
package dev.carillon.redis;

import org.jspecify.annotations.NullMarked;
