package dev.carillon.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of a configuration file. Each key that is asked for is a known one, with its default; {@link #end} reports
 * those that nobody asked for. What can't be read is a problem, and reads as its default.
 */
final class Section {

    /** What all sections of a file write down. */
    static final class Reading {
        final List<Problem> problems = new ArrayList<>();
        /** Where the file says a key, by its path. */
        final Map<String, Integer> lines = new LinkedHashMap<>();
        /** The default of every key that was asked for, by its path without indexes. */
        final Map<String, String> defaults = new LinkedHashMap<>();

        void problem(String path, int line, String text) {
            problems.add(new Problem(path, line, text));
        }
    }

    static final String REQUIRED = "required";
    static final String NONE = "none";

    private final Reading reading;
    private final String path;
    private final YamlTree.Mapping tree;
    private final List<String> known = new ArrayList<>();

    Section(Reading reading, String path, YamlTree.Mapping tree) {
        this.reading = reading;
        this.path = path;
        this.tree = tree;
        reading.lines.put(path, tree.line());
    }

    /** The path of a key of this section. */
    String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    String path() {
        return path;
    }

    /** The value of a key, which becomes a known one; null where it isn't set. */
    private @Nullable YamlTree ask(String key, @Nullable String defaultText) {
        known.add(key);
        String keyPath = pathOf(key);
        if (defaultText != null) {
            reading.defaults.put(keyPath.replaceAll("\\[\\d+]", "[]"), defaultText);
        }
        YamlTree value = tree.entries().get(key);
        if (value == null || value instanceof YamlTree.Nothing) {
            return null;
        }
        reading.lines.put(keyPath, value.line());
        return value;
    }

    private <T> T scalar(
            String key, String defaultText, T otherwise, String rule, Function<String, @Nullable T> parser) {
        YamlTree value = ask(key, defaultText);
        if (value == null) {
            return otherwise;
        }
        T read = value instanceof YamlTree.Scalar scalar ? parser.apply(scalar.text()) : null;
        if (read == null) {
            reading.problem(pathOf(key), value.line(), described(value) + "; it must be " + rule);
            return otherwise;
        }
        return read;
    }

    private static String described(YamlTree value) {
        return switch (value) {
            case YamlTree.Scalar scalar -> "is " + scalar.text();
            case YamlTree.Mapping _ -> "is a mapping";
            case YamlTree.Sequence _ -> "is a list";
            case YamlTree.Nothing _ -> "has no value";
        };
    }

    String text(String key, String otherwise) {
        return scalar(key, otherwise, otherwise, "a text", Function.identity());
    }

    /** A text that must be there; null, and a problem, where it isn't. */
    @Nullable
    String requiredText(String key) {
        YamlTree value = ask(key, REQUIRED);
        if (value instanceof YamlTree.Scalar scalar) {
            return scalar.text();
        }
        reading.problem(
                pathOf(key),
                value == null ? tree.line() : value.line(),
                value == null ? "is missing" : "must be a text");
        return null;
    }

    int number(String key, int otherwise) {
        return number(key, Integer.toString(otherwise), otherwise);
    }

    int number(String key, String defaultText, int otherwise) {
        return scalar(key, defaultText, otherwise, "a whole number up to " + Integer.MAX_VALUE, Section::parseInt);
    }

    /** A number, or {@code none} for an empty one. */
    OptionalInt numberOrNone(String key, OptionalInt otherwise) {
        String defaultText = otherwise.isPresent() ? Integer.toString(otherwise.getAsInt()) : NONE;
        return scalar(key, defaultText, otherwise, "a whole number or " + NONE, text -> {
            Integer number = text.equals(NONE) ? null : parseInt(text);
            if (number == null && !text.equals(NONE)) {
                return null;
            }
            return number == null ? OptionalInt.empty() : OptionalInt.of(number);
        });
    }

    private static @Nullable Integer parseInt(String text) {
        if (!text.matches("-?\\d{1,10}")) {
            return null;
        }
        long number = Long.parseLong(text);
        return number == (int) number ? (Integer) (int) number : null;
    }

    boolean flag(String key, boolean otherwise) {
        return scalar(
                key,
                Boolean.toString(otherwise),
                otherwise,
                "true or false",
                text -> text.equals("true") ? (Boolean) true : text.equals("false") ? false : null);
    }

    long bytes(String key, long otherwise) {
        return scalar(
                key, Quantity.ofBytes(otherwise), otherwise, "a size such as 64KiB, 1MiB or 4096", Quantity::bytes);
    }

    int intBytes(String key, int otherwise) {
        String rule = "a size such as 64KiB, 1MiB or 4096, below 2GiB";
        return scalar(key, Quantity.ofBytes(otherwise), otherwise, rule, text -> {
            Long bytes = Quantity.bytes(text);
            return bytes == null || bytes > Integer.MAX_VALUE ? null : (Integer) bytes.intValue();
        });
    }

    Duration time(String key, Duration otherwise) {
        String rule = "a time such as 250ms, 25s, 15m, 24h or 7d";
        return scalar(key, Quantity.ofTime(otherwise), otherwise, rule, Quantity::time);
    }

    <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) {
        String rule = words(type).collect(Collectors.joining(" or "));
        return scalar(key, word(otherwise), otherwise, rule, text -> constant(type, text));
    }

    private static <E extends Enum<E>> Stream<String> words(Class<E> type) {
        return Stream.of(type.getEnumConstants()).map(Section::word);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> @Nullable E constant(Class<E> type, String text) {
        return Stream.of(type.getEnumConstants())
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElse(null);
    }

    /** Words of an enum in a list; empty, and a problem, where it names none. */
    <E extends Enum<E>> List<E> choices(String key, Class<E> type) {
        List<E> read = new ArrayList<>();
        String rule = words(type).collect(Collectors.joining(" and "));
        for (YamlTree item : items(key, REQUIRED)) {
            E constant = item instanceof YamlTree.Scalar scalar ? constant(type, scalar.text()) : null;
            if (constant == null) {
                reading.problem(pathOf(key), item.line(), "holds what " + described(item) + "; there are " + rule);
            } else {
                read.add(constant);
            }
        }
        if (read.isEmpty()
                && reading.problems.stream().noneMatch(problem -> problem.path().equals(pathOf(key)))) {
            reading.problem(pathOf(key), tree.line(), "is empty; it must hold one or more of " + rule);
        }
        return read;
    }

    List<String> texts(String key, List<String> otherwise) {
        List<YamlTree> items = items(key, otherwise.isEmpty() ? NONE : otherwise.toString());
        if (tree.entries().get(key) == null) {
            return otherwise;
        }
        List<String> read = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            YamlTree item = items.get(i);
            String itemPath = pathOf(key) + "[" + i + "]";
            reading.lines.put(itemPath, item.line());
            if (item instanceof YamlTree.Scalar scalar) {
                read.add(scalar.text());
            } else {
                reading.problem(itemPath, item.line(), described(item) + "; it must be a text");
            }
        }
        return read;
    }

    private List<YamlTree> items(String key, @Nullable String defaultText) {
        YamlTree value = ask(key, defaultText);
        if (value instanceof YamlTree.Sequence sequence) {
            return sequence.items();
        }
        if (value != null) {
            reading.problem(pathOf(key), value.line(), described(value) + "; it must be a list");
        }
        return List.of();
    }

    /** The mappings of a list, each read and ended. */
    <T> List<T> sections(String key, Function<Section, T> reader) {
        List<T> read = new ArrayList<>();
        List<YamlTree> items = items(key, NONE);
        for (int i = 0; i < items.size(); i++) {
            String itemPath = pathOf(key) + "[" + i + "]";
            if (items.get(i) instanceof YamlTree.Mapping mapping) {
                Section section = new Section(reading, itemPath, mapping);
                read.add(reader.apply(section));
                section.end();
            } else {
                reading.problem(itemPath, items.get(i).line(), described(items.get(i)) + "; it must be a mapping");
            }
        }
        return read;
    }

    /** The mapping of a key, read and ended; an empty one where it isn't set. */
    <T extends @Nullable Object> T section(String key, Function<Section, T> reader) {
        YamlTree value = ask(key, null);
        if (value != null && !(value instanceof YamlTree.Mapping)) {
            reading.problem(pathOf(key), value.line(), described(value) + "; it must be a mapping");
        }
        YamlTree.Mapping mapping =
                value instanceof YamlTree.Mapping given ? given : new YamlTree.Mapping(tree.line(), Map.of());
        Section section = new Section(reading, pathOf(key), mapping);
        T read = reader.apply(section);
        section.end();
        return read;
    }

    /** What one of the words stands for, or the mapping of a key, read and ended; a word's where it isn't set. */
    <T> T wordOrSection(String key, Map<String, T> words, String otherwise, Function<Section, T> reader) {
        YamlTree value = ask(key, otherwise);
        T normal = Objects.requireNonNull(words.get(otherwise), otherwise);
        return switch (value) {
            case null -> normal;
            case YamlTree.Mapping mapping -> {
                Section section = new Section(reading, pathOf(key), mapping);
                T read = reader.apply(section);
                section.end();
                yield read;
            }
            case YamlTree.Scalar scalar
            when words.containsKey(scalar.text()) -> Objects.requireNonNull(words.get(scalar.text()), scalar.text());
            case YamlTree.Scalar _, YamlTree.Sequence _, YamlTree.Nothing _ -> {
                String rule = String.join(" or ", new TreeSet<>(words.keySet())) + " or a mapping";
                reading.problem(pathOf(key), value.line(), described(value) + "; it must be " + rule);
                yield normal;
            }
        };
    }

    /** Reports a problem with what a key says. */
    void problem(String key, String text) {
        reading.problem(pathOf(key), reading.lines.getOrDefault(pathOf(key), tree.line()), text);
    }

    /** Reports every key that nobody asked for. */
    void end() {
        tree.entries().forEach((key, value) -> {
            if (!known.contains(key)) {
                String nearest = Nearest.to(key, known);
                reading.problem(
                        pathOf(key),
                        value.line(),
                        "is not a key that there is; "
                                + (nearest == null
                                        ? "there are " + String.join(", ", known)
                                        : "did you mean " + nearest + "?"));
            }
        });
    }
}
