/**
 * Delivery tracking: couriers say where they are, their fixes are judged, and customers and dispatchers see what came of them.
 *
 * <p>A customer of the embedding API of {@code dev.carillon.server}, like the rest of this room. Coordinates are WGS 84 in
 * degrees, distances in metres, speeds in metres a second, times in milliseconds since 1970.
 */
@NullMarked
package dev.carillon.apps.tracking;

import org.jspecify.annotations.NullMarked;
