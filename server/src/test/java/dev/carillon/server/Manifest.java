package dev.carillon.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A place in a YAML file of {@code deploy}, from which others are reached by their names. */
record Manifest(String name, YamlTree tree) {

    static final Path FOLDER = Path.of("..", "deploy");

    /** All documents of a file, each behind a line of {@code ---}. */
    static List<Manifest> documents(String file) {
        return Arrays.stream(content(file).split("(?m)^---$"))
                .map(document -> parse(file, document))
                .toList();
    }

    /** The only document of a file, or the one of this kind and name. */
    static Manifest of(String file, String... kindAndName) {
        return documents(file).stream()
                .filter(one -> kindAndName.length == 0
                        || (one.text("kind").equals(kindAndName[0])
                                && one.text("metadata", "name").equals(kindAndName[1])))
                .findFirst()
                .orElseThrow(() -> new AssertionError(file + " has no " + String.join(" ", kindAndName)));
    }

    static Manifest parse(String name, String text) {
        try {
            return new Manifest(name, YamlTree.parse(text));
        } catch (YamlTree.BadYaml e) {
            throw new AssertionError(name + ": " + e.problem(), e);
        }
    }

    static String content(String file) {
        try {
            return Files.readString(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Below these keys; a number is a place in a list, from 0. */
    Manifest at(String... keys) {
        Manifest here = this;
        for (String key : keys) {
            YamlTree below = switch (here.tree) {
                case YamlTree.Mapping(int _, Map<String, YamlTree> entries) -> entries.get(key);
                case YamlTree.Sequence(int _, List<YamlTree> items) -> items.get(Integer.parseInt(key));
                case YamlTree.Scalar _, YamlTree.Nothing _ -> null;
            };
            if (below == null) {
                throw new AssertionError(here.name + " has no " + key);
            }
            here = new Manifest(here.name + "." + key, below);
        }
        return here;
    }

    boolean has(String key) {
        return tree instanceof YamlTree.Mapping(int _, Map<String, YamlTree> entries) && entries.containsKey(key);
    }

    List<Manifest> items(String... keys) {
        Manifest here = at(keys);
        List<Manifest> all = new ArrayList<>();
        if (here.tree instanceof YamlTree.Sequence(int _, List<YamlTree> items)) {
            for (YamlTree item : items) {
                all.add(new Manifest(here.name + "[" + all.size() + "]", item));
            }
            return all;
        }
        throw new AssertionError(here.name + " is no list");
    }

    List<String> texts(String... keys) {
        return items(keys).stream().map(Manifest::text).toList();
    }

    Map<String, YamlTree> entries(String... keys) {
        if (at(keys).tree instanceof YamlTree.Mapping(int _, Map<String, YamlTree> entries)) {
            return entries;
        }
        throw new AssertionError(at(keys).name + " has no keys");
    }

    String text(String... keys) {
        if (at(keys).tree instanceof YamlTree.Scalar(int _, String text)) {
            return text;
        }
        throw new AssertionError(at(keys).name + " is no text");
    }

    int number(String... keys) {
        return Integer.parseInt(text(keys));
    }
}
