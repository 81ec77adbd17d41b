package dev.carillon.documents;

/** What one client made at one tick of its clock: a character, a value, a mark. Both are 0 to 2^53−1. */
record Id(long client, long clock) {}
