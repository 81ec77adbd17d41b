/** Benchmarks of single classes of the hot path, under JMH; each says whose. They know those rooms' public types only. */
@NullMarked
package dev.carillon.bench.micro;

import org.jspecify.annotations.NullMarked;
