/**
 * Whole nodes of the engine with their clients on virtual time: network, disk, clock, decisions and every choice among them
 * hang on one seed, faults are injected, and what DESIGN promises is checked where it could be broken.
 *
 * <p>{@link dev.carillon.simulation.Simulation} runs one seed, {@link dev.carillon.simulation.Main} is the command line. One
 * thread owns everything. It must never know Netty, a storage library or HTTP: what it runs is the engine, through the
 * engine's ports and nothing else.
 */
@NullMarked
package dev.carillon.simulation;

import org.jspecify.annotations.NullMarked;
