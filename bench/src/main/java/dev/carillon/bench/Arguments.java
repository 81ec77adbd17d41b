package dev.carillon.bench;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What follows a command: {@code --name value}, and {@code --name} alone where it is a yes. Unknown names are refused. */
final class Arguments {

    private static final Set<String> FLAGS = Set.of("--subscribe", "--long");
    private static final Set<String> TEXTS = Set.of(
            "--url", "--dialect", "--server", "--peers", "--workloads", "--results", "--page", "--report", "--cases");

    private final Map<String, String> given = new HashMap<>();

    /** @param known the names that the command has */
    Arguments(List<String> words, Set<String> known) throws BenchException {
        Iterator<String> left = words.iterator();
        while (left.hasNext()) {
            String name = left.next();
            if (!known.contains(name)) {
                throw new BenchException("there is no " + name + " here, but "
                        + String.join(", ", known.stream().sorted().toList()));
            }
            given.put(name, FLAGS.contains(name) ? "yes" : value(name, left.hasNext() ? left.next() : ""));
        }
    }

    private static String value(String name, String word) throws BenchException {
        if (TEXTS.contains(name)) {
            if (word.isEmpty()) {
                throw new BenchException(name + " takes a word behind it");
            }
        } else if (!word.matches("[0-9]{1,7}")) {
            throw new BenchException(name + " takes a number from 0 to 9999999, not '" + word + "'");
        }
        return word;
    }

    int number(String name, int otherwise) {
        String value = given.get(name);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    @Nullable
    String text(String name) {
        return given.get(name);
    }

    String text(String name, String otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    boolean has(String name) {
        return given.containsKey(name);
    }
}
