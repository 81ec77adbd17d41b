package dev.carillon.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/** A YAML document that knows its lines. Aliases and documents after the first are refused. */
sealed interface YamlTree {

    /** The line that it begins on, from 1. */
    int line();

    /** Keys and values. */
    record Mapping(int line, Map<String, YamlTree> entries) implements YamlTree {}

    /** A list. */
    record Sequence(int line, List<YamlTree> items) implements YamlTree {}

    /** A value, as it is written. */
    record Scalar(int line, String text) implements YamlTree {}

    /** A key without a value. */
    record Nothing(int line) implements YamlTree {}

    /** Lists and mappings inside each other; a configuration has six. */
    int DEPTH_MAX = 32;

    /** Parses a document; an empty one is an empty mapping. */
    static YamlTree parse(String text) throws BadYaml {
        try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return new Mapping(1, Map.of());
            }
            YamlTree tree = value(parser, first, 0);
            if (parser.nextToken() != null) {
                throw new BadYaml(lineOf(parser), "begins a second document; a configuration is one");
            }
            return tree;
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new BadYaml(Math.max(line, 0), "is not YAML (" + firstLine(e) + ")");
        }
    }

    private static String firstLine(JacksonException e) {
        String message = e.getOriginalMessage();
        return message == null
                ? "no reason given"
                : message.strip().lines().findFirst().orElse("");
    }

    private static YamlTree value(JsonParser parser, JsonToken token, int depth) throws BadYaml {
        int line = lineOf(parser);
        if (depth > DEPTH_MAX) {
            throw new BadYaml(line, "is nested deeper than " + DEPTH_MAX);
        }
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            throw new BadYaml(line, "has an alias; write the value out");
        }
        return switch (token) {
            case START_OBJECT -> mapping(parser, line, depth);
            case START_ARRAY -> sequence(parser, line, depth);
            case VALUE_NULL -> new Nothing(line);
            default -> new Scalar(line, parser.getString());
        };
    }

    private static Mapping mapping(JsonParser parser, int line, int depth) throws BadYaml {
        Map<String, YamlTree> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            int keyLine = lineOf(parser);
            YamlTree value = value(parser, parser.nextToken(), depth + 1);
            if (entries.putIfAbsent(key, value) != null) {
                throw new BadYaml(keyLine, "has the key " + key + " a second time");
            }
        }
        return new Mapping(line, entries);
    }

    private static Sequence sequence(JsonParser parser, int line, int depth) throws BadYaml {
        List<YamlTree> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(parser, token, depth + 1));
        }
        return new Sequence(line, items);
    }

    private static int lineOf(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    /** It could not be read at all. */
    final class BadYaml extends Exception {
        private static final long serialVersionUID = 1;

        private final int line;

        BadYaml(int line, String what) {
            super(what);
            this.line = line;
        }

        Problem problem() {
            return new Problem("", line, String.valueOf(getMessage()));
        }
    }
}
