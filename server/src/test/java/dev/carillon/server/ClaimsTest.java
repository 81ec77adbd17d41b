package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the project's own pages say of its tests is so, as far as that can be told. */
final class ClaimsTest {

    private static final Path HOME = Path.of("..");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|Contract))(?:[.#](\\w+))?`");
    private static final Pattern WEB_TEST = Pattern.compile("`(?:[\\w-]+/)*([\\w-]+\\.test\\.ts)`");
    private static final Pattern RULE_OF_TABLE = Pattern.compile("\\|[-: |]+\\|");

    @Test
    void everyTestThatAPageNamesIsThere() throws IOException {
        Map<String, String> sources = sources();
        Set<String> webTests = webTests();
        List<String> missing = new ArrayList<>();
        for (Path page : pages()) {
            String text = Files.readString(page);
            Matcher test = TEST.matcher(text);
            while (test.find()) {
                String source = sources.getOrDefault(String.valueOf(test.group(1)), "");
                String method = test.group(2);
                if (source.isEmpty() || (method != null && !source.contains("void " + method + "("))) {
                    missing.add(page + ": " + test.group());
                }
            }
            Matcher webTest = WEB_TEST.matcher(text);
            while (webTest.find()) {
                if (!webTests.contains(String.valueOf(webTest.group(1)))) {
                    missing.add(page + ": " + webTest.group());
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(sources).containsKeys("ClaimsTest", "KillTest");
    }

    /** A blank line within a table makes words and bars of its rest. */
    @Test
    void noTableIsTornApart() throws IOException {
        List<String> torn = new ArrayList<>();
        for (Path page : pages()) {
            List<String> lines = Files.readAllLines(page);
            boolean isCode = false;
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                isCode ^= line.startsWith("```");
                boolean isFirst =
                        line.startsWith("|") && (i == 0 || !lines.get(i - 1).startsWith("|"));
                String next = i + 1 < lines.size() ? lines.get(i + 1) : "";
                if (isFirst && !isCode && !RULE_OF_TABLE.matcher(next).matches()) {
                    torn.add(page + ":" + (i + 1));
                }
            }
        }
        assertThat(torn).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> top = Files.list(HOME);
                Stream<Path> docs = Files.walk(HOME.resolve("docs"))) {
            Stream.concat(top, docs)
                    .filter(page -> page.toString().endsWith(".md"))
                    .forEach(pages::add);
        }
        assertThat(pages)
                .contains(HOME.resolve("README.md"), HOME.resolve("docs").resolve("guarantees.md"));
        return pages;
    }

    /** By the name of the class; those of one name together. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> rooms = Files.list(HOME)) {
            for (Path room : rooms.toList()) {
                for (Path file : files(room.resolve("src").resolve("test").resolve("java"), ".java")) {
                    sources.merge(nameOf(file).replace(".java", ""), Files.readString(file), String::concat);
                }
            }
        }
        return sources;
    }

    private static Set<String> webTests() throws IOException {
        Path tests = HOME.resolve("web").resolve("tests");
        return Stream.of("browser", "unit")
                .flatMap(part -> files(tests.resolve(part), ".test.ts").stream())
                .map(ClaimsTest::nameOf)
                .collect(Collectors.toSet());
    }

    /** None where there is no such folder. */
    private static List<Path> files(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }
}
