package dev.carillon.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** JSON as maps, lists, strings and numbers, in the order in which they are written. For result files. Stateless. */
final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** With a line for each element down to the third level, so that a file of rounds reads as a table. */
    static String write(Object value) {
        StringBuilder text = new StringBuilder();
        write(value, text, 0);
        return text.append('\n').toString();
    }

    private static void write(@Nullable Object value, StringBuilder to, int depth) {
        switch (value) {
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    to.append(separator).append(lineBreak(depth));
                    writeText(String.valueOf(member.getKey()), to);
                    to.append(": ");
                    write(member.getValue(), to, depth + 1);
                    separator = ",";
                }
                to.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    to.append(separator).append(lineBreak(depth));
                    write(element, to, depth + 1);
                    separator = ",";
                }
                to.append(list.isEmpty() ? "[]" : "]");
            }
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e15 -> to.append(number.longValue());
            case Number number -> to.append(number);
            case Boolean claim -> to.append(claim);
            case null -> to.append("null");
            default -> writeText(value.toString(), to);
        }
    }

    private static String lineBreak(int depth) {
        return depth < 3 ? "\n" + "  ".repeat(depth + 1) : " ";
    }

    private static void writeText(String text, StringBuilder to) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> to.append('\\').append(c);
                case '\n' -> to.append("\\n");
                default -> {
                    if (c < ' ') {
                        to.append(String.format("\\u%04x", (int) c));
                    } else {
                        to.append(c);
                    }
                }
            }
        }
        to.append('"');
    }

    /** Numbers come as {@link Double}. */
    static @Nullable Object read(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            return read(parser);
        }
    }

    private static @Nullable Object read(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, read(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(read(parser));
                }
                yield list;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getString();
        };
    }
}
