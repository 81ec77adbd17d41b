package dev.carillon.apps.tracking;

import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** One JSON object as couriers' programs write it: with numbers of any kind, lists and nulls. A member given twice is refused. */
record Tree(Map<String, Object> members) {

    private static final int DEPTH_MAX = 6;

    /** One without members. */
    static final Tree EMPTY = new Tree(Map.of());

    /** What stands for null. */
    private static final Object NOTHING = new Object();

    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxNumberLength(40)
                    .build())
            .build();

    /** Null where the text is no object. */
    static @Nullable Tree read(byte[] utf8) {
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), utf8)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            Tree tree = object(parser);
            return tree != null && parser.nextToken() == null ? tree : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /** Null for bytes, too. */
    static @Nullable Tree read(Data data) {
        if (data.form() != Data.Form.JSON) {
            return null;
        }
        byte[] utf8 = new byte[data.length()];
        data.copyTo(utf8, 0);
        return read(utf8);
    }

    private static @Nullable Tree object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            Object value = value(parser);
            if (value == null || members.put(name, value) != null) {
                return null;
            }
        }
        return new Tree(members);
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> NOTHING;
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case null, default -> null;
        };
    }

    private static @Nullable Object array(JsonParser parser) {
        List<Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            Object value = value(parser);
            if (value == null) {
                return null;
            }
            items.add(value);
        }
        return items;
    }

    /** Null where there is no such text. */
    @Nullable
    String text(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    /** NaN where there is no such finite number. */
    double number(String name) {
        return members.get(name) instanceof Double number && Double.isFinite(number) ? number : Double.NaN;
    }

    /** A member that may be absent or null: NaN there; infinite where it is something else than a number. */
    double numberIfGiven(String name) {
        Object value = members.get(name);
        if (value == null || value == NOTHING) {
            return Double.NaN;
        }
        return value instanceof Double number && Double.isFinite(number) ? number : Double.POSITIVE_INFINITY;
    }

    boolean has(String name) {
        Object value = members.get(name);
        return value != null && value != NOTHING;
    }

    /** {@code [lon, lat]} in degrees; null where there is none. */
    @Nullable
    Place place(String name) {
        List<?> pair = list(name);
        return pair != null
                        && pair.size() == 2
                        && pair.get(0) instanceof Double lon
                        && pair.get(1) instanceof Double lat
                        && Math.abs(lon) <= 180
                        && Math.abs(lat) <= 85
                ? new Place(lon, lat)
                : null;
    }

    /** Null where there is no such list. */
    @Nullable
    List<?> list(String name) {
        return members.get(name) instanceof List<?> list ? list : null;
    }
}
