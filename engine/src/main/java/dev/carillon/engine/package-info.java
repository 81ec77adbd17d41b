/**
 * Channels, positions, recovery, sessions and outboxes.
 *
 * <p>Deterministic: clock, timers, randomness, log, broker, decisions and connections come in through ports, and nothing
 * here does I/O, starts a thread or reads a clock. Two kinds of owner meet here: a <em>shard</em> owns channels, an
 * <em>event loop</em> owns sessions; they speak only through a {@link dev.carillon.engine.Mailbox}. It must never know
 * Netty, a storage library, HTTP or a WebSocket.
 */
@NullMarked
package dev.carillon.engine;

import org.jspecify.annotations.NullMarked;
