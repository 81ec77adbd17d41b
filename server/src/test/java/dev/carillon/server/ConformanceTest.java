package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.conformance.Case;
import dev.carillon.conformance.Chapter;
import dev.carillon.conformance.Examiner;
import dev.carillon.conformance.Finding;
import dev.carillon.conformance.Suite;
import dev.carillon.conformance.Target;
import dev.carillon.conformance.Verdict;
import dev.carillon.conformance.Volume;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Puts every case of the conformance suite to {@code echo}, in a process of its own; each is a test. */
@Tag("process")
class ConformanceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TOGETHER = 8;

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> everyCaseIsAnsweredStrictly() throws Exception {
        Volume volume = Boolean.parseBoolean(System.getenv("CARILLON_LONG")) ? Volume.LONG : Volume.QUICK;
        List<Case> cases = Suite.chapters(volume).stream()
                .map(Chapter::cases)
                .flatMap(List::stream)
                .toList();
        try (ServerProcess server = ServerProcess.start(folder, "echo", "--port", "0", "--max-message", "16MiB")) {
            Target target = Target.of(server.ready().resolve("/echo"), PATIENCE, PATIENCE);
            return new Examiner(target, TOGETHER)
                    .examine(cases).stream()
                            .map(finding ->
                                    DynamicTest.dynamicTest(finding.asked().toString(), () -> assertStrict(finding)));
        }
    }

    private static void assertStrict(Finding finding) {
        assertThat(finding.verdict())
                .as("%s; %s", finding.asked().section(), finding.why())
                .isEqualTo(Verdict.STRICT);
    }
}
