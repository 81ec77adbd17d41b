package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SuiteTest {
    private static List<Case> cases(Volume volume) {
        return Suite.chapters(volume).stream()
                .map(Chapter::cases)
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void everyCaseHasItsOwnIdAndASectionOfAnRfc() {
        Set<String> ids = new HashSet<>();
        for (Case asked : cases(Volume.QUICK)) {
            assertThat(ids.add(asked.id())).as(asked.id()).isTrue();
            assertThat(asked.section()).as(asked.id()).matches("RFC [0-9]{4} §[0-9.]+(, RFC [0-9]{4} §[0-9.]+)?");
            assertThat(asked.question())
                    .as(asked.id())
                    .matches("(?s)[A-Z0-9].*[.]")
                    .doesNotContain("|", "\n");
        }
    }

    @Test
    void theCasesAreTheSameInEachVolume() {
        assertThat(cases(Volume.LONG)).hasSameSizeAs(cases(Volume.QUICK));
        assertThat(cases(Volume.LONG).stream().map(Case::toString))
                .isEqualTo(cases(Volume.QUICK).stream().map(Case::toString).toList());
    }

    /** The numbers of the Autobahn test suite's cases, chapter by chapter; 9.9 and 11 are not among what it runs. */
    @Test
    void itAsksAllThatTheAutobahnSuiteAsks() {
        assertThat(Suite.chapters(Volume.QUICK).stream()
                        .filter(chapter -> chapter.id().matches("[0-9]+"))
                        .map(chapter -> chapter.id() + ": " + chapter.cases().size()))
                .containsExactly(
                        "1: 16", "2: 11", "3: 7", "4: 10", "5: 20", "6: 145", "7: 37", "9: 54", "10: 1", "12: 90",
                        "13: 126");
    }

    @Test
    void everyScriptEnds() {
        for (Case asked : cases(Volume.QUICK)) {
            assertThat(asked.script().get().ending()).as(asked.id()).isNotNull();
        }
    }
}
