/**
 * What servers cost under load: starts them as child processes, loads them from here, and reads their CPU and memory from
 * outside. Linux only.
 *
 * <p>A {@link dev.carillon.bench.Generator} holds the connections, a {@code Workload} says what they do, a {@code Comparison}
 * has Carillon and a peer do it in turn, a {@code Report} makes the documentation's table of the results.
 *
 * <p>Owned by nobody else: no room depends on this one. Loads know a server's command line only and what goes over the wire;
 * the benchmarks of single classes, under JMH, live in these classes' own packages.
 */
@NullMarked
package dev.carillon.bench;

import org.jspecify.annotations.NullMarked;
