/**
 * Servers that Carillon is measured beside, each the shortest that its library's documentation leads to. All speak the same:
 * {@code /echo} sends back what it is sent; elsewhere {@code s CHANNEL} subscribes and is sent back, and
 * {@code p CHANNEL DATA} publishes, and readers are sent the bare data. Each listens on a free port of loopback and says so
 * by the line {@code ready http://127.0.0.1:PORT}.
 */
@NullMarked
package dev.carillon.peers;

import org.jspecify.annotations.NullMarked;
