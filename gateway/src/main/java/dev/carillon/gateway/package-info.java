/**
 * Connections: WebSocket, event streams, long polls and plain HTTP, as so many wires under the engine's sessions.
 *
 * <p>Owned by the event loops. It must never know a storage library, a broker or where its configuration came from.
 */
@NullMarked
package dev.carillon.gateway;

import org.jspecify.annotations.NullMarked;
