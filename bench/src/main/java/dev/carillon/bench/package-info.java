/**
 * What a server costs under load: starts one as a child process, loads it from here, and reads its memory and CPU from
 * outside. Linux only.
 *
 * <p>Owned by nobody else: no room depends on this one. It must never know the server's classes, only its command line
 * and what goes over the wire.
 */
@NullMarked
package dev.carillon.bench;

import org.jspecify.annotations.NullMarked;
