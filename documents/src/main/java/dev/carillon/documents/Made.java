package dev.carillon.documents;

import java.util.List;

/**
 * What one client made, as far as an update has it.
 *
 * @param structs ascending, each beginning where the one before ends; at least one. Not changed any more
 */
record Made(long client, List<Struct> structs) {

    /** The first tick of the first. */
    long clock() {
        return structs.getFirst().clock();
    }
}
