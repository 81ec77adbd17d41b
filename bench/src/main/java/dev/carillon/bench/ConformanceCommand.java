package dev.carillon.bench;

import dev.carillon.conformance.Case;
import dev.carillon.conformance.Chapter;
import dev.carillon.conformance.Examiner;
import dev.carillon.conformance.Finding;
import dev.carillon.conformance.Suite;
import dev.carillon.conformance.Target;
import dev.carillon.conformance.Verdict;
import dev.carillon.conformance.Volume;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code ./carillon conformance}: puts the suite to servers that it starts, or to one that is running, and says what is
 * not strict. Blocks; for one thread.
 */
final class ConformanceCommand {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final int TOGETHER = 8;
    private static final String ALL = "carillon,ws,netty,bun";

    private final Path home;
    private final PrintStream out;

    ConformanceCommand(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    /** Asks, and tells whether the first server passed everything strictly; a report is of all that were asked. */
    boolean run(List<String> words) throws IOException, BenchException {
        Arguments arguments = new Arguments(words, Set.of("--peers", "--url", "--cases", "--long", "--report"));
        Volume volume = arguments.has("--long") ? Volume.LONG : Volume.QUICK;
        List<Chapter> chapters = chosen(Suite.chapters(volume), arguments.text("--cases", ""));
        String url = arguments.text("--url");
        if (url != null) {
            return isStrict(findings(URI.create(url), chapters));
        }
        String report = arguments.text("--report");
        if (report != null && arguments.has("--cases")) {
            throw new BenchException("a report is of all cases");
        }
        List<ConformancePage.Column> columns = new ArrayList<>();
        for (String word :
                arguments.text("--peers", report == null ? "carillon" : ALL).split(",", -1)) {
            columns.add(examine(Peer.of(word), chapters));
        }
        if (report != null) {
            Files.writeString(home.resolve(report), new ConformancePage(chapters, columns).markdown());
            out.println(report);
        }
        return isStrict(columns.getFirst().findings());
    }

    private static boolean isStrict(List<Finding> findings) {
        return findings.stream().allMatch(finding -> finding.verdict() == Verdict.STRICT);
    }

    private static List<Chapter> chosen(List<Chapter> chapters, String beginnings) {
        if (beginnings.isEmpty()) {
            return chapters;
        }
        List<String> chosen = List.of(beginnings.split(",", -1));
        return chapters.stream()
                .map(chapter -> new Chapter(
                        chapter.id(),
                        chapter.title(),
                        chapter.cases().stream()
                                .filter(asked -> chosen.stream().anyMatch(asked.id()::startsWith))
                                .toList()))
                .filter(chapter -> !chapter.cases().isEmpty())
                .toList();
    }

    private ConformancePage.Column examine(Peer peer, List<Chapter> chapters) throws BenchException {
        String version = peer.build(home);
        out.println(version);
        try (ServerProcess server = ServerProcess.startExamined(home, peer)) {
            List<Finding> findings = findings(URI.create("ws://127.0.0.1:" + server.port() + "/echo"), chapters);
            return new ConformancePage.Column(peer, version.split(",", 2)[0], findings);
        }
    }

    private List<Finding> findings(URI address, List<Chapter> chapters) throws BenchException {
        List<Case> cases =
                chapters.stream().flatMap(chapter -> chapter.cases().stream()).toList();
        try {
            List<Finding> findings = new Examiner(Target.of(address, PATIENCE, MOMENT), TOGETHER).examine(cases);
            for (Finding finding : findings) {
                if (finding.verdict() != Verdict.STRICT) {
                    out.printf(
                            "  %-8s %s%n           %s (%s)%n",
                            finding.verdict().word(),
                            finding.asked(),
                            finding.why(),
                            finding.asked().section());
                }
            }
            long strict = findings.stream()
                    .filter(finding -> finding.verdict() == Verdict.STRICT)
                    .count();
            out.printf("  %d of %d strict%n", strict, findings.size());
            return findings;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }
}
