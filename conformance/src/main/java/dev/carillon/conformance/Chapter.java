package dev.carillon.conformance;

import java.util.List;

/**
 * Cases that ask about one thing.
 *
 * @param id the number of the Autobahn test suite's chapter, or a letter for one of our own
 */
public record Chapter(String id, String title, List<Case> cases) {
    public Chapter {
        cases = List.copyOf(cases);
    }
}
