package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

final class ReportTest {

    private static final Workload ECHO = Workload.compared().getFirst();

    @TempDir
    private Path folder = Path.of("");

    private static Result result(Peer peer, int rounds) {
        List<Result.Round> list = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            Sample ours = new Sample().put(Metric.CPU, 5 + i * 0.1).put(Metric.P99, 1.5);
            Sample theirs = new Sample().put(Metric.CPU, 10 + i * 0.1);
            list.add(new Result.Round(1, "carillon", new Result.Side(ours, null), new Result.Side(theirs, null)));
        }
        return new Result(ECHO.name(), peer.word, Map.of("cpu", "a <fast> one"), null, list);
    }

    @Test
    void aResultIsReadAsItWasWritten() throws IOException {
        List<Result.Round> rounds = new ArrayList<>(result(Peer.BUN, 2).rounds());
        rounds.add(new Result.Round(
                2,
                "bun",
                new Result.Side(new Sample().put(Metric.RATE, 12_345.5), null),
                new Result.Side(new Sample(), "connection 3 was \"ended\"")));
        Result written = new Result(ECHO.name(), "bun", Map.of("cpu", "x", "bun", "Bun 1"), null, rounds);
        Result read = Result.read(written.write(folder));
        assertThat(read.facts()).isEqualTo(written.facts());
        assertThat(read.rounds()).hasSize(3);
        assertThat(read.failures()).isEqualTo(1);
        assertThat(read.rounds().getLast().theirs().failure()).isEqualTo("connection 3 was \"ended\"");
        assertThat(read.values(Metric.RATE, true)).containsExactly(12_345.5);
        assertThat(read.values(Metric.CPU, false)).containsExactly(10, 10.1);
    }

    @Test
    void aRoundThatOneSideFailedIsCountedAndComparedWithNothing() throws IOException {
        List<Result.Round> rounds = new ArrayList<>(result(Peer.BUN, 9).rounds());
        rounds.add(new Result.Round(
                3,
                "bun",
                new Result.Side(new Sample().put(Metric.CPU, 5), null),
                new Result.Side(new Sample(), "it ended")));
        Result result = new Result(ECHO.name(), "bun", Map.of(), null, rounds);
        assertThat(result.values(Metric.CPU)[0]).hasSize(9);
        assertThat(new Report(List.of(result)).section()).contains("| Bun | 10, 1 failed | 0.52 (0.5");
    }

    @Test
    void everyCellSaysAFigureOrThatThereIsNone() {
        Result none = new Result(ECHO.name(), "jetty", Map.of(), "Jetty can't be had here: no network", List.of());
        String section = new Report(List.of(result(Peer.BUN, 9), none)).section();
        assertThat(section).contains("not measured").contains("Jetty can't be had here: no network");
        assertThat(section.lines().filter(line -> line.startsWith("|") && !line.startsWith("| workload")))
                .noneMatch(line -> Pattern.compile("\\|\\s*\\|").matcher(line).find());
        assertThat(section).doesNotContain("NaN").doesNotContain("null");
    }

    @Test
    void withoutResultsNothingIsClaimed() {
        String section = new Report(List.of()).section();
        assertThat(Pattern.compile("\\(\\d[.,]\\d+–").matcher(section).find()).isFalse();
        assertThat(section).contains("Netty's codec, Jetty, Undertow, Centrifugo: not measured.");
    }

    @Test
    void theRatioIsOfTheMediansOfBothSides() {
        String section = new Report(List.of(result(Peer.BUN, 9))).section();
        assertThat(section).contains("| " + ECHO.name() + " | 0.52 (0.5");
        assertThat(section).contains("5.40 (5.00–5.80) / 10.40 (10.00–10.80)");
    }

    @Test
    void onlyTheSectionOfThePageIsReplaced() throws IOException {
        Path page = folder.resolve("benchmarks.md");
        Files.writeString(
                page,
                "# Benchmarks\n\nbefore\n\n" + Report.HEADING
                        + "\n\noutdated\n\n### outdated too\n\n## After\n\nend\n");
        Report report = new Report(List.of(result(Peer.BUN, 9)));
        report.write(page);
        String once = Files.readString(page);
        assertThat(once)
                .startsWith("# Benchmarks\n\nbefore\n\n" + Report.HEADING)
                .endsWith("\n## After\n\nend\n");
        assertThat(once).doesNotContain("outdated");
        report.write(page);
        assertThat(Files.readString(page)).isEqualTo(once);
        assertThat(folder.resolve("images/bench/" + ECHO.name() + ".svg")).exists();
    }

    @Test
    void aPlotIsXmlWithADotForEveryRoundOfBothSides() throws Exception {
        String svg = Plot.of(ECHO, List.of(result(Peer.BUN, 9), result(Peer.NETTY, 4)));
        var document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(26);
    }

    @Test
    void anAxisHasFewTicksWhateverTheFigures() {
        for (double most = 0.001; most < 1e7; most *= 1.7) {
            double step = Plot.step(most);
            assertThat(most / step).isBetween(1.0, 8.0);
        }
    }
}
