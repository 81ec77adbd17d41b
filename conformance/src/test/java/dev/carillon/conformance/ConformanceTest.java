package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Puts every case to {@code ./carillon echo}; each is a test, and there is nothing that it may do less well. */
@Tag("process")
class ConformanceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TOGETHER = 8;

    @TestFactory
    Stream<DynamicTest> everyCaseIsAnsweredStrictly() throws Exception {
        Volume volume = Boolean.parseBoolean(System.getenv("CARILLON_LONG")) ? Volume.LONG : Volume.QUICK;
        List<Case> cases = Suite.chapters(volume).stream()
                .map(Chapter::cases)
                .flatMap(List::stream)
                .toList();
        try (EchoServer server = EchoServer.start("--max-message", "16MiB")) {
            Target target = Target.of(server.address().resolve("/echo"), PATIENCE, PATIENCE);
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
