package dev.carillon.bench;

import dev.carillon.conformance.Finding;
import java.util.Collection;
import java.util.List;

/**
 * Why a server differs from what a case asks.
 *
 * @param cases ids, or beginnings of ids with a {@code *} behind
 * @param text Markdown that stands above the cases on the page
 */
record Explanation(Peer peer, List<String> cases, String text) {

    Explanation {
        cases = List.copyOf(cases);
    }

    private static final List<Explanation> ALL = Explanations.all();

    /** The one for a finding. */
    static Explanation of(Peer peer, Finding finding) throws BenchException {
        for (Explanation explanation : ALL) {
            if (explanation.peer() == peer && explanation.covers(finding.asked().id())) {
                return explanation;
            }
        }
        throw new BenchException("no explanation for " + peer.title + " in " + finding.asked() + " ("
                + finding.verdict().word() + ": " + finding.why() + ")");
    }

    /** Throws when one of a peer explained nothing: the peer has changed. */
    static void checkUsed(Peer peer, Collection<Explanation> used) throws BenchException {
        for (Explanation explanation : ALL) {
            if (explanation.peer() == peer && !used.contains(explanation)) {
                throw new BenchException(
                        "an explanation for " + peer.title + " explains nothing: " + explanation.cases());
            }
        }
    }

    private boolean covers(String id) {
        return cases.stream()
                .anyMatch(
                        one -> one.endsWith("*") ? id.startsWith(one.substring(0, one.length() - 1)) : id.equals(one));
    }
}
