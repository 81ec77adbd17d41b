/**
 * The process: command line, configuration, wiring, metrics and documentation pages. The only room that sees all.
 */
@NullMarked
package dev.carillon.server;

import org.jspecify.annotations.NullMarked;
