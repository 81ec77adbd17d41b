/**
 * The back ends of the apps: who may come in (in development mode: whoever says a name), and the rules that a page must not
 * decide for itself, such as that only its author edits a message.
 *
 * <p>A customer of the embedding API of {@code dev.carillon.server} and of the words of {@code dev.carillon.protocol}. It must
 * never know sessions, connections or where data is kept.
 */
@NullMarked
package dev.carillon.apps;

import org.jspecify.annotations.NullMarked;
