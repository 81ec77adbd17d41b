package dev.carillon.bench;

import dev.carillon.conformance.Case;
import dev.carillon.conformance.Chapter;
import dev.carillon.conformance.Finding;
import dev.carillon.conformance.Verdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** docs/conformance.md, from what was found. Every difference has its explanation, or there is no page. Immutable. */
record ConformancePage(List<Chapter> chapters, List<Column> columns) {

    /**
     * A server that was asked.
     *
     * @param findings in the order of the cases
     */
    record Column(Peer peer, String version, List<Finding> findings) {
        Column {
            findings = List.copyOf(findings);
        }
    }

    private static final String HEAD = """
            # Conformance

            What servers do with what RFC 6455 (WebSocket) and RFC 7692 (permessage-deflate) say, case by case. The suite is our own: it
            asks what the chapters 1–7, 9, 10, 12 and 13 of the Autobahn test suite ask, under the same numbers, and in chapters of its
            own (with letters) what those leave out: the opening handshake, limits, lengths and masks, and the offers, frames and faults
            of compression. This page is written by

                ./carillon conformance --report docs/conformance.md

            which starts each server as an echo that compresses and takes messages of up to 16 MiB, and asks each of them everything.
            `./carillon conformance` alone asks Carillon, `--url` any server, `--cases` some of it, and `--long` in large volumes.
            `./test` asks Carillon everything and accepts nothing but *strict*.

            - **strict**: what the RFC says, its recommendations included. Where a peer must be failed, that is the close frame with the
              code that the RFC has for the fault, and then the end of the TCP connection.
            - **lenient**: what the RFC allows, but less than it recommends.
            - **declined**: an optional parameter of compression is not taken, so that the case can't be asked.
            - **failed**: the RFC says otherwise.

            """;

    /** Throws when a difference has no explanation, or an explanation nothing to explain. */
    String markdown() throws BenchException {
        StringBuilder page = new StringBuilder(HEAD);
        page.append("## Results\n\n").append(counts()).append('\n');
        for (Column column : columns) {
            page.append(differences(column));
        }
        return page.append("## Cases\n\n").append(caseTable(chapters)).toString();
    }

    private String counts() {
        StringBuilder table = new StringBuilder("| chapter | cases |");
        StringBuilder line = new StringBuilder("|---|---|");
        for (Column column : columns) {
            table.append(' ').append(column.version()).append(" |");
            line.append("---|");
        }
        table.append('\n').append(line).append('\n');
        int from = 0;
        for (Chapter chapter : chapters) {
            int to = from + chapter.cases().size();
            table.append(row(chapter.id() + " " + chapter.title(), from, to));
            from = to;
        }
        return table.append(row("**all**", 0, from)).toString();
    }

    private String row(String title, int from, int to) {
        StringBuilder row = new StringBuilder("| " + title + " | " + (to - from) + " |");
        for (Column column : columns) {
            row.append(' ').append(tally(column.findings().subList(from, to))).append(" |");
        }
        return row.append('\n').toString();
    }

    /** As "16 strict", or "12 strict, 4 failed". */
    private static String tally(List<Finding> findings) {
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        findings.forEach(finding -> counts.merge(finding.verdict(), 1, Integer::sum));
        StringJoiner words = new StringJoiner(", ");
        counts.forEach((verdict, count) -> words.add(count + " " + verdict.word()));
        return words.toString();
    }

    private static String differences(Column column) throws BenchException {
        List<Finding> different = column.findings().stream()
                .filter(finding -> finding.verdict() != Verdict.STRICT)
                .toList();
        StringBuilder text = new StringBuilder("## " + column.peer().title + "\n\n");
        if (different.isEmpty()) {
            Explanation.checkUsed(column.peer(), List.of());
            return text.append("No difference: every case is strict.\n\n").toString();
        }
        Map<Explanation, List<Finding>> explained = new LinkedHashMap<>();
        for (Finding finding : different) {
            explained
                    .computeIfAbsent(Explanation.of(column.peer(), finding), why -> new ArrayList<>())
                    .add(finding);
        }
        for (Map.Entry<Explanation, List<Finding>> entry : explained.entrySet()) {
            text.append(entry.getKey().text()).append('\n').append(findingTable(entry.getValue()));
        }
        Explanation.checkUsed(column.peer(), explained.keySet());
        return text.toString();
    }

    private static String findingTable(List<Finding> findings) {
        StringBuilder table = new StringBuilder("| case | | asked | what it does | section |\n|---|---|---|---|---|\n");
        for (Finding finding : findings) {
            Case asked = finding.asked();
            table.append("| %s | %s | %s | %s | %s |\n"
                    .formatted(asked.id(), finding.verdict().word(), asked.question(), finding.why(), asked.section()));
        }
        return table.append('\n').toString();
    }

    /** What is asked, chapter by chapter; the page's last part. */
    static String caseTable(List<Chapter> chapters) {
        StringBuilder text = new StringBuilder();
        for (Chapter chapter : chapters) {
            text.append("### ").append(chapter.id()).append(' ').append(chapter.title());
            text.append("\n\n| case | asks | section |\n|---|---|---|\n");
            for (Case asked : chapter.cases()) {
                text.append("| %s | %s | %s |\n".formatted(asked.id(), asked.question(), asked.section()));
            }
            text.append('\n');
        }
        return text.toString().stripTrailing() + "\n";
    }
}
