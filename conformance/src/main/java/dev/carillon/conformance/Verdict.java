package dev.carillon.conformance;

/** How a server did in one case; the later, the worse. */
public enum Verdict {
    /** It does what the RFC says, recommendations included. */
    STRICT("strict"),
    /** It does what the RFC allows, but less than that recommends. */
    LENIENT("lenient"),
    /** It did not take the extension that the case needs, as every server may. */
    DECLINED("declined"),
    /** It breaks the RFC. */
    FAILED("failed");

    private final String word;

    Verdict(String word) {
        this.word = word;
    }

    /** As it stands in a report. */
    public String word() {
        return word;
    }
}
