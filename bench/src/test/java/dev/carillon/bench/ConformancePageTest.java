package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.conformance.Case;
import dev.carillon.conformance.Chapter;
import dev.carillon.conformance.Finding;
import dev.carillon.conformance.Suite;
import dev.carillon.conformance.Verdict;
import dev.carillon.conformance.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConformancePageTest {

    private static final Path PAGE = Path.of("..", "docs", "conformance.md");

    /** Made anew by {@code ./carillon conformance --report docs/conformance.md}. */
    @Test
    void thePageHasTheSuitesCasesAndNoOthers() throws Exception {
        assertThat(Files.readString(PAGE)).endsWith(ConformancePage.caseTable(Suite.chapters(Volume.QUICK)));
    }

    @Test
    void thePageSaysThatNothingOfOursDiffers() throws Exception {
        long cases = Suite.chapters(Volume.QUICK).stream()
                .mapToLong(chapter -> chapter.cases().size())
                .sum();
        assertThat(Files.readString(PAGE))
                .contains("| **all** | %d | %d strict |".formatted(cases, cases))
                .contains("## Carillon\n\nNo difference: every case is strict.\n");
    }

    @Test
    void aDifferenceWithoutAnExplanationMakesNoPage() {
        Chapter framing = chapter("1");
        assertThatThrownBy(
                        () -> page(framing, Verdict.FAILED, "it says nothing").markdown())
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("no explanation for ws in 1.1.1");
    }

    @Test
    void anExplanationOfNothingMakesNoPage() {
        Chapter versions = chapter("L");
        assertThatThrownBy(() -> page(versions, Verdict.STRICT, "").markdown())
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("explains nothing");
    }

    private static Chapter chapter(String id) {
        return Suite.chapters(Volume.QUICK).stream()
                .filter(chapter -> chapter.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static ConformancePage page(Chapter chapter, Verdict verdict, String why) {
        List<Finding> findings = chapter.cases().stream()
                .map((Case asked) -> new Finding(asked, verdict, why))
                .toList();
        return new ConformancePage(List.of(chapter), List.of(new ConformancePage.Column(Peer.WS, "ws", findings)));
    }
}
