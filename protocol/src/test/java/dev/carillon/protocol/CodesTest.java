package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code codes.json} is the registry; the Java enum, the TypeScript table and the docs page are made from it. They are
 * committed, and this test says when one of them is stale. {@code -Dcarillon.generate=true} writes them anew.
 */
class CodesTest {

    private enum Target {
        JAVA("protocol/src/main/java/dev/carillon/protocol/Code.java"),
        TYPESCRIPT("web/protocol/src/codes.ts"),
        DOCS("docs/codes.md");

        final String path;

        Target(String path) {
            this.path = path;
        }
    }

    private record Entry(int code, String name, int http, String text) {
        Action action() {
            return Action.of(code);
        }

        String constant() {
            return name.toUpperCase(Locale.ROOT);
        }
    }

    private record Range(int from, int to, String action, String text) {}

    private final JsonObject registry = registry();

    @ParameterizedTest
    @EnumSource
    void generatedFileFollowsTheRegistry(Target target) throws Exception {
        Path file = root().resolve(target.path);
        String expected = switch (target) {
            case JAVA -> java();
            case TYPESCRIPT -> typescript();
            case DOCS -> docs();
        };
        if (Boolean.getBoolean("carillon.generate")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, expected);
        }
        assertThat(Files.readString(file)).isEqualTo(expected);
    }

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("codes.json")) || here.endsWith("protocol") ? here.getParent() : here;
    }

    private static JsonObject registry() {
        try (var in = Code.class.getResourceAsStream("codes.json")) {
            return JsonObject.parse(in.readAllBytes(), false);
        } catch (IOException | JsonObject.Malformed e) {
            throw new AssertionError(e);
        }
    }

    private List<Entry> entries() throws JsonObject.Malformed {
        List<Entry> entries = new ArrayList<>();
        for (JsonObject code : registry.objects("codes", 1000)) {
            entries.add(new Entry(
                    (int) code.number("code", 4000, 4999, 0),
                    code.requiredText("name"),
                    (int) code.number("http", 400, 599, 0),
                    code.requiredText("text")));
        }
        return entries;
    }

    private List<Range> ranges() throws JsonObject.Malformed {
        List<Range> ranges = new ArrayList<>();
        for (JsonObject range : registry.objects("ranges", 10)) {
            ranges.add(new Range(
                    (int) range.number("from", 4000, 4999, 0),
                    (int) range.number("to", 4000, 4999, 0),
                    range.requiredText("action"),
                    range.requiredText("text")));
        }
        return ranges;
    }

    private String java() throws JsonObject.Malformed {
        StringBuilder java = new StringBuilder("""
                package dev.carillon.protocol;

                import org.jspecify.annotations.Nullable;

                /** Every error and close code (PROTOCOL.md §9). Made from codes.json by CodesTest; change it there. */
                public enum Code {
                """);
        List<Entry> entries = entries();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            java.append("    %s(%d, \"%s\", %d, \"%s\")%s%n"
                    .formatted(
                            entry.constant(),
                            entry.code(),
                            entry.name(),
                            entry.http(),
                            entry.text(),
                            i < entries.size() - 1 ? "," : ";"));
        }
        return java.append("""

                    private static final long RETRY_MILLIS = 1000;

                    private final int number;
                    private final String wire;
                    private final int http;
                    private final String text;

                    Code(int number, String wire, int http, String text) {
                        this.number = number;
                        this.wire = wire;
                        this.http = http;
                        this.text = text;
                    }

                    /** The number in errors and close frames. */
                    public int number() {
                        return number;
                    }

                    /** The name in errors and metrics. */
                    public String wire() {
                        return wire;
                    }

                    /** The status of an HTTP answer with this code. */
                    public int http() {
                        return http;
                    }

                    /** One sentence for people. */
                    public String text() {
                        return text;
                    }

                    /** What a peer does about it. */
                    public Action action() {
                        return Action.of(number);
                    }

                    /** After how many milliseconds to try again; 0 where that is of no use. */
                    public long retryMillis() {
                        return action() == Action.RETRY ? RETRY_MILLIS : 0;
                    }

                    /** The code of this number; null where this version knows none. */
                    public static @Nullable Code of(int number) {
                        for (Code code : values()) {
                            if (code.number == number) {
                                return code;
                            }
                        }
                        return null;
                    }
                }
                """.indent(0)).toString();
    }

    private String typescript() throws JsonObject.Malformed {
        StringBuilder ts = new StringBuilder("""
                // Every error and close code (PROTOCOL.md §9). Made from codes.json by CodesTest; change it there.

                export type Action = "retry" | "reconnect" | "stop";

                export const codes = {
                """);
        for (Entry entry : entries()) {
            ts.append("  /** %s */%n".formatted(entry.text()));
            ts.append("  %s: %d,%n".formatted(entry.name(), entry.code()));
        }
        ts.append("""
                } as const;

                export type CodeName = keyof typeof codes;

                /** What to do about a code, known or not: its range tells. */
                export function actionOf(code: number): Action {
                """);
        List<Range> ranges = ranges();
        for (Range range : ranges) {
            ts.append("  if (code >= %d && code <= %d) return \"%s\";%n"
                    .formatted(range.from(), range.to(), range.action()));
        }
        return ts.append("  return \"reconnect\";\n}\n").toString();
    }

    private String docs() throws JsonObject.Malformed {
        StringBuilder docs = new StringBuilder("""
                # Codes

                Errors, close frames and HTTP answers share these numbers. The range tells what to do, so a client obeys a code
                that it does not know. This page is made from `codes.json`.

                | range | do | meaning |
                |---|---|---|
                """);
        for (Range range : ranges()) {
            docs.append("| %d–%d | *%s* | %s |%n".formatted(range.from(), range.to(), range.action(), range.text()));
        }
        docs.append("\n| code | name | HTTP | do | meaning |\n|---|---|---|---|---|\n");
        for (Entry entry : entries()) {
            docs.append("| %d | `%s` | %d | *%s* | %s |%n"
                    .formatted(
                            entry.code(),
                            entry.name(),
                            entry.http(),
                            entry.action().name().toLowerCase(Locale.ROOT),
                            entry.text()));
        }
        return docs.toString();
    }
}
