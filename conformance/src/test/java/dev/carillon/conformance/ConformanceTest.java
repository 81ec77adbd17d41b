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

    /** With contexts that are kept, which is all that permessage-deflate has. */
    @TestFactory
    Stream<DynamicTest> everyCaseIsAnsweredStrictly() throws Exception {
        return examine("dedicated", cases("")).map(finding -> test(finding, Verdict.STRICT));
    }

    /** Where no context is taken over, nothing else may be different. */
    @TestFactory
    Stream<DynamicTest> soIsEveryCaseAboutCompressionWithoutContexts() throws Exception {
        return examine("shared", cases("12.", "13.", "D."))
                .map(finding ->
                        test(finding, finding.asked().id().equals("D.5.6") ? Verdict.DECLINED : Verdict.STRICT));
    }

    private static List<Case> cases(String... beginnings) {
        Volume volume = Boolean.parseBoolean(System.getenv("CARILLON_LONG")) ? Volume.LONG : Volume.QUICK;
        return Suite.chapters(volume).stream()
                .flatMap(chapter -> chapter.cases().stream())
                .filter(asked -> Stream.of(beginnings).anyMatch(asked.id()::startsWith))
                .toList();
    }

    private static Stream<Finding> examine(String deflate, List<Case> cases) throws Exception {
        try (EchoServer server = EchoServer.start("--max-message", "16MiB", "--deflate", deflate)) {
            Target target = Target.of(server.address().resolve("/echo"), PATIENCE, PATIENCE);
            return new Examiner(target, TOGETHER).examine(cases).stream();
        }
    }

    private static DynamicTest test(Finding finding, Verdict expected) {
        return DynamicTest.dynamicTest(
                finding.asked().toString(),
                () -> assertThat(finding.verdict())
                        .as("%s; %s", finding.asked().section(), finding.why())
                        .isEqualTo(expected));
    }
}
