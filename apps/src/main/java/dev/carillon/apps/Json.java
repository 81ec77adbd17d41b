package dev.carillon.apps;

import dev.carillon.protocol.Data;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object of texts, whole numbers, truth values, and objects of the same. What else there is in JSON, no payload of
 * the apps has; a member that is given twice is refused, because two readers could see two objects.
 */
record Json(Map<String, Object> members) {

    private static final int DEPTH_MAX = 4;

    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxNumberLength(20)
                    .build())
            .build();

    /** Null where the text is no such object. */
    static @Nullable Json read(byte[] utf8) {
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), utf8)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            Json object = object(parser);
            return object != null && parser.nextToken() == null ? object : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /** Null for bytes, too. */
    static @Nullable Json read(Data data) {
        if (data.form() != Data.Form.JSON) {
            return null;
        }
        byte[] utf8 = new byte[data.length()];
        data.copyTo(utf8, 0);
        return read(utf8);
    }

    private static @Nullable Json object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            Object value = value(parser);
            if (value == null || members.put(name, value) != null) {
                return null;
            }
        }
        return new Json(members);
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.nextToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? null : parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_OBJECT -> object(parser);
            case null, default -> null;
        };
    }

    /** An object of what {@link #read} reads, without white space. */
    static String write(Map<String, ?> members) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JACKSON.createGenerator(ObjectWriteContext.empty(), text)) {
            write(json, members);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, Map<?, ?> members) {
        json.writeStartObject();
        members.forEach((name, value) -> {
            json.writeName(String.valueOf(name));
            switch (value) {
                case Number number -> json.writeNumber(number.longValue());
                case Boolean truth -> json.writeBoolean(truth);
                case Map<?, ?> inner -> write(json, inner);
                default -> json.writeString(String.valueOf(value));
            }
        });
        json.writeEndObject();
    }

    /** Whether it has these members and no others. */
    boolean hasExactly(String... names) {
        if (members.size() != names.length) {
            return false;
        }
        for (String name : names) {
            if (!members.containsKey(name)) {
                return false;
            }
        }
        return true;
    }

    /** Null where there is none, or something else. */
    @Nullable
    String text(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    /** -1 where there is none that is positive or 0, or something else. */
    long number(String name) {
        return members.get(name) instanceof Long number && number >= 0 ? number : -1;
    }

    /** Null where there is none, or something else. */
    @Nullable
    Boolean truth(String name) {
        return members.get(name) instanceof Boolean truth ? truth : null;
    }

    /** Null where there is none, or something else. */
    @Nullable
    Json object(String name) {
        return members.get(name) instanceof Json object ? object : null;
    }
}
