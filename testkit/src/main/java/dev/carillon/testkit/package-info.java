/**
 * The fault proxy: TCP connections to a server that suffer what networks do to them, on purpose and when asked to.
 *
 * <p>Owned by virtual threads, four a connection. It must never know what the bytes mean, or whose they are; it depends on
 * nothing but the JDK.
 */
@NullMarked
package dev.carillon.testkit;

import org.jspecify.annotations.NullMarked;
