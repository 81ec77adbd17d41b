package dev.carillon.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What follows a command: {@code --name number}, and {@code --name} alone where it is a yes. Unknown names are refused. */
final class Arguments {

    private static final Set<String> FLAGS = Set.of("--subscribe");

    private final Map<String, Integer> given = new HashMap<>();

    /** @param known the names that the command has */
    Arguments(List<String> words, Set<String> known) throws BenchException {
        for (int i = 0; i < words.size(); i++) {
            String name = words.get(i);
            if (!known.contains(name)) {
                throw new BenchException("there is no " + name + " here, but " + String.join(", ", known));
            }
            if (FLAGS.contains(name)) {
                given.put(name, 1);
            } else {
                i++;
                given.put(name, number(name, i < words.size() ? words.get(i) : ""));
            }
        }
    }

    private static int number(String name, String word) throws BenchException {
        if (!word.matches("[1-9][0-9]{0,6}")) {
            throw new BenchException(name + " takes a number from 1 to 9999999, not '" + word + "'");
        }
        return Integer.parseInt(word);
    }

    int number(String name, int otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    boolean has(String flag) {
        return given.containsKey(flag);
    }
}
